import { ApiObject, App, Chart, JsonPatch, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { files, World } from './bad-days/world';
import type { Context } from './context';
import type { Pod } from './kubectl';
import { HOLD, type Manifest } from './manifests';
import type { Seen } from './observation';
import { until } from './until';
import {
  AgentContract,
  AgentNamespace,
  AgentNodes,
  AgentUpdate,
  Backing,
  ContractGrant,
  NodeAgent,
  PodSecurity,
  SharedMemory,
  WorkloadShift,
} from '../src';

const LABEL = 'example.com/e2e-two-nodes';
const WAVE = 'example.com/e2e-wave';
const AGENTS = 'e2e-waves';
const [SHIFT_AGENTS, SHOP] = ['e2e-shift', 'e2e-shift-shop'];
const IMAGE = 'registry.example.com/replaced-by-the-test:1';

/** An agent that writes the name of its pod, by which clients tell whose memory they read. */
const NAME_ITSELF =
  'echo "$HOSTNAME" > /run/routes/of; chgrp 2000 /run/routes/of; chmod 0640 /run/routes/of; trap "exit 0" TERM; sleep 86400 & wait';

/** What needs two real nodes: memory is of one node, and a client may come to another. */
export async function twoNodes(context: Context): Promise<Seen[]> {
  const [here, there] = [context.nodes.home, context.nodes.all.find(n => n !== context.nodes.home)];
  if (there === undefined) {
    throw new Error('the cluster has one node');
  }
  return [
    ...(await rescheduled(context, here, there)),
    ...(await waves(context, here, there)),
    ...(await shifted(context, here, there)),
  ];
}

/** The node of a client is drained: it comes to another node, and to the memory of that node. */
async function rescheduled(context: Context, here: string, there: string): Promise<Seen[]> {
  const { kubectl } = context;
  const label = async (node: string, value: '=yes' | '-') =>
    kubectl.run(['label', 'node', node, `${LABEL}${value}`]);
  context.whenGone(async () => {
    for (const node of [here, there]) {
      await kubectl.try(['uncordon', node]);
      await kubectl.try(['label', 'node', node, `${LABEL}-`]);
    }
  });
  const world = new World(context, 'two-nodes', {
    memory: files({ backing: Backing.tmpfs() }),
    nodes: AgentNodes.labeled(LABEL, 'yes'),
  });
  await world.makeRoom();
  await label(here, '=yes');
  await context.apply([
    ...world.agent({}, {}, ['sh', '-c', NAME_ITSELF]),
    ...anywhere(world.client()),
  ]);
  const first = await clientOn(context, world, here);
  const reads = await agentRead(context, world, first, here);

  await kubectl.run(['cordon', here]);
  await kubectl.run(['delete', 'pod', '-n', world.clients, first.metadata.name, '--wait=true']);
  const pending = await until('the scheduler has looked', 60, async () => {
    const events = await kubectl.events(world.clients);
    return events.find(e => e.reason === 'FailedScheduling' && /didn't match/.test(e.message));
  });
  await label(there, '=yes');
  const second = await clientOn(context, world, there);
  const readsThere = await agentRead(context, world, second, there);
  await kubectl.run(['uncordon', here]);
  return [
    {
      observed: `a client on a node with the agent reads the memory of ${reads}`,
      ok: reads === 'that node',
    },
    {
      observed: `its node is cordoned and its pod deleted: while no other node has the label, the new pod is ${pending.reason}`,
      ok: true,
    },
    {
      observed: `the other node gets the label: the client starts there by itself, and reads the memory of ${readsThere}`,
      ok: readsThere === 'that node',
    },
  ];
}

/** Without the node that the tests choose: the scheduler chooses. */
function anywhere(objects: readonly Manifest[]): Manifest[] {
  return objects.map(object => {
    const copy = structuredClone(object);
    const { template } = (copy.spec ?? {}) as {
      template?: { spec: { nodeSelector?: Record<string, string> } };
    };
    delete template?.spec.nodeSelector?.['kubernetes.io/hostname'];
    return copy;
  });
}

async function clientOn(context: Context, world: World, node: string): Promise<Pod> {
  return context.runningPod(world.clients, 'api', { node, seconds: 240 });
}

/** Whose memory a client reads: each agent writes the name of its pod. */
async function agentRead(
  context: Context,
  world: World,
  client: Pod,
  node: string,
): Promise<string> {
  const agent = await context.runningPod(world.agents, 'routes', { node });
  const text = await until('the client reads', 30, async () => {
    const said = await context.probe(client, 'api').shell('cat /run/routes/of');
    return said.includes('No such file') ? undefined : said;
  });
  return text === agent.metadata.name ? 'that node' : `another agent, ${text}`;
}

/** A candidate of the agent on the first wave alone, and then on all nodes. */
async function waves(context: Context, here: string, there: string): Promise<Seen[]> {
  const { kubectl } = context;
  const label = async (node: string, wave: string) =>
    kubectl.run(['label', 'node', node, '--overwrite', `${WAVE}=${wave}`, `${LABEL}=yes`]);
  context.whenGone(async () => {
    for (const node of [here, there]) {
      await kubectl.try(['label', 'node', node, `${LABEL}-`, `${WAVE}-`]);
    }
  });
  await context.keepClean(async () => context.removeDirectory(`${AGENTS}.routes`));
  await label(here, 'canary');
  await kubectl.run(['label', 'node', there, '--overwrite', `${LABEL}=yes`]);
  const on = async (node: string, workload: string) =>
    context.runningPod(AGENTS, workload, { node, seconds: 120 });
  const versionOf = async (node: string, workload: string) =>
    until('the agent says its version', 60, async () => {
      const pod = await on(node, workload);
      const text = await context.probe(pod, 'agent').shell('cat /run/routes/version');
      return /^(old|next)$/.test(text) ? text : undefined;
    });
  await context.apply(waveManifests(context));
  const before = {
    here: await on(here, 'routes-canary'),
    there: await on(there, 'routes'),
  };
  const [oldHere, oldThere] = [
    await versionOf(here, 'routes-canary'),
    await versionOf(there, 'routes'),
  ];
  const crossed = (await context.podsOf(AGENTS, 'routes-canary', there)).filter(
    ({ spec }) => spec.nodeName === there,
  );

  await context.apply(waveManifests(context, 'canary'));
  await until(
    'the canary is replaced',
    180,
    async () => (await on(here, 'routes-canary')).metadata.uid !== before.here.metadata.uid,
  );
  const [nextHere, stillThere] = [
    await versionOf(here, 'routes-canary'),
    await versionOf(there, 'routes'),
  ];
  const same = (await on(there, 'routes')).metadata.uid === before.there.metadata.uid;

  await context.apply(waveManifests(context, 'rest'));
  await until(
    'the rest is replaced',
    180,
    async () => (await on(there, 'routes')).metadata.uid !== before.there.metadata.uid,
  );
  const nextThere = await versionOf(there, 'routes');
  return [
    {
      observed: `two nodes in two waves: one agent on each, of its own wave (${oldHere}, ${oldThere}), and ${crossed.length} of the other wave`,
      ok: oldHere === 'old' && oldThere === 'old' && crossed.length === 0,
    },
    {
      observed: `a candidate through the first wave: that node has the ${nextHere} agent, the other one the ${stillThere}, whose pod is ${same ? 'the same' : 'another one'}`,
      ok: nextHere === 'next' && stillThere === 'old' && same,
    },
    {
      observed: `promoted to the last wave: the other node has the ${nextThere} agent`,
      ok: nextThere === 'next',
    },
  ];
}

/** A workload that moves away from its built-in agent, on two nodes at once. */
async function shifted(context: Context, here: string, there: string): Promise<Seen[]> {
  const { kubectl } = context;
  await context.makeNamespaces({ [SHOP]: 'restricted' });
  await context.keepClean(async () => context.removeDirectory(`${SHIFT_AGENTS}.routes`));
  for (const node of [here, there]) {
    await kubectl.run(['label', 'node', node, '--overwrite', `${LABEL}=yes`]);
  }
  const counts = async () => {
    const of = async (name: string) =>
      JSON.parse(await kubectl.run(['get', 'deployment', '-n', SHOP, name, '-o', 'json'])) as {
        spec: { replicas: number };
        status: { readyReplicas?: number };
      };
    const [from, to] = [await of('from'), await of('to')];
    return [from.status.readyReplicas ?? 0, to.status.readyReplicas ?? 0].join(' and ');
  };
  const stand = async (share: number, wanted: string) => {
    await context.apply(shiftManifests(context, share));
    // the library leaves replicas to the operator, as RUNBOOK.md says
    const young = (4 * share) / 100;
    await kubectl.run(['scale', '-n', SHOP, 'deployment/to', `--replicas=${young}`]);
    await kubectl.run(['scale', '-n', SHOP, 'deployment/from', `--replicas=${4 - young}`]);
    await until(
      `${wanted} pods`,
      240,
      async () => (await counts()) === wanted,
      async () => context.describe(SHOP),
    );
  };
  await stand(50, '2 and 2');
  const half = await counts();
  await stand(100, '0 and 4');
  const places: string[] = [];
  for (const node of [here, there]) {
    const agent = await context.runningPod(SHIFT_AGENTS, 'routes', { node });
    for (const pod of await context.podsOf(SHOP, 'to', node)) {
      const text = await context.probe(pod, 'web').shell('cat /run/routes/of');
      places.push(`${node === here ? 'one' : 'other'} ${text === agent.metadata.name}`);
    }
  }
  const wanted = ['one true', 'one true', 'other true', 'other true'];
  return [
    {
      observed: `a workload of four pods is shifted by half, and then wholly: ${half}, then ${await counts()} pods; two new ones on each node, each of which reads the memory of its own node: ${places.every(place => place.endsWith('true'))}`,
      ok: half === '2 and 2' && places.sort().join() === wanted.join(),
    },
  ];
}

/** Returns the contract of the agent, whose namespace each test has of its own. */
function routesIn(namespace: string): AgentContract {
  return new AgentContract({
    name: 'routes',
    namespace,
    version: 'v1',
    ownerId: 10001,
    groupId: 2000,
    nodes: AgentNodes.labeled(LABEL, 'yes'),
    memory: [SharedMemory.files({ size: Size.mebibytes(16), mountPath: '/run/routes' })],
  });
}

function shiftManifests(context: Context, share: number): Manifest[] {
  const contract = routesIn(SHIFT_AGENTS);
  const app = new App();
  const agents = new Chart(app, 'agents');
  const memory = { request: Size.mebibytes(64), limit: Size.mebibytes(64) };
  const resources = { cpu: { request: kplus.Cpu.millis(10) }, memory };
  new AgentNamespace(agents, 'namespace', { name: SHIFT_AGENTS });
  new NodeAgent(agents, 'agent', {
    contract,
    toolImage: IMAGE,
    containers: [{ name: 'agent', image: IMAGE, resources }],
  });
  const shop = new Chart(app, 'shop', { namespace: SHOP });
  new ContractGrant(shop, 'grant', { contract, namespace: SHOP });
  const [from, to] = ['from', 'to'].map(name => {
    const made = new kplus.Deployment(shop, name, {
      metadata: { name },
      podMetadata: { labels: { side: name } },
      containers: [
        { name: 'web', image: IMAGE, resources, securityContext: { user: 20001, group: 20001 } },
      ],
    });
    PodSecurity.restricted().attachTo(made);
    const spread = {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { side: name } },
    };
    ApiObject.of(made).addJsonPatch(
      JsonPatch.add('/spec/template/spec/topologySpreadConstraints', [spread]),
    );
    return made;
  });
  new WorkloadShift(shop, 'shift', { contract, from, to, replicas: 4, shifted: share });
  const yaml = app.synthYaml();
  return anywhere(
    context.ready(yaml, { 'routes/agent': ['sh', '-c', NAME_ITSELF], web: HOLD }, 'as rendered'),
  );
}

function waveManifests(context: Context, through?: string): Manifest[] {
  const contract = routesIn(AGENTS);
  const app = new App();
  const chart = new Chart(app, 'agents');
  const memory = { request: Size.mebibytes(64), limit: Size.mebibytes(64) };
  const containers = [
    {
      name: 'agent',
      image: IMAGE,
      resources: { cpu: { request: kplus.Cpu.millis(10) }, memory },
    },
  ];
  new AgentNamespace(chart, 'namespace', { name: AGENTS });
  new NodeAgent(chart, 'agent', {
    contract,
    toolImage: IMAGE,
    containers,
    update: AgentUpdate.waves({
      label: WAVE,
      order: ['canary', 'rest'],
      ...(through === undefined
        ? {}
        : { candidate: { agent: { image: `${IMAGE}-next` } }, through }),
    }),
  });
  const says = (version: string) => [
    'sh',
    '-c',
    `echo ${version} > /run/routes/version; ${HOLD[2]}`,
  ];
  const yaml = app.synthYaml();
  const isNext = (name: string) =>
    through === 'rest' || (through === 'canary' && name === 'routes-canary');
  return context.ready(yaml, {
    'routes/agent': says(isNext('routes') ? 'next' : 'old'),
    'routes-canary/agent': says(isNext('routes-canary') ? 'next' : 'old'),
  });
}
