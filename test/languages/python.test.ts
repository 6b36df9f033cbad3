/**
 * The package for Python as users get it: the wheel that `npm run package:python` makes, installed
 * in an environment of its own with the lowest versions that it accepts. Needs lib/ and .jsii,
 * which `npm run compile` makes, and PyPI.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentedContracts, jsonOf } from './documented-contracts';
import {
  APPS,
  copyApps,
  ENV,
  examplesIn,
  PROJECT,
  run,
  runApps,
  runTypeScript,
  translateExamples,
  withoutLanguage,
  type Written,
} from './typescript-apps';

const MINUTES = 60_000;

let scratch: string;
let app: string;
let python: Written;
let typescript: Written;
const program = (name: string) => join(scratch, 'venv', 'bin', name);

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'python-'));
  const wheels = join(scratch, 'package', 'python');
  const pacmak = join(PROJECT, 'node_modules', '.bin', 'jsii-pacmak');
  const tablet = join(scratch, 'examples.tabl.json');
  translateExamples(tablet);
  const outdir = join(scratch, 'package');
  run(PROJECT, pacmak, '--target', 'python', '--rosetta-tablet', tablet, '--outdir', outdir);
  run(scratch, 'python3', '-m', 'venv', 'venv');
  const wheel = readdirSync(wheels).find(name => name.endsWith('.whl'))!;
  const lowest = join(__dirname, 'python', 'requirements.txt');
  run(scratch, program('pip'), 'install', '-q', '-r', lowest, join(wheels, wheel));

  app = join(scratch, 'app');
  mkdirSync(app);
  copyApps('python', app);
  python = runApps(app, name => [program('python'), `${name}.py`]);
  mkdirSync(join(scratch, 'typescript'));
  typescript = runTypeScript(join(scratch, 'typescript'));
}, 5 * MINUTES);
afterAll(() => rmSync(scratch, { recursive: true }));

test('the apps write the bytes of TypeScript', () => {
  expect(python.files).toEqual(typescript.files);
  expect(Object.keys(python.files)).toEqual(
    expect.arrayContaining([
      'dist/platform.k8s.yaml',
      'dist/shop.k8s.yaml',
      'everything/REVIEW.md',
      'everything/RUNBOOK.md',
      'everything/agents.k8s.yaml',
      'everything/review.sarif',
      'everything/shop.k8s.yaml',
      'routes.contract.json',
    ]),
  );
});

test.each(APPS)('%s prints what it prints in TypeScript', name => {
  expect(withoutLanguage(python.printed[name])).toBe(withoutLanguage(typescript.printed[name]));
});

test('errors name the construct, and no line of a program that is not the user’s', () => {
  expect(typescript.printed.errors).toContain('(contract routes at errors.ts:');
  expect(python.printed.errors).not.toMatch(/ at \S+:\d|program\.js|node_modules/);
  expect(python.printed.errors).toContain(
    '  SHM009 [web/web] containers: given "wbe"; allowed names of: web; fix: write "web"\n',
  );
  expect(existsSync(join(app, 'errors'))).toBe(false);
});

test('the examples of doc comments run, and help() shows them', () => {
  const examples = examplesIn(join(scratch, 'examples.tabl.json'), 'python');
  expect(examples.length).toBeGreaterThan(25);
  const script = join(__dirname, 'python-examples.py');
  const { stdout, stderr } = spawnSync(program('python'), [script], {
    cwd: app,
    encoding: 'utf8',
    env: { ...ENV, CDK8S_OUTDIR: join(scratch, 'examples') },
    input: JSON.stringify(examples),
  });
  expect(stdout + stderr).toBe('');
  const help = 'import cdk8s_shared_memory as s; print(s.Leftovers.__doc__)';
  expect(run(app, program('python'), '-c', help)).toContain('Leftovers.sweep(except_=[');
});

test('the contracts of docs/contracts.md are those of TypeScript', () => {
  const contracts = documentedContracts();
  expect(contracts.length).toBeGreaterThan(20);
  const { stdout } = spawnSync(program('python'), [join(__dirname, 'python-contracts.py')], {
    cwd: app,
    encoding: 'utf8',
    env: ENV,
    input: JSON.stringify(contracts.map(({ variable, python: code }) => [variable, code])),
  });
  expect(stdout).toBe(contracts.map(contract => `${jsonOf(contract)}\n`).join(''));
});

test('docs/python.md shows what errors say', () => {
  const page = readFileSync(join(PROJECT, 'docs', 'python.md'), 'utf8');
  const shown = [...page.matchAll(/^ *(?:\[.+\] )?SHM\d+ \[.+$/gm)].map(([line]) => line);
  expect(shown.length).toBe(2);
  expect(python.printed.errors.split('\n')).toEqual(expect.arrayContaining(shown));
});

test('a misspelt option fails in Python itself', () => {
  writeFileSync(
    join(app, 'misspelt.py'),
    'from contract import routes\nroutes.attach_to(None, container=["api"])\n',
  );
  expect(() => run(app, program('python'), 'misspelt.py')).toThrow(
    "attach_to() got an unexpected keyword argument 'container'",
  );
});

describe('the command, which the wheel brings', () => {
  const command = (cwd: string, name: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(name, args, { cwd, encoding: 'utf8', env: ENV });
    return { status, printed: stdout + stderr };
  };
  const ours = join(PROJECT, 'bin', 'cdk8s-shared-memory');

  test.each([
    ['lint', '--pack', 'strict', 'everything'],
    ['review', 'dist'],
    ['diff', 'dist', 'everything'],
  ])('%s %s', (...args) => {
    const said = command(app, program('cdk8s-shared-memory'), ...args);
    expect(said).toEqual(command(app, ours, ...args));
    expect(said.printed).not.toBe('');
  });

  test('fails with the status of the findings', () => {
    writeFileSync(
      join(app, 'refused.yaml'),
      'apiVersion: v1\nkind: Pod\nmetadata: { name: odd }\nspec: { hostIPC: true, hostUsers: false, containers: [{ name: odd, image: odd:1 }] }\n',
    );
    expect(command(app, program('cdk8s-shared-memory'), 'lint', 'refused.yaml').status).toBe(1);
    expect(command(app, program('cdk8s-shared-memory'), 'lint', 'missing.yaml').status).toBe(2);
  });
});
