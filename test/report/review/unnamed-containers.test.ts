import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import * as fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { LEDGER, page, ROUTES, section, SHOP } from './review-examples';
import { exampleNames, foldersOf } from '../../../scripts/examples';
import { FIRST_RELEASE } from '../../../scripts/upgrade';
import {
  Backing,
  HugePages,
  Leftovers,
  NodeAgent,
  NodeCleanup,
  NodePreflight,
  ReadyWhen,
  SharedMemory,
  SidecarAgent,
} from '../../../src';
import { readFiles } from '../../../src/read/input-files';
import { ManifestSet } from '../../../src/read/manifest-set';
import { isLibraryStep } from '../../../src/sharing/library-steps';
import { MarkedManifests } from '../../../src/sharing/marked-manifests';
import { unnamedReaches } from '../../../src/sharing/memory-reach';
import { setOf } from '../../rules/findings';
import { AGENT, chart, contract, deployment, TOOLS, type Rendered } from '../../yaml';

const [WEB] = parseAllDocuments(SHOP).map(document => document.toJS() as Rendered);
const [BOOK] = parseAllDocuments(LEDGER)
  .map(document => document.toJS() as Rendered)
  .filter(({ kind }) => kind === 'Deployment');

/** A workload, changed by somebody. */
function changed(of: Rendered, change: (spec: Rendered, object: Rendered) => void): string {
  const copy = structuredClone(of);
  change(copy.spec.template.spec, copy);
  return JSON.stringify(copy);
}
const TITLE =
  'These containers reach memory of a contract, although no mark of the contract says so.';
const rows = (...files: string[]) =>
  (section(page(...files), 'What is shared with whom').split(TITLE)[1] ?? '')
    .split('\n\n')
    .slice(1, 2)
    .flatMap(lines =>
      lines
        .split('\n')
        .filter(line => line.startsWith('| '))
        .slice(2),
    );
const worry = (...files: string[]) => page(...files).split('\n')[2];
const CLAIM = (name: string) => ({ name: 'mine', persistentVolumeClaim: { claimName: name } });
const peek = (more: object = {}) => ({
  ...{ name: 'peek', image: 'registry.example.com/peek:9' },
  ...{ volumeMounts: [{ name: 'routes-table', mountPath: '/p' }] },
  ...more,
});
const TABLE = '/run/cdk8s-shared-memory/node-agents.routes/v1/table';

