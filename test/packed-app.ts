import { execFileSync } from 'node:child_process';
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

export const PROJECT = join(__dirname, '..');
export const MINUTES = 60_000;

/** The README's first example: a contract, and a workload of cdk8s-plus that is attached to it. */
const CONTRACT = `{
  name: 'routes', namespace: 'node-agents', version: 'v1', ownerId: 10001, groupId: 2000,
  memory: [SharedMemory.files({ name: 'table', size: Size.mebibytes(256), mountPath: '/run/routes' })],
  nodes: AgentNodes.dedicated('example.com/routes-agent', 'yes'), clients: Access.READ_ONLY,
}`;
const NAMES = {
  cdk8s: 'App, Chart, Size',
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
export const TYPESCRIPT =
  Object.entries(NAMES)
    .map(([module, names]) => `import { ${names} } from '${module}';\n`)
    .join('') + BODY;
const JAVASCRIPT =
  Object.entries(NAMES)
    .map(([module, names]) => `const { ${names} } = require('${module}');\n`)
    .join('') + BODY;

/** The folder of the app that has the package installed. */
export let scratch: string;
/** The package. */
export let tarball: string;
/** The files in it. */
export let packed: readonly string[];

/** Runs a command in that folder. */
export function run(command: string, ...args: string[]): string {
  return runIn(scratch, command, ...args);
}

/** Without what npm tells its scripts about this project: the scratch app is another one. */
export function runIn(cwd: string, command: string, ...args: string[]): string {
  const foreign = /^(npm_(package|lifecycle)_|npm_config_local_prefix$|INIT_CWD$|NODE_PATH$)/i;
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !foreign.test(name)),
  );
  try {
    return execFileSync(command, args, {
      cwd,
      encoding: 'utf8',
      env: { ...env, CDK8S_OUTDIR: 'out' },
      stdio: 'pipe',
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed\n${stdout ?? ''}${stderr ?? ''}`);
  }
}

/** The version that this project itself was tested with. */
export function version(name: string): string {
  return JSON.parse(readFileSync(join(PROJECT, 'node_modules', name, 'package.json'), 'utf8'))
    .version;
}

export function synthesized(name: string): string {
  const folder = join(scratch, name);
  expect(readdirSync(folder)).toContain('shop.k8s.yaml');
  return readFileSync(join(folder, 'shop.k8s.yaml'), 'utf8');
}

/** Packs this project once, and installs it in an app outside. */
export function installedApp(): void {
  beforeAll(() => {
    for (const file of ['lib/index.js', '.jsii']) {
      if (!existsSync(join(PROJECT, file))) {
        throw new Error(`${file} is missing: run npm run compile first`);
      }
    }
    scratch = mkdtempSync(join(tmpdir(), 'cdk8s-shared-memory-'));
    const [{ filename, files }] = JSON.parse(
      run('npm', 'pack', PROJECT, '--json', '--ignore-scripts'),
    );
    tarball = join(scratch, filename);
    packed = (files as { path: string }[]).map(({ path }) => path);
    const names = [
      'cdk8s',
      'cdk8s-cli',
      'cdk8s-plus-27',
      'cdk8s-plus-33',
      'constructs',
      'tsx',
      'typescript',
    ];
    const dependencies = {
      'cdk8s-shared-memory': `file:${filename}`,
      ...Object.fromEntries(names.map(name => [name, version(name)])),
    };
    writeFileSync(
      join(scratch, 'package.json'),
      JSON.stringify({ name: 'scratch', private: true, dependencies }),
    );
    // Strict, and our own declarations are checked too (skipLibCheck is off); no types but those of
    // the packages.
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: 'ES2022',
      lib: ['ES2022'],
      module: 'node16',
      types: [],
    };
    writeFileSync(
      join(scratch, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['main.ts'] }),
    );
    writeFileSync(join(scratch, 'main.ts'), TYPESCRIPT);
    mkdirSync(join(scratch, 'plain'));
    writeFileSync(join(scratch, 'plain', 'main.js'), JAVASCRIPT);
    run('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts');
  }, 10 * MINUTES);

  afterAll(() => {
    if (scratch) {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
}
