/**
 * The package as users get it: packed, installed outside this project, type-checked and run. Needs
 * lib/, which `npm run compile` makes.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { APP_REPO, filesIn, PLATFORM_REPO } from './consumer';
import { schemaErrors } from './kubernetes/schema';
import {
  installedApp,
  MINUTES,
  packed,
  PROJECT,
  run,
  runIn,
  scratch,
  synthesized,
  tarball,
  TYPESCRIPT,
} from './packed-app';
import { packedContinuousChecks } from './packed-continuous-checks';
import { packedIntegrations } from './packed-integrations';
import { packedModules } from './packed-modules';
import { packedRules } from './packed-rules';
import { isOfTheWeb, linksOf, textOf } from '../scripts/site/markdown';

installedApp();

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
    const strays = [
      'stray.log',
      'notes.md',
      'secret.env',
      'bin/id_rsa',
      'docs/secret.env',
      'examples/token.txt',
      'examples/nscd/.npmrc',
      'lib/key.pem',
    ].map(name => join(PROJECT, name));
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
    const bundled = /^node_modules\/(argparse|commander|diff|js-yaml|yaml)\//;
    const own =
      /^(assets\/demo(-selinux)?\.yaml|bin\/cdk8s-shared-memory|lib\/.+\.(js|d\.ts)|docs\/[^/]+\.(md|png|schema\.json|svg)|docs\/agent-protocol\/\w+\.(c|h|py)|docs\/diff\/\w+\.yaml|docs\/verified\/[^/]+\.md|dist\/.+\.(md|yaml)|e2e\/(README\.md|images\/recipes\/\w+\.sh|probe\/main\.c|restart-node\.sh)|test\/languages\/.+\/[Ee]verything\.(java|py|ts)|examples\/.+\.(contract\.json|md|py|sql|ts|yaml)|\.jsii|LICENSE|NOTICE|sbom\.cdx\.json|README\.md|API\.md|CHANGELOG\.md|CONTRIBUTING\.md|package\.json|\.pre-commit-hooks\.yaml|action\.yml)$/;
    expect(packed.filter(path => !bundled.test(path) && !own.test(path))).toEqual([]);
  });
});

describe('the tarball', () => {
  test('has what its pages link to, and show', () => {
    const pages = packed.filter(path => path.endsWith('.md') && !path.startsWith('node_modules/'));
    const isPacked = (target: string) =>
      packed.includes(target) || packed.some(path => path.startsWith(`${target}/`));
    const broken = pages.flatMap(page => {
      const text = readFileSync(join(PROJECT, page), 'utf8');
      const shown = [
        ...textOf(text).matchAll(/<(?:a|img|source)\b[^>]*?\s(?:href|src)="([^"]+)"/g),
      ];
      return [...linksOf(text), ...shown.map(([, link]) => link)]
        .filter(link => !isOfTheWeb(link))
        .map(link => link.split('#')[0])
        .filter(file => file !== '' && !isPacked(join(dirname(page), file).replace(/\/$/, '')))
        .map(file => `${page} -> ${file}`);
    });
    expect(broken).toEqual([]);
    expect(pages.length).toBeGreaterThan(80);
  });

  test('has less than 2 MB', () => {
    expect(lstatSync(tarball).size).toBeLessThan(2_000_000);
  });

  test(
    'checks YAML without cdk8s, in less than 10 MB',
    () => {
      const alone = join(scratch, 'alone');
      mkdirSync(alone);
      writeFileSync(join(alone, 'package.json'), '{ "private": true }');
      runIn(alone, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', tarball);
      expect(
        readdirSync(join(alone, 'node_modules')).filter(name => !name.startsWith('.')),
      ).toEqual(['cdk8s-shared-memory']);
      const bytes = readdirSync(join(alone, 'node_modules'), { recursive: true, encoding: 'utf8' })
        .map(path => lstatSync(join(alone, 'node_modules', path)))
        .filter(each => each.isFile())
        .reduce((sum, { size }) => sum + size, 0);
      expect(bytes).toBeLessThan(10_000_000);
      const { stdout, status } = spawnSync(
        'npx',
        ['--no-install', 'cdk8s-shared-memory', 'lint', join(PROJECT, 'dist', 'demo')],
        { cwd: alone, encoding: 'utf8' },
      );
      expect([status, stdout]).toEqual([
        0,
        expect.stringMatching(/^acknowledged .+\n\n8 objects in 1 file: 1 acknowledged\n$/),
      ]);
    },
    MINUTES,
  );
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

test('without cdk8s-plus-27, workloads can be attached, and an agent says what it needs', () => {
  const program = `
const Module = require('module');
const resolve = Module._resolveFilename;
Module._resolveFilename = function (name, ...more) {
  if (name === 'cdk8s-plus-27') {
    throw Object.assign(new Error("Cannot find module 'cdk8s-plus-27'"), { code: 'MODULE_NOT_FOUND' });
  }
  return resolve.call(this, name, ...more);
};
const { ApiObject, App, Chart, Size } = require('cdk8s');
const { Access, AgentContract, AgentNodes, NodeAgent, SharedMemory } = require('cdk8s-shared-memory');
const app = new App();
const chart = new Chart(app, 'shop', { namespace: 'shop' });
const contract = new AgentContract({
  name: 'routes', namespace: 'agents', version: 'v1', ownerId: 10001, groupId: 2000,
  memory: [SharedMemory.files({ name: 'table', size: Size.mebibytes(1), mountPath: '/run/routes' })],
  nodes: AgentNodes.labeled('example.com/routes', 'yes'), clients: Access.READ_ONLY,
});
const pod = new ApiObject(chart, 'web', {
  apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'web', image: 'web:1' }] },
});
contract.attachTo(pod);
console.log(JSON.stringify(pod.toJson().spec.volumes));
const limit = { resources: { memory: { limit: Size.mebibytes(64) } } };
try {
  new NodeAgent(new Chart(app, 'agents'), 'agent', { contract, toolImage: 'busybox:1', containers: [{ name: 'a', image: 'a:1', ...limit }] });
} catch (error) { console.log(error.message); }
`;
  writeFileSync(join(scratch, 'without-plus.js'), program);
  const [volumes, error] = run('node', 'without-plus.js').trim().split('\n');
  expect(volumes).toContain('"claimName":"routes-table-v1-ro"');
  expect(error).toBe(
    'SHM015 [NodeAgent] package cdk8s-plus-27: given nothing; allowed cdk8s-plus-27 2.9.0 or newer, which renders the containers of the agent; fix: npm install cdk8s-plus-27',
  );
});

packedRules();

packedModules();

packedIntegrations();

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
      'SHM007 [more/second] nodes: given a second agent of contract routes, on all nodes of the contract; platform/agent serves it',
    );
  });
});

packedContinuousChecks();
