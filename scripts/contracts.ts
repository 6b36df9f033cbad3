import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as ts from 'typescript';
import { assembly, translated } from './translate';

const ROOT = join(__dirname, '..');
const EXAMPLES = join(ROOT, 'examples');

/** A contract of an example, as code that stands alone. */
interface Contract {
  readonly example: string;
  readonly variable: string;
  readonly code: string;
}

/** The page with the contracts of all examples in three languages. */
export function contractsPage(): string {
  const contracts = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .sort()
    .flatMap(contractsOf);
  const { name, types } = assembly();
  const inPlace = (i: number) => `${name}.Contract${i}`;
  const others = contracts.map(({ code }, i) => [
    inPlace(i),
    {
      assembly: name,
      fqn: inPlace(i),
      kind: 'class',
      name: `Contract${i}`,
      docs: { example: code },
    },
  ]);
  const without = Object.entries(types).map(([fqn, type]) => [fqn, withoutDocs(type)]);
  const { snippets } = translated({
    ...assembly(),
    types: Object.fromEntries([...without, ...others]),
  });
  const byPlace = new Map(
    Object.values(snippets).map(({ location, translations }) => [location.api.fqn, translations]),
  );
  return [
    '# The contracts of the examples, in three languages',
    '',
    'The contract of each [example](../README.md#examples), in TypeScript, [Python](python.md) and [Java](java.md). The platform team of one language and the app team of another one share it as a file: `toFile()`, `to_file()` and `toFile()` write the same bytes, which each language reads ([contract.md](contract.md)).',
    '',
    ...contracts.flatMap(({ example, variable, code }, i) => {
      const { python, java } = byPlace.get(inPlace(i))!;
      return [
        `## ${example}: ${variable}`,
        '',
        `[examples/${example}](../examples/${example}/README.md)`,
        '',
        ...block('ts nocheck', code),
        ...block('python', python.source),
        ...block('java', java.source),
      ];
    }),
  ].join('\n');
}

const block = (language: string, code: string) => ['```' + language, code.trim(), '```', ''];

/** A type without its examples, so that those of the contracts are all that is translated. */
function withoutDocs(type: object): object {
  return JSON.parse(JSON.stringify(type, (key, value) => (key === 'docs' ? undefined : value)));
}

function contractsOf(file: string): Contract[] {
  const text = readFileSync(join(EXAMPLES, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const variables = new Map<string, ts.VariableDeclaration>();
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) {
      variables.set(node.name.text, node);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...variables].flatMap(([variable, { initializer }]) =>
    initializer && /^new AgentContract\(/.test(initializer.getText())
      ? [
          {
            example: dirname(file).split('/')[0],
            variable,
            code: formatted(`const ${variable} = ${alone(initializer, variables)};`),
          },
        ]
      : [],
  );
}

/** The text of an expression, with the variables of its file replaced by what they are. */
function alone(of: ts.Node, variables: ReadonlyMap<string, ts.VariableDeclaration>): string {
  const valueOf = (name: string) => {
    const initializer = variables.get(name)?.initializer;
    return initializer && alone(initializer, variables);
  };
  const replaced: [start: number, end: number, by: string][] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && node.expression.getText() === 'images') {
      const images = variables.get('IMAGES')?.initializer as ts.ObjectLiteralExpression;
      const image = images.properties.find(each => each.name?.getText() === node.name.text);
      const value = (image as ts.PropertyAssignment).initializer.getText();
      replaced.push([node.getStart(), node.end, value]);
    } else if (ts.isShorthandPropertyAssignment(node)) {
      const value = valueOf(node.name.text) ?? node.name.text;
      replaced.push([node.getStart(), node.end, `${node.name.text}: ${value}`]);
    } else if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.initializer)) {
      const value = valueOf(node.initializer.text);
      if (value !== undefined) {
        replaced.push([node.initializer.getStart(), node.initializer.end, value]);
      }
    } else {
      ts.forEachChild(node, visit);
      return;
    }
  };
  visit(of);
  const start = of.getStart();
  return replaced
    .reverse()
    .reduce(
      (text, [from, to, by]) => text.slice(0, from - start) + by + text.slice(to - start),
      of.getText(),
    );
}

function formatted(code: string): string {
  return execFileSync(
    join(ROOT, 'node_modules', '.bin', 'prettier'),
    ['--parser', 'typescript', '--config', join(ROOT, '.prettierrc.json')],
    { input: code, encoding: 'utf8' },
  );
}
