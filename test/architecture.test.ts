import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import * as ts from 'typescript';

const ROOT = join(__dirname, '..');
const SRC = join(ROOT, 'src');

/**
 * What each folder may import of the others: two lines that meet in synth/ alone. `index.ts` names
 * what is public.
 */
const MAY_IMPORT: Record<string, string[]> = {
  'user-frames': [],
  errors: ['user-frames'],
  'near-name': [],
  options: ['errors', 'near-name'],
  kube: [],
  read: ['kube'],
  wire: ['errors', 'near-name', 'user-frames', 'kube'],
  model: ['errors', 'near-name', 'kube', 'wire'],
  constructs: ['errors', 'options', 'kube', 'wire', 'model'],
  sharing: ['errors', 'near-name', 'kube', 'read', 'wire', 'model'],
  rules: ['near-name', 'kube', 'read', 'model', 'sharing'],
  change: ['kube', 'read', 'model', 'sharing'],
  adopt: ['errors', 'kube', 'read', 'wire', 'model', 'sharing'],
  report: ['errors', 'kube', 'read', 'model', 'sharing', 'rules', 'change', 'adopt'],
  fix: ['kube', 'read', 'rules'],
  cli: ['errors', 'kube', 'read', 'model', 'sharing', 'rules', 'change', 'adopt', 'fix', 'report'],
  plugin: ['kube', 'read', 'rules', 'report'],
  synth: ['errors', 'options', 'kube', 'read', 'wire', 'model', 'sharing', 'rules', 'report'],
  index: ['constructs', 'synth', 'plugin'],
};

/** Folders that load cdk8s when they run; everywhere else it is types at most. */
const LOADS_CDK8S = ['constructs', 'synth'];

interface Import {
  readonly file: string;
  readonly from: string;
  readonly typeOnly: boolean;
}

function imports(): Import[] {
  return sources(SRC).flatMap(path => {
    const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022);
    return source.statements
      .filter(s => ts.isImportDeclaration(s) || ts.isExportDeclaration(s))
      .filter(s => s.moduleSpecifier)
      .map(s => ({
        file: relative(SRC, path),
        from: (s.moduleSpecifier as ts.StringLiteral).text,
        typeOnly: ts.isImportDeclaration(s) && typesAlone(s),
      }));
  });
}

function typesAlone(declaration: ts.ImportDeclaration): boolean {
  const clause = declaration.importClause;
  if (clause?.phaseModifier === ts.SyntaxKind.TypeKeyword) {
    return true;
  } // import type …
  const named = clause?.namedBindings;
  return (
    clause?.name === undefined &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.every(e => e.isTypeOnly)
  );
}

function sources(dir: string): string[] {
  return readdirSync(dir).flatMap(name => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? sources(path) : [path];
  });
}

const part = (path: string) => path.replace(/\.ts$/, '').split('/')[0];
const inside = imports().filter(i => i.from.startsWith('.'));

test('there are imports to look at', () => {
  expect(inside.length).toBeGreaterThan(50);
});

test('imports go one way', () => {
  const wrong = inside
    .map(i => ({ ...i, to: relative(SRC, resolve(join(SRC, dirname(i.file)), i.from)) }))
    .filter(({ file, to }) => part(file) !== part(to) && !MAY_IMPORT[part(file)].includes(part(to)))
    .map(({ file, to }) => `${file} imports ${to}`);
  expect(wrong).toEqual([]);
});

test('nothing but constructs and synth loads cdk8s', () => {
  const wrong = imports()
    .filter(
      i => /^(cdk8s|constructs)/.test(i.from) && !i.typeOnly && !LOADS_CDK8S.includes(part(i.file)),
    )
    .map(i => `${i.file} loads ${i.from}`);
  expect(wrong).toEqual([]);
});

test('no file loads cdk8s-plus-27 when it is loaded itself', () => {
  expect(
    imports()
      .filter(i => i.from.startsWith('cdk8s-plus') && !i.typeOnly)
      .map(i => i.file),
  ).toEqual([]);
});

test('lint loads nothing of diff, and no page', () => {
  const own =
    // synth writes the pages; lint loads earlier-inputs for --since alone
    /^(synth\/|change\/|adopt\/|report\/(adoption|diff|review|runbook)\/|cli\/(adopt-command|diff-command|diff-sides|earlier-inputs|git-repository|page-commands)\.ts)/;
  const wrong = inside
    .filter(({ file, typeOnly }) => !typeOnly && !own.test(file))
    .map(({ file, from }) => [file, relative(SRC, resolve(join(SRC, dirname(file)), from))])
    .filter(([, to]) =>
      /^(change\/|adopt\/|report\/(adoption|diff|review|runbook)\/|cli\/(adopt-command|diff-command|diff-sides|git-repository|page-commands)$)/.test(
        to,
      ),
    );
  expect(wrong).toEqual([]);
});

test('no file is longer than 350 lines', () => {
  const long = ['src', 'test', 'e2e', 'bench', 'scripts', 'examples']
    .flatMap(folder => sources(join(ROOT, folder)))
    .filter(path => path.endsWith('.ts'))
    .map(path => [relative(ROOT, path), readFileSync(path, 'utf8').split('\n').length] as const)
    .filter(([, lines]) => lines > 350);
  expect(long).toEqual([]);
});

test('no two files have one name, so that a search finds the one that is meant', () => {
  const names = sources(SRC).map(path => basename(path));
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