describe('a directory of a contract is approved for those whom the contract names', () => {
  const [agent, ...others] = parseAllDocuments(ROUTES)
    .map(document => document.toJS() as Rendered)
    .sort((a, b) => Number(b.metadata.name === 'routes') - Number(a.metadata.name === 'routes'));
  const approved = (mount: object) => {
    const text = changed(agent, spec =>
      spec.containers.push(
        peek({ volumeMounts: [{ name: spec.volumes[0].name, mountPath: '/p', ...mount }] }),
      ),
    );
    return page([text, ...others.map(each => JSON.stringify(each))].join('\n---\n'));
  };
  const ROOT = '/run/cdk8s-shared-memory/node-agents.routes';
  const rowsOf = (text: string) =>
    section(text, 'What you approve')
      .split('\n')
      .filter(line => line.includes('[node-agents/routes](0.yaml)') && !line.includes('init step'));

  test.each<[string, object, string]>([
    ['the whole directory', {}, ROOT],
    ['one memory, to read', { subPath: 'v1/table', readOnly: true }, `${ROOT}/v1/table, read-only`],
  ])('another container has a row of its own: %s', (_, mount, path) => {
    const text = approved(mount);
    expect(rowsOf(text)).toEqual([
      `| DaemonSet [node-agents/routes](0.yaml): \`peek\` | \`hostPath ${path}\` | **these manifests give no reason** | \`registry.example.com/peek:9\` |`,
      expect.stringMatching(
        /^\| DaemonSet \[node-agents\/routes\]\(0\.yaml\) \| `hostPath [^`]*routes` \| contract routes: (?!.*peek:9)/,
      ),
    ]);
    expect(text.split('\n')[2]).toContain('1 host privilege without a reason');
  });
});

describe('a container that somebody added to a workload with a mark is listed', () => {
  test('an init container with the volume of the contract', () => {
    const text = changed(WEB, spec => spec.initContainers.push(peek()));
    expect(rows(ROUTES, text)).toEqual([
      '| Deployment [shop/shop-web](1.yaml): init step `peek` | `routes/table` | read | `registry.example.com/peek:9` |',
    ]);
    expect(worry(ROUTES, text)).toBe(
      '**Look at this: container `peek` of Deployment shop/shop-web reaches memory `routes/table` although no mark says so.**',
    );
  });

  test('a sidecar with another volume, for the same claim that only reads', () => {
    const text = changed(WEB, spec => {
      spec.volumes.push(CLAIM('routes-table-v1-ro'));
      spec.initContainers.push(
        peek({ restartPolicy: 'Always', volumeMounts: [{ name: 'mine', mountPath: '/p' }] }),
      );
    });
    expect(rows(ROUTES, text)).toEqual([
      // the kernel refuses writers: mountOptions [ro] of the volume
      '| Deployment [shop/shop-web](1.yaml): sidecar `peek` | `routes/table` | read | `registry.example.com/peek:9` |',
    ]);
    expect(rows(text)).toEqual([
      '| Deployment [shop/shop-web](0.yaml): sidecar `peek` | `routes/table` | read, and **write** unless the volume of the claim refuses it, which is not in these manifests | `registry.example.com/peek:9` |',
    ]);
    expect(worry(text)).toMatch(
      / container `peek` of Deployment shop\/shop-web reaches memory `routes\/table` although no mark says so, and may write\.\*\*$/,
    );
  });

  test('a container with the claim for writers, which the contract does not give to it', () => {
    const text = changed(WEB, spec => {
      spec.volumes.push(CLAIM('routes-table-v1-rw'));
      spec.containers.push(peek({ volumeMounts: [{ name: 'mine', mountPath: '/p' }] }));
    });
    expect(rows(ROUTES, text)[0]).toContain(
      '| Deployment [shop/shop-web](1.yaml): `peek` | `routes/table` | read, and **write** unless',
    );
  });

  test.each([
    ['the directory of the memory', { path: TABLE }, {}],
    ['by its other name', { path: TABLE.replace('/run/', '/var/run/') }, {}],
    ['something in it', { path: `${TABLE}/a` }, {}],
    ['what contains it', { path: '/run' }, {}],
    ['the node itself', { path: '/' }, {}],
    ['a path that is known when the pod starts', { path: '/run' }, { subPathExpr: '$(WHERE)' }],
    ['a part of it', { path: '/run' }, { subPathExpr: 'cdk8s-shared-memory/x-$(WHERE)' }],
  ])('a hostPath: %s', (_, hostPath, mount) => {
    const text = changed(WEB, spec => {
      spec.volumes.push({ name: 'mine', hostPath });
      spec.containers.push(peek({ volumeMounts: [{ name: 'mine', mountPath: '/p', ...mount }] }));
    });
    expect(rows(ROUTES, text)).toEqual([
      '| Deployment [shop/shop-web](1.yaml): `peek` | `routes/table` | read and **write** | `registry.example.com/peek:9` |',
    ]);
  });

  test.each(['log/$(POD)', 'log/$(A)/$(B)', 'log'])(
    'fails to be listed if what its pod knows is beside the memory: subPathExpr %s',
    subPathExpr => {
      const text = changed(WEB, spec => {
        spec.volumes.push({ name: 'mine', hostPath: { path: '/run' } });
        const volumeMounts = [{ name: 'mine', mountPath: '/p', subPathExpr }];
        spec.containers.push(peek({ volumeMounts }));
      });
      expect(rows(ROUTES, text)).toEqual([]);
    },
  );

  test('a second mount of a container whose mark says that it only reads', () => {
    const text = changed(WEB, spec => {
      spec.volumes.push({ name: 'mine', hostPath: { path: TABLE } });
      spec.containers[0].volumeMounts.push({ name: 'mine', mountPath: '/p' });
    });
    expect(rows(ROUTES, text)).toEqual([
      '| Deployment [shop/shop-web](1.yaml): `web` | `routes/table` | read and **write**; its mark says that it only reads | `registry.example.com/shop:3.1.0` |',
    ]);
  });

  test('a container that reaches System V memory, which needs no mount', () => {
    const text = changed(BOOK, spec => spec.containers.push({ name: 'peek', image: 'peek:9' }));
    expect(rows(ROUTES, text)).toEqual([
      '| Deployment [ledger/ledger-book](1.yaml): `peek` | `guard/verdicts` | what the mode of each segment allows: all containers of a pod are in one IPC namespace | `peek:9` |',
    ]);
    expect(worry(ROUTES, text)).toMatch(
      / container `peek` of Deployment ledger\/ledger-book reaches memory `guard\/verdicts` although/,
    );
  });

  test('a container of an agent, which mounts all memories of the contract', () => {
    const agents = parseAllDocuments(ROUTES).map(document => document.toJS() as Rendered);
    const text = agents
      .map(each =>
        each.kind === 'DaemonSet' && each.metadata.name === 'routes'
          ? changed(each, spec =>
              spec.initContainers.unshift(
                peek({ volumeMounts: [{ name: 'routes-shared-memory', mountPath: '/p' }] }),
              ),
            )
          : JSON.stringify(each),
      )
      .join('\n---\n');
    expect(rows(text)).toEqual([
      '| DaemonSet [node-agents/routes](0.yaml): init step `peek` | `routes/table` | read and **write** | `registry.example.com/peek:9` |',
    ]);
  });
});

describe('a workload without a mark is listed', () => {
  test('with a claim of the contract, and not a second time as sharing without a contract', () => {
    const text = changed(WEB, (_, object) => {
      delete object.metadata.annotations;
      object.metadata.name = 'outsider';
    });
    expect(rows(ROUTES, SHOP, text)).toEqual([
      '| Deployment [shop/outsider](2.yaml): `web` | `routes/table` | read | `registry.example.com/shop:3.1.0` |',
    ]);
    expect(page(ROUTES, SHOP, text)).not.toContain('Shared without a contract');
  });

  test('with a directory of a contract that is not in these manifests', () => {
    const text = changed(WEB, (spec, object) => {
      delete object.metadata.annotations;
      spec.volumes = [{ name: 'routes-table', hostPath: { path: TABLE } }];
      spec.initContainers = [];
    });
    expect(rows(text)).toEqual([
      `| Deployment [shop/shop-web](0.yaml): \`web\` | \`${TABLE}\` | read | \`registry.example.com/shop:3.1.0\` |`,
    ]);
  });
});

