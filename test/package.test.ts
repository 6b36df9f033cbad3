/**
 * The package as users get it: packed, installed outside this project, type-checked and run. Needs
 * lib/, which `npm run compile` makes.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
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
import { parseAllDocuments } from 'yaml';
import { APP_REPO, COMMON_JS, ESM, filesIn, PLATFORM_REPO, renderedHere } from './consumer';
import { documentedCommands, repository } from './continuous-check';
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
const TYPESCRIPT =
  Object.entries(NAMES)
    .map(([module, names]) => `import { ${names} } from '${module}';\n`)
    .join('') + BODY;
const JAVASCRIPT =
  Object.entries(NAMES)
    .map(([module, names]) => `const { ${names} } = require('${module}');\n`)
    .join('') + BODY;

let scratch: string;
let tarball: string;
let packed: readonly string[];

function run(command: string, ...args: string[]): string {
  return runIn(scratch, command, ...args);
}

/** Without what npm tells its scripts about this project: the scratch app is another one. */
function runIn(cwd: string, command: string, ...args: string[]): string {
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
function version(name: string): string {
  return JSON.parse(readFileSync(join(PROJECT, 'node_modules', name, 'package.json'), 'utf8'))
    .version;
}

function synthesized(name: string): string {
  const folder = join(scratch, name);
  expect(readdirSync(folder)).toContain('shop.k8s.yaml');
  return readFileSync(join(folder, 'shop.k8s.yaml'), 'utf8');
}

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

describe('the tarball', () => {
  test('has what users need', () => {
    expect(packed).toEqual(
      expect.arrayContaining([
        '.jsii',
        'LICENSE',
        'README.md',
        'bin/cdk8s-shared-memory',
        'lib/index.d.ts',
        'lib/index.js',
        'package.json',
      ]),
    );
  });

  test('has nothing of what else lies in the folder', () => {
    const strays = ['stray.log', 'notes.md', 'secret.env'].map(name => join(PROJECT, name));
    strays.forEach(path => writeFileSync(path, 'token: not for anybody', { flag: 'wx' }));
    try {
      const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
        cwd: PROJECT,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const [{ files }] = JSON.parse(listed) as [{ files: { path: string }[] }];
      expect(
        files.map(({ path }) => path).filter(path => strays.includes(join(PROJECT, path))),
      ).toEqual([]);
    } finally {
      strays.forEach(path => rmSync(path));
    }
  });

  test('has nothing else', () => {
    const bundled = /^node_modules\/(argparse|commander|js-yaml)\//;
    const own =
      /^(bin\/cdk8s-shared-memory|lib\/.+\.(js|d\.ts)|\.jsii|LICENSE|README\.md|API\.md|package\.json)$/;
    expect(packed.filter(path => !bundled.test(path) && !own.test(path))).toEqual([]);
  });
});

describe('an app outside this project', () => {
  test('type-checks', () => {
    expect(run('npx', '--no-install', 'tsc', '-p', '.')).toBe('');
  });

  test('fails to type-check where an option is misspelt', () => {
    writeFileSync(join(scratch, 'misspelt.ts'), TYPESCRIPT.replace('ownerId', 'ownerid'));
    writeFileSync(
      join(scratch, 'misspelt.json'),
      JSON.stringify({ extends: './tsconfig.json', files: ['misspelt.ts'] }),
    );
    expect(() => run('npx', '--no-install', 'tsc', '-p', 'misspelt.json')).toThrow(
      "'ownerid' does not exist in type 'AgentContractProps'",
    );
  });

  test(
    'synthesizes with cdk8s-cli, from TypeScript and from plain JavaScript alike',
    () => {
      run(
        'npx',
        '--no-install',
        'cdk8s',
        'synth',
        '--no-check-upgrade',
        '--app',
        'npx --no-install tsx main.ts',
        '--output',
        'from-ts',
      );
      run(
        'npx',
        '--no-install',
        'cdk8s',
        'synth',
        '--no-check-upgrade',
        '--app',
        'node plain/main.js',
        '--output',
        'from-js',
      );
      expect(synthesized('from-js')).toBe(synthesized('from-ts'));

      const [deployment] = parseAllDocuments(synthesized('from-ts')).map(document =>
        document.toJS(),
      );
      expect(schemaErrors(deployment)).toEqual([]);
      const { spec } = deployment.spec.template;
      expect(spec.volumes).toEqual([
        {
          name: 'routes-table',
          persistentVolumeClaim: { claimName: 'routes-table-v1-ro', readOnly: true },
        },
      ]);
      expect(spec.containers[0].volumeMounts).toEqual([
        { name: 'routes-table', mountPath: '/run/routes', readOnly: true },
      ]);
      expect(spec.securityContext.supplementalGroups).toEqual([2000]);
      expect(spec.nodeSelector).toEqual({ 'example.com/routes-agent': 'yes' });
    },
    2 * MINUTES,
  );
});

describe('the rules', () => {
  const BAD = TYPESCRIPT.replace(
    'routes.attachTo(api);',
    `
ApiObject.of(api).addJsonPatch(JsonPatch.add('/spec/template/spec/volumes', [{ name: 'dshm', emptyDir: { medium: 'Memory' } }]));
ApiObject.of(api).addJsonPatch(JsonPatch.add('/spec/template/spec/containers/0/volumeMounts', [{ name: 'dshm', mountPath: '/dev/shm' }]));`,
  ).replace('App, Chart, Size', 'ApiObject, App, Chart, JsonPatch, Size');

  /** An app with a mistake, whose cdk8s.yaml has the library's own validation. */
  function app(name: string, text: string, properties: string): string {
    const path = join(scratch, name);
    mkdirSync(path);
    writeFileSync(join(path, 'main.ts'), text);
    writeFileSync(
      join(path, 'cdk8s.yaml'),
      [
        'language: typescript',
        'app: npx --no-install tsx main.ts',
        'output: dist',
        'validations:',
        '  - package: ../node_modules/cdk8s-shared-memory',
        `    version: ${JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')).version}`,
        '    class: SharedMemoryValidation',
        `    properties: ${properties}`,
        '',
      ]
        .join('\n')
        .replace('../node_modules', './../node_modules'),
    );
    return path;
  }
  const synth = (path: string) => {
    const { CDK8S_OUTDIR: _, ...env } = process.env;
    return spawnSync('npx', ['--no-install', 'cdk8s', 'synth', '--no-check-upgrade'], {
      cwd: path,
      encoding: 'utf8',
      env,
    });
  };

  test(
    'are a validation of `cdk8s synth`, which names the construct and fails at the level that was asked for',
    () => {
      const path = app('validated', BAD, '{ failOn: warning }');
      const { status, stdout } = synth(path);
      expect(status).toBe(2);
      expect(stdout).toMatch(/SHM201 \(warning\)/);
      expect(stdout).toMatch(/Construct Path: shop\/api\/Resource/);
      expect(readdirSync(join(path, 'dist'))).toContain('shop.k8s.yaml');
      const passed = synth(app('passed', BAD, '{ failOn: warning, rules: { SHM201: note } }'));
      expect([passed.status, /SHM201 \(note\)/.test(passed.stdout)]).toEqual([0, true]);
    },
    MINUTES,
  );

  test(
    'fails with a property that nobody reads',
    () => {
      const { status, stdout, stderr } = synth(app('misspelt-property', BAD, '{ fail: error }'));
      expect(status).not.toBe(0);
      expect(stdout + stderr).toContain(
        'SharedMemoryValidation properties: fail: unknown; allowed pack, failOn, rules',
      );
    },
    MINUTES,
  );

  test(
    'are a command, in the folder that cdk8s has written',
    () => {
      const lint = (...args: string[]) =>
        spawnSync('npx', ['--no-install', 'cdk8s-shared-memory', 'lint', ...args], {
          cwd: scratch,
          encoding: 'utf8',
        });
      expect(lint('validated/dist').status).toBe(0);
      const { status, stdout } = lint('validated/dist', '--pack', 'strict');
      expect([status, stdout.match(/(?<=error )SHM\d+/g)]).toEqual([1, ['SHM201']]);
      expect(lint('--help').stdout).toContain('--fail-on <level>');
    },
    MINUTES,
  );
});

describe('an app with workloads of two cdk8s-plus, and the agent on nodes and in pods', () => {
  let here: Record<string, string>;
  beforeAll(() => {
    here = renderedHere(join(scratch, 'here'));
  });

  /** A folder of the scratch app with one file, of a module kind of its own. */
  function folder(
    name: string,
    type: 'module' | 'commonjs',
    file: string,
    text: string,
    compilerOptions: object = {},
  ): string {
    const path = join(scratch, name);
    mkdirSync(path);
    writeFileSync(join(path, 'package.json'), JSON.stringify({ type }));
    writeFileSync(
      join(path, 'tsconfig.json'),
      JSON.stringify({
        extends: '../tsconfig.json',
        compilerOptions: { noEmit: false, ...compilerOptions },
        files: [file],
      }),
    );
    writeFileSync(join(path, file), text);
    return path;
  }

  test('is what it should be', () => {
    expect(Object.keys(here)).toEqual([
      'REVIEW.md',
      'RUNBOOK.md',
      'platform.k8s.yaml',
      'review.sarif',
      'shop.k8s.yaml',
    ]);
    const objects = [here['platform.k8s.yaml'], here['shop.k8s.yaml']].flatMap(text =>
      parseAllDocuments(text).map(document => document.toJS()),
    );
    expect(objects.map(({ kind }) => kind)).toEqual([
      'DaemonSet',
      'Deployment',
      'Deployment',
      'Deployment',
    ]);
    expect(objects.flatMap(object => schemaErrors(object))).toEqual([]);
    expect(here['shop.k8s.yaml'].match(/claimName: routes-table-v1-ro/g)).toHaveLength(2);
  });

  test.each([
    ['ES modules', 'module', ESM],
    ['CommonJS modules', 'commonjs', COMMON_JS],
  ] as const)('renders the same bytes as JavaScript with %s', (_, type, text) => {
    const app = folder(`js-${type}`, type, 'main.js', text);
    runIn(app, 'node', 'main.js');
    expect(filesIn(join(app, 'out'))).toEqual(here);
  });

  test.each([
    ['node16 and ES modules', 'module', { module: 'node16', moduleResolution: 'node16' }],
    ['node16 and CommonJS modules', 'commonjs', { module: 'node16', moduleResolution: 'node16' }],
    ['a bundler', 'module', { module: 'esnext', moduleResolution: 'bundler' }],
    [
      'isolatedModules and verbatimModuleSyntax',
      'module',
      { module: 'node16', isolatedModules: true, verbatimModuleSyntax: true },
    ],
  ] as const)(
    'type-checks and renders the same bytes as TypeScript for %s',
    (name, type, options) => {
      const app = folder(`ts-${name.replaceAll(' ', '-')}`, type, 'main.ts', ESM, options);
      run('npx', '--no-install', 'tsc', '-p', app);
      runIn(app, 'node', 'main.js');
      expect(filesIn(join(app, 'out'))).toEqual(here);
    },
  );

  test('Node.js finds every name of the package for an import', () => {
    const print =
      'import * as all from "cdk8s-shared-memory"; import { createRequire } from "node:module"; ' +
      'console.log(JSON.stringify([Object.keys(all), Object.keys(createRequire(process.cwd() + "/x.js")("cdk8s-shared-memory"))]))';
    const [imported, required]: string[][] = JSON.parse(
      run('node', '--input-type=module', '-e', print),
    );
    expect(required.length).toBeGreaterThan(10);
    expect(imported).toEqual(expect.arrayContaining(required));
  });

  test(
    'type-checks and renders the same bytes below pnpm, which gives a package what it declares and no more',
    () => {
      // not below the scratch app, whose node_modules would help out
      const app = mkdtempSync(join(tmpdir(), 'cdk8s-shared-memory-pnpm-'));
      try {
        const dependencies = Object.fromEntries(
          ['cdk8s', 'cdk8s-plus-27', 'cdk8s-plus-33', 'constructs'].map(name => [
            name,
            version(name),
          ]),
        );
        writeFileSync(
          join(app, 'package.json'),
          JSON.stringify({
            private: true,
            type: 'module',
            dependencies: { ...dependencies, 'cdk8s-shared-memory': `file:${tarball}` },
          }),
        );
        writeFileSync(join(app, 'main.ts'), ESM);
        const bin = join(PROJECT, 'node_modules', '.bin');
        const settings = [
          'node-linker=isolated',
          'auto-install-peers=false',
          'strict-peer-dependencies=true',
          `store-dir=${join(app, '.store')}`,
        ];
        runIn(
          app,
          join(bin, 'pnpm'),
          'install',
          '--ignore-scripts',
          '--prefer-offline',
          ...settings.map(setting => `--config.${setting}`),
        );
        expect(
          readdirSync(join(app, 'node_modules'))
            .filter(name => !name.startsWith('.'))
            .sort(),
        ).toEqual(['cdk8s', 'cdk8s-plus-27', 'cdk8s-plus-33', 'cdk8s-shared-memory', 'constructs']);
        runIn(
          app,
          join(bin, 'tsc'),
          '--strict',
          '--module',
          'node16',
          '--target',
          'ES2022',
          '--lib',
          'ES2022',
          'main.ts',
        );
        runIn(app, 'node', 'main.js');
        expect(filesIn(join(app, 'out'))).toEqual(here);
      } finally {
        rmSync(app, { recursive: true, force: true });
      }
    },
    5 * MINUTES,
  );
});

describe('a platform repo and an app repo, as two packages', () => {
  /**
   * The app repo with the platform's package installed; each with its own copy of the library, or
   * both with one.
   */
  function repos(name: string, copies: 1 | 2): string {
    const app = join(scratch, name);
    const platform = join(app, 'node_modules', '@example', 'platform');
    mkdirSync(platform, { recursive: true });
    writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'shop', private: true }));
    writeFileSync(join(app, 'main.js'), APP_REPO);
    writeFileSync(
      join(platform, 'package.json'),
      JSON.stringify({ name: '@example/platform', version: '1.0.0', main: 'index.js' }),
    );
    writeFileSync(join(platform, 'index.js'), PLATFORM_REPO);
    for (const repo of [app, platform].slice(0, copies === 2 ? 2 : 0)) {
      cpSync(
        join(scratch, 'node_modules', 'cdk8s-shared-memory'),
        join(repo, 'node_modules', 'cdk8s-shared-memory'),
        { recursive: true, dereference: true },
      );
    }
    return app;
  }

  test('two copies of the library render the bytes of one, with the reasons of both', () => {
    const [one, two] = [repos('one-copy', 1), repos('two-copies', 2)];
    expect(runIn(one, 'node', 'main.js')).toBe('1 copy\n');
    expect(runIn(two, 'node', 'main.js')).toBe('2 copies\n');
    const files = filesIn(join(two, 'out'));
    expect(files).toEqual(filesIn(join(one, 'out')));
    expect(Object.keys(files)).toEqual([
      'REVIEW.md',
      'RUNBOOK.md',
      'platform.k8s.yaml',
      'review.sarif',
      'shop.k8s.yaml',
    ]);
    for (const text of [files['platform.k8s.yaml'], files['shop.k8s.yaml']]) {
      expect(text).toMatch(/^ +# .*contract routes/m);
    }
    const claims = parseAllDocuments(files['shop.k8s.yaml']).map(
      document => document.toJS().spec.template.spec.volumes,
    );
    expect(claims).toEqual(
      Array(3).fill([
        {
          name: 'routes-table',
          persistentVolumeClaim: { claimName: 'routes-table-v1-ro', readOnly: true },
        },
      ]),
    );
  });

  test('fails as with one copy where the other has already served the contract', () => {
    const app = repos('second-agent', 2);
    writeFileSync(
      join(app, 'main.js'),
      APP_REPO.replace(
        'app.synth()',
        'new NodeAgent(new Chart(app, "more"), "second", { ...platform.agent, name: "other" })',
      ),
    );
    expect(() => runIn(app, 'node', 'main.js')).toThrow(
      'SHM007 [more/second] nodes: given all nodes of the contract, but platform/agent serves contract routes',
    );
  });
});

