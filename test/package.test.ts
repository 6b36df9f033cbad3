/** The package as users get it: packed, installed outside this project, type-checked and run. Needs lib/, which `npm run compile` makes. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { schemaErrors } from './kubernetes/schema';

const PROJECT = join(__dirname, '..');
const MINUTES = 60_000;

/** The README's first example: a contract, and a workload of cdk8s-plus that is attached to it. */
const CONTRACT = `{
  name: 'routes', namespace: 'node-agents', version: 'v1', ownerId: 10001, groupId: 2000,
  memory: [SharedMemory.files({ name: 'table', size: Size.mebibytes(256), mountPath: '/run/routes' })],
  nodes: AgentNodes.dedicated('example.com/routes-agent', 'yes'), clients: Access.READ_ONLY,
}`;
const NAMES = {
  'cdk8s': 'App, Chart, Size',
  'cdk8s-plus-27': 'Deployment',
  'cdk8s-shared-memory': 'Access, AgentContract, AgentNodes, SharedMemory',
};
const BODY = `
const routes = new AgentContract(${CONTRACT});
const app = new App();
const chart = new Chart(app, 'shop', { namespace: 'shop' });
const api = new Deployment(chart, 'api', { containers: [{ image: 'registry.example.com/api:3.1.0' }] });
routes.attachTo(api);
app.synth();
`;
const TYPESCRIPT = Object.entries(NAMES).map(([module, names]) => `import { ${names} } from '${module}';\n`).join('') + BODY;
const JAVASCRIPT = Object.entries(NAMES).map(([module, names]) => `const { ${names} } = require('${module}');\n`).join('') + BODY;

let scratch: string;
let packed: readonly string[];

/** Without what npm tells its scripts about this project: the scratch app is another one. */
function run(command: string, ...args: string[]): string {
  const foreign = /^(npm_(package|lifecycle)_|npm_config_local_prefix$|INIT_CWD$|NODE_PATH$)/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  try {
    return execFileSync(command, args, { cwd: scratch, encoding: 'utf8', env, stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed\n${stdout ?? ''}${stderr ?? ''}`);
  }
}

/** The version that this project itself was tested with. */
function version(name: string): string {
  return JSON.parse(readFileSync(join(PROJECT, 'node_modules', name, 'package.json'), 'utf8')).version;
}

function synthesized(name: string): string {
  const folder = join(scratch, name);
  expect(readdirSync(folder)).toContain('shop.k8s.yaml');
  return readFileSync(join(folder, 'shop.k8s.yaml'), 'utf8');
}

beforeAll(() => {
  for (const file of ['lib/index.js', '.jsii']) {
    if (!existsSync(join(PROJECT, file))) { throw new Error(`${file} is missing: run npm run compile first`); }
  }
  scratch = mkdtempSync(join(tmpdir(), 'cdk8s-shared-memory-'));
  const [{ filename, files }] = JSON.parse(run('npm', 'pack', PROJECT, '--json', '--ignore-scripts'));
  packed = (files as { path: string }[]).map(({ path }) => path);
  const names = ['cdk8s', 'cdk8s-cli', 'cdk8s-plus-27', 'constructs', 'tsx', 'typescript'];
  const dependencies = { 'cdk8s-shared-memory': `file:${filename}`, ...Object.fromEntries(names.map((name) => [name, version(name)])) };
  writeFileSync(join(scratch, 'package.json'), JSON.stringify({ name: 'scratch', private: true, dependencies }));
  // Strict, and our own declarations are checked too (skipLibCheck is off); no types but those of the packages.
  const compilerOptions = { strict: true, noEmit: true, target: 'ES2022', lib: ['ES2022'], module: 'node16', types: [] };
  writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
  writeFileSync(join(scratch, 'main.ts'), TYPESCRIPT);
  mkdirSync(join(scratch, 'plain'));
  writeFileSync(join(scratch, 'plain', 'main.js'), JAVASCRIPT);
  run('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts');
}, 10 * MINUTES);

afterAll(() => {
  if (scratch) { rmSync(scratch, { recursive: true, force: true }); }
});

describe('the tarball', () => {
  test('has what users need', () => {
    expect(packed).toEqual(expect.arrayContaining(['.jsii', 'LICENSE', 'README.md', 'lib/index.d.ts', 'lib/index.js', 'package.json']));
  });

  test('has nothing else', () => {
    expect(packed.filter((path) => !/^(lib\/.+\.(js|d\.ts)|\.jsii|LICENSE|README\.md|API\.md|package\.json)$/.test(path))).toEqual([]);
  });
});

describe('an app outside this project', () => {
  test('type-checks', () => {
    expect(run('npx', '--no-install', 'tsc', '-p', '.')).toBe('');
  });

  test('fails to type-check where an option is misspelt', () => {
    writeFileSync(join(scratch, 'misspelt.ts'), TYPESCRIPT.replace('ownerId', 'ownerid'));
    writeFileSync(join(scratch, 'misspelt.json'), JSON.stringify({ extends: './tsconfig.json', files: ['misspelt.ts'] }));
    expect(() => run('npx', '--no-install', 'tsc', '-p', 'misspelt.json')).toThrow("'ownerid' does not exist in type 'AgentContractProps'");
  });

  test('synthesizes with cdk8s-cli, from TypeScript and from plain JavaScript alike', () => {
    run('npx', '--no-install', 'cdk8s', 'synth', '--no-check-upgrade', '--app', 'npx --no-install tsx main.ts', '--output', 'from-ts');
    run('npx', '--no-install', 'cdk8s', 'synth', '--no-check-upgrade', '--app', 'node plain/main.js', '--output', 'from-js');
    expect(synthesized('from-js')).toBe(synthesized('from-ts'));

    const [deployment] = parseAllDocuments(synthesized('from-ts')).map((document) => document.toJS());
    expect(schemaErrors(deployment)).toEqual([]);
    const { spec } = deployment.spec.template;
    expect(spec.volumes).toEqual([{ name: 'routes-table', persistentVolumeClaim: { claimName: 'routes-table-v1-ro', readOnly: true } }]);
    expect(spec.containers[0].volumeMounts).toEqual([{ name: 'routes-table', mountPath: '/run/routes', readOnly: true }]);
    expect(spec.securityContext.supplementalGroups).toEqual([2000]);
    expect(spec.nodeSelector).toEqual({ 'example.com/routes-agent': 'yes' });
  }, 2 * MINUTES);
});