describe('what the library adds is no news', () => {
  const unnamed = (text: string) => unnamedReaches(new MarkedManifests(setOf(text)));
  const yaml = (objects: unknown) =>
    (objects as object[]).map(each => JSON.stringify(each)).join('\n---\n');
  const MIB = Size.mebibytes(64);
  const file = (name: string, more: object = {}) =>
    SharedMemory.files({ name, size: MIB, mountPath: `/run/${name}`, ...more });
  const tools = { toolImage: TOOLS };

  test.each([false, true])('steps of agents, clients and tasks, with seLinux: %p', seLinux => {
    const c = chart();
    const plain = contract({
      seLinux,
      memory: [
        ...(seLinux ? [] : [file('table')]),
        file('ring', { backing: Backing.tmpfs() }),
        file('pages', { hugePages: HugePages.SIZE_2MI }),
      ],
      readyWhen: ReadyWhen.file('a', { ...tools, memory: 'ring' }),
    });
    const executable = contract({
      ...{ name: 'code', seLinux, ownerId: 10002 },
      memory: [file('jit', { backing: Backing.tmpfs({ executable: true }) })],
    });
    for (const of of [plain, executable]) {
      const agent = new NodeAgent(c, `${of.name}-agent`, {
        ...{ contract: of, ...tools, containers: [AGENT] },
        leftovers: Leftovers.sweep(),
      });
      new NodeCleanup(c, `${of.name}-cleanup`, { contract: of, ...tools });
      new NodePreflight(c, `${of.name}-preflight`, { agents: [agent], ...tools });
      of.attachTo(deployment(c, `${of.name}-client`));
    }
    const objects = Testing.synth(c);
    const set = setOf(yaml(objects));
    const steps = set.pods.flatMap(({ containers }) =>
      containers.filter(({ role }) => role === 'init'),
    );
    expect(steps.filter(step => !isLibraryStep(step)).map(({ name }) => name)).toEqual([]);
    expect(steps.length).toBeGreaterThan(8);
    expect(unnamed(yaml(objects))).toEqual([]);
  });

  test('the sidecar that is the agent of its pod, unless another one could be it', () => {
    const c = chart();
    const of = contract();
    const api = deployment(c);
    new SidecarAgent({
      contract: of,
      containers: [{ ...AGENT, startup: kplus.Probe.fromCommand(['true']) }],
    }).attachTo(api);
    const [object] = Testing.synth(c) as Rendered[];
    expect(unnamed(yaml([object]))).toEqual([]);
    object.spec.template.spec.initContainers.push({
      ...object.spec.template.spec.initContainers[0],
      name: 'other',
    });
    expect(unnamed(yaml([object])).map(({ container }) => container.name)).toEqual([
      'agent',
      'other',
    ]);
  });

  test('in all examples, and in those of the first release', () => {
    const found = [
      ...exampleNames()
        .flatMap(name => foldersOf(name))
        .map(name => join('dist', name)),
      ...readdirSync(join(FIRST_RELEASE, 'dist')).map(name => join(FIRST_RELEASE, 'dist', name)),
    ].flatMap(folder =>
      unnamedReaches(new MarkedManifests(new ManifestSet(readFiles([folder]).manifests))).map(
        ({ container }) => `${folder}: ${container.name}`,
      ),
    );
    expect(found).toEqual(['dist/demo: outsider']); // the demo shows what it can do
  });
});