describe('continuous checks, as docs/continuous-check.md has them', () => {
  const BEFORE = TYPESCRIPT.replace(
    'import { App, Chart',
    "import { ReviewApp } from 'cdk8s-shared-memory';\nimport { Chart",
  ).replace('new App()', 'new ReviewApp()');
  const AFTER = BEFORE.replace('api:3.1.0', 'api:3.2.0');
  const { github, gitlab } = documentedCommands();

  test.each([
    ['GitHub', 'github-repo', github],
    ['GitLab', 'gitlab-repo', gitlab],
  ])(
    '%s',
    (_, name, commands) => {
      const folder = join(scratch, name);
      const { git, write } = repository(folder, BEFORE);
      const { CDK8S_OUTDIR: _outdir, ...env } = process.env;
      const sh = (command: string) =>
        spawnSync('bash', ['-e', '-c', command], {
          cwd: folder,
          encoding: 'utf8',
          env: {
            ...env,
            GITHUB_BASE_REF: 'main',
            CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main',
            npm_config_offline: 'true',
          },
        });
      const all = () => commands.map(command => sh(command).status);
      expect(sh('npx cdk8s synth --no-check-upgrade').status).toBe(0);
      git('add', '.');
      git('commit', '-q', '-m', 'before');
      git('push', '-q', 'origin', 'main');
      git('fetch', '-q', 'origin');
      expect(all()).toEqual(commands.map(() => 0));

      write('main.ts', AFTER);
      // dist/ is not what the code renders
      expect(all().filter(status => status !== 0)).toEqual([1]);
      git('add', '.');
      git('commit', '-q', '-m', 'after');
      expect(all()).toEqual(commands.map(() => 0));
      expect(readFileSync(join(folder, 'change.md'), 'utf8')).toMatch(/1 workload restarts/);

      write(
        'main.ts',
        AFTER.replace('routes.attachTo(api);', '').replace(
          'const api =',
          "const chart2 = new Chart(app, 'new'); void chart2;\nconst api =",
        ),
      );
      expect(all().filter(status => status !== 0)).toEqual([1]); // so is a file that is new
    },
    3 * MINUTES,
  );
});
