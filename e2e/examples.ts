import { App } from 'cdk8s';
import {
  descriptors,
  policyExample,
  restrictedClients,
  sizedTmpfs,
  twoRepos,
  vendorAgent,
} from './claimed-examples';
import type { Context } from './context';
import { demo } from './demo';
import { exampleFor } from './example-for';
import { grayRelease } from './gray-release';
import { joinByLabel } from './join-by-label';
import { HOLD } from './manifests';
import type { Seen } from './observation';
import type { Probe } from './probe';
import { aeron } from './software/aeron';
import { iceoryx2 } from './software/iceoryx2';
import { nscd } from './software/nscd';
import { postgresql } from './software/postgresql';
import { pythonSharedMemory } from './software/python-shared-memory';
import { pytorch } from './software/pytorch';
import { varnish } from './software/varnish';
import { vineyard } from './software/vineyard';
import { until } from './until';

type ExampleTest = (context: Context, yaml: string) => Promise<Seen[]>;

/** Applies every example, with shm-probe for its images: what an example says has been done. */
export const EXAMPLES: Readonly<Record<string, ExampleTest>> = {
  'node-agents': nodeAgents,
  'host-ipc': async (context, yaml) =>
    agentAndClient(context, yaml, {
      agents: 'host-ipc-agents',
      agent: 'verdicts',
      object: 'sysv:0x5348',
      group: 2001,
      clients: 'host-ipc',
      client: 'ledger-book',
      container: 'book',
    }),
  'host-path-dev-shm': async (context, yaml) =>
    agentAndClient(context, yaml, {
      agents: 'dev-shm-agents',
      agent: 'routes',
      object: 'posix:/dev-shm-routes',
      group: 2000,
      clients: 'dev-shm',
      client: 'shop-web',
      container: 'web',
    }),
  'existing-workloads': existingWorkloads,
  'memory-empty-dir': memoryEmptyDir,
  'sized-tmpfs': sizedTmpfs,
  descriptors: descriptors,
  'restricted-clients': restrictedClients,
  'two-repos': twoRepos,
  'vendor-agent': vendorAgent,
  policy: policyExample,
  'join-by-label': joinByLabel,
  nscd: nscd,
  postgresql: postgresql,
  pytorch: pytorch,
  varnish: varnish,
  aeron: aeron,
  vineyard: vineyard,
  iceoryx2: iceoryx2,
  'python-shared-memory': pythonSharedMemory,
  'gray-release': async context => grayRelease(context),
  demo: async context => demo(context),
};

/** Renders an example and runs its test. */
export async function observeExample(context: Context, example: string): Promise<Seen[]> {
  const app = new App();
  exampleFor(context.nodes, example).build(app);
  return EXAMPLES[example](context, app.synthYaml());
}

const NODE_LABEL = 'example.com/node-agents';

/**
 * The founding scenario: clients first, then the agents, then the node gets its label and taint.
 */
async function nodeAgents(context: Context, yaml: string): Promise<Seen[]> {
  await context.makeNamespaces({ shop: 'restricted', ledger: 'privileged' });
  const serve = (group: number, object: string) => [
    'shm-probe',
    '-g',
    String(group),
    'serve',
    context.token,
    object,
  ];
  const objects = context.ready(yaml, {
    'routes/agent': serve(2000, 'posix:/table'),
    'guard/agent': serve(2001, 'sysv:0x5348'),
    web: HOLD,
    book: HOLD,
  });
  await context.keepClean(async () => {
    await context.removeFromNodes('sysv:0x5348');
    await context.removeDirectory('node-agents.routes');
  });
  const isClient = ({ metadata: { namespace } }: Named) =>
    namespace === 'shop' || namespace === 'ledger';
  await context.apply(objects.filter(isClient));
  await context.apply(objects.filter(o => !isClient(o)));
  const agents = await until('the DaemonSet controller has looked', 60, async () => {
    const sets = await context.kubectl.get<DaemonSet>('daemonsets', 'node-agents');
    return (
      sets.every(s => s.status.observedGeneration !== undefined) &&
      sets.map(s => s.status.desiredNumberScheduled)
    );
  });

  const node = context.nodes.home;
  context.whenGone(async () => {
    await context.kubectl.run(['label', 'node', node, `${NODE_LABEL}-`]);
    await context.kubectl.run(['taint', 'node', node, `${NODE_LABEL}-`]);
  });
  await context.kubectl.run(['label', 'node', node, `${NODE_LABEL}=yes`]);
  await context.kubectl.run(['taint', 'node', node, `${NODE_LABEL}=yes:NoSchedule`]);
  const web = context.probe(await context.runningPod('shop', 'shop-web', { seconds: 240 }), 'web');
  const book = context.probe(
    await context.runningPod('ledger', 'ledger-book', { seconds: 240 }),
    'book',
  );
  const moves = [
    await live(context, web, 'posix:/table'),
    await live(context, book, 'posix:/table'),
    await live(context, book, 'sysv:0x5348'),
  ].every(Boolean);
  const creates = await web.result('try-create', '/dev/shm/own');
  const asks = await web.result('read', context.token, 'sysv:0x5348');
  return [
    {
      observed: `without the label on the node: ${agents.join(' and ')} agents`,
      ok: agents.length === 2 && agents.every(count => count === 0),
    },
    {
      observed:
        'clients that were applied first, the shop in a "restricted" namespace, start by themselves when the node has label and taint',
      ok: true,
    },
    {
      observed: `shop reads the routing table, ledger the table and the verdicts: ${moves ? "this run's bytes, and they move" : 'nothing moves'}`,
      ok: moves,
    },
    { observed: `shop creates an object in /dev/shm: ${creates}`, ok: creates === 'EROFS' },
    {
      observed: `shop, which has no hostIPC, asks for the verdicts: ${asks}`,
      ok: asks === 'ENOENT',
    },
  ];
}