describe('fails to hide behind a step of the library', () => {
  const [STEP] = WEB.spec.template.spec.initContainers;
  const listed = (step: object) =>
    rows(
      ROUTES,
      changed(WEB, spec => spec.initContainers.splice(0, 1, step)),
    ).length;

  test('the step itself is not listed', () => {
    expect(listed(STEP)).toBe(0);
    expect(listed({ ...STEP, name: 'another-name', image: 'busybox' })).toBe(0);
  });

  test.each([
    ['no script', { command: undefined }],
    ['arguments', { args: ['x'] }],
    ['another shell', { command: ['bash', ...STEP.command.slice(1)] }],
    ['a hook', { lifecycle: { preStop: { exec: { command: ['x'] } } } }],
    ['variables of somebody else', { envFrom: [{ configMapRef: { name: 'x' } }] }],
    ['another PATH', { env: [...STEP.env, { name: 'PATH', value: '/p' }] }],
    ['a library that is loaded first', { env: [{ name: 'LD_PRELOAD', value: '/p/x.so' }] }],
    ['as a sidecar, which goes on running', { restartPolicy: 'Always' }],
  ])('with %s', (_, more) => {
    expect(listed({ ...STEP, ...more })).toBe(1);
  });

  test('with any other script', () => {
    const [shell, options, script] = STEP.command as string[];
    fc.assert(
      fc.property(fc.nat(script.length), fc.constantFrom('x', '\n', ';id\n', ' '), (at, more) => {
        const other = script.slice(0, at) + more + script.slice(at);
        return listed({ ...STEP, command: [shell, options, other] }) === 1;
      }),
      { numRuns: 20 },
    );
  });
});
