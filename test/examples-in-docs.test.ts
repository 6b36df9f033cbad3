import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ts from 'typescript';
import * as library from '../src';

const ROOT = join(__dirname, '..');
const SRC = join(ROOT, 'src');

/** What the examples use without making it themselves; jsii-rosetta reads it, too. */
const GIVEN = readFileSync(join(ROOT, 'rosetta', 'default.ts-fixture'), 'utf8');

/** The example in the doc comment of each exported class, by its name. */
function examples(): Map<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(file =>
    /^(constructs\/.*|synth\/review(-app)?|plugin)\.ts$/.test(file),
  );
  for (const file of files) {
    const text = readFileSync(join(SRC, file), 'utf8');
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
    for (const node of source.statements.filter(ts.isClassDeclaration)) {
      const tag = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === 'example');
      found.set(String(node.name?.text), ts.getTextOfJSDocComment(tag?.comment));
    }
  }
  return found;
}

/** cdk8s-cli makes the validation from cdk8s.yaml, so its example is YAML. */
const IN_YAML = 'SharedMemoryValidation';

const EXAMPLES = examples();
const PUBLIC = Object.entries(library).filter(
  ([name, value]) => typeof value === 'function' && name !== IN_YAML,
);

test.each(PUBLIC.map(([name]) => name))('%s has an example', name => {
  expect(EXAMPLES.has(name)).toBe(true);
  expect(EXAMPLES.get(name) ?? '').not.toBe('');
});

test('the examples compile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'examples-'));
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    for (const [name, text] of EXAMPLES) {
      if (!text) {
        continue;
      }
      writeFileSync(
        join(folder, `${name}.ts`),
        GIVEN.replace('/// here', () => text),
      );
    }
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(ROOT, 'tsconfig.json'),
        compilerOptions: {
          noEmit: true,
          rootDir: '/',
          noUnusedLocals: false,
          types: ['node'],
          typeRoots: [join(ROOT, 'node_modules', '@types')],
          paths: { 'cdk8s-shared-memory': [join(ROOT, 'src', 'index.ts')] },
        },
        include: ['*.ts'],
      }),
    );
    execFileSync(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', '.'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    throw new Error((error as { stdout?: string }).stdout ?? String(error));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