interface Sides {
  readonly agents: string;
  readonly agent: string;
  readonly object: string;
  readonly group: number;
  readonly clients: string;
  readonly client: string;
  readonly container: string;
}

async function agentAndClient(context: Context, yaml: string, sides: Sides): Promise<Seen[]> {
  await context.makeNamespaces({ [sides.clients]: 'privileged' });
  const objects = context.ready(yaml, {
    [`${sides.agent}/agent`]: [
      'shm-probe',
      '-g',
      String(sides.group),
      'serve',
      context.token,
      sides.object,
    ],
    [sides.container]: HOLD,
  });
  await context.keepClean(async () => context.removeFromNodes(sides.object));
  const isAgents = ({ metadata: { name, namespace } }: Named) =>
    namespace === sides.agents || name === sides.agents;
  await context.apply(objects.filter(o => !isAgents(o)));
  const waiting = await until('the client waits', 60, async () => {
    const [pod] = await context.podsOf(sides.clients, sides.client);
    return pod?.status.initContainerStatuses?.some(s => s.state.running) && pod.status.phase;
  });
  await context.apply(objects.filter(isAgents));
  const client = context.probe(
    await context.runningPod(sides.clients, sides.client),
    sides.container,
  );
  const moves = await live(context, client, sides.object);
  return [
    {
      observed: `a client that was applied first is ${waiting} in its wait step, and starts by itself after the agent`,
      ok: waiting === 'Pending',
    },
    {
      observed: `the client reads ${moves ? "this run's bytes, and they move" : 'nothing that moves'}`,
      ok: moves,
    },
  ];
}

/** Applied at once, as somebody would who has the files. */
async function existingWorkloads(context: Context, yaml: string): Promise<Seen[]> {
  await context.makeNamespaces({ 'existing-workloads': 'restricted' });
  const object = 'file:/run/routes/table.bin';
  const serve = ['shm-probe', '-g', '2000', 'serve', context.token, object];
  const objects = context.ready(yaml, {
    agent: serve,
    exporter: HOLD,
    web: HOLD,
    index: HOLD,
    search: HOLD,
    report: HOLD,
    upload: HOLD,
  });
  await context.keepClean(async () => context.removeDirectory('existing-agents.routes'));
  await context.apply(objects);
  const clients: [name: string, workload: string, container: string][] = [
    ['of cdk8s-plus-33', 'shop-web', 'web'],
    ['of a generated class', 'shop-index', 'index'],
    ['that is an ApiObject', 'shop-search', 'search'],
    ['of an Include', 'report', 'report'],
  ];
  const seen: Seen[] = [];
  for (const [name, workload, container] of clients) {
    const client = context.probe(
      await context.runningPod('existing-workloads', workload, { seconds: 240 }),
      container,
    );
    const moves = await live(context, client, object);
    const writes = await client.result('try-create', '/run/routes/own');
    seen.push({
      observed: `a workload ${name} reads ${moves ? "this run's bytes, and they move" : 'nothing that moves'}; it creates a file there: ${writes}`,
      ok: moves && writes === 'EROFS',
    });
  }
  const upload = context.probe(await context.runningPod('existing-workloads', 'report'), 'upload');
  const asks = await upload.result('read', context.token, object);
  return [
    ...seen,
    {
      observed: `a container of the same pod that the app did not name asks for it: ${asks}`,
      ok: asks === 'ENOENT',
    },
  ];
}

async function memoryEmptyDir(context: Context, yaml: string): Promise<Seen[]> {
  await context.makeNamespaces({ 'memory-empty-dir': 'restricted' });
  const object = 'file:/run/routes/table.bin';
  await context.apply(
    context.ready(yaml, {
      'routes-agent': ['shm-probe', 'serve', context.token, object],
      web: HOLD,
    }),
  );
  const web = context.probe(await context.runningPod('memory-empty-dir', 'shop-web'), 'web');
  const moves = await live(context, web, object);
  return [
    {
      observed: `in a "restricted" namespace the app, of another user, reads ${moves ? "the sidecar's bytes, and they move" : 'nothing that moves'}`,
      ok: moves,
    },
  ];
}

async function live(context: Context, probe: Probe, object: string): Promise<boolean> {
  await probe.read(context.token, object);
  return probe.isLive(context.token, object);
}

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

interface DaemonSet {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly status: {
    readonly desiredNumberScheduled: number;
    readonly observedGeneration?: number;
  };
}
