import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from './context';
import { HOLD, type Manifest } from './manifests';
import type { Seen } from './observation';
import type { Probe } from './probe';
import { until } from './until';

const MEBIBYTE = 1024 * 1024;

/** An example whose clients are in a namespace that enforces "restricted", and have a claim. */
interface Claimed {
  /** The namespace of the agents and the name of the contract, and of the DaemonSet. */
  readonly agents: string;
  readonly contract: string;
  readonly agent?: string;
  readonly group: number;
  readonly object: string;
  readonly clients: Readonly<Record<string, string>>;
  /** More containers, and what they run. */
  readonly commands?: Readonly<Record<string, string[]>>;
}

interface Started {
  readonly objects: Manifest[];
  probe(workload: string, container: string): Promise<Probe>;
}

/** Applies all at once, as `kubectl apply -f dist/` does. */
async function start(context: Context, yaml: string, claimed: Claimed): Promise<Started> {
  const { agents, contract, agent = contract, group, object, clients, commands } = claimed;
  await context.makeNamespaces(
    Object.fromEntries(Object.values(clients).map(namespace => [namespace, 'restricted'])),
  );
  const holding = Object.fromEntries(
    Object.keys(clients).map(workload => [containerOf(workload), HOLD]),
  );
  const serve = ['shm-probe', '-g', String(group), 'serve', context.token, object];
  const objects = context.ready(yaml, { [`${agent}/agent`]: serve, ...holding, ...commands });
  await context.keepClean(async () => context.removeDirectory(`${agents}.${contract}`));
  await context.apply(objects);
  const probe = async (workload: string, container: string) =>
    context.probe(
      await context.runningPod(clients[workload], workload, { seconds: 240 }),
      container,
    );
  return { objects, probe };
}

/** The container of an example's workload has the last part of its name. */
function containerOf(workload: string): string {
  return workload.slice(workload.indexOf('-') + 1);
}

async function reads(context: Context, probe: Probe, object: string, who: string): Promise<Seen> {
  await probe.read(context.token, object);
  const moves = await probe.isLive(context.token, object);
  return {
    observed: `${who} reads ${moves ? "this run's bytes, and they move" : 'nothing that moves'}`,
    ok: moves,
  };
}

export async function sizedTmpfs(context: Context, yaml: string): Promise<Seen[]> {
  const object = 'file:/run/spans/agents';
  const { probe } = await start(context, yaml, {
    agents: 'sized-tmpfs-agents',
    contract: 'spans',
    group: 2003,
    object,
    clients: { 'shop-web': 'sized-tmpfs', 'shop-dashboard': 'sized-tmpfs' },
  });
  const [web, dashboard] = [
    await probe('shop-web', 'web'),
    await probe('shop-dashboard', 'dashboard'),
  ];
  const written = await web.step('-m', '0660', 'write', context.token, 'file:/run/spans/shop');
  const seen = await dashboard.result('read', context.token, 'file:/run/spans/shop');
  const creates = await dashboard.result('try-create', '/run/spans/other');
  const filled = await web.step('-s', '40m', 'fill', '/run/spans/beyond');
  const full =
    filled.result === 'ENOSPC' &&
    Number(filled.bytes) <= 32 * MEBIBYTE &&
    Number(filled.bytes) > 31 * MEBIBYTE;
  return [
    await reads(context, dashboard, object, 'a client that only reads'),
    {
      observed: `a client that writes makes a file of group ${written.gid} (${written.result}), which the one that only reads can read (${seen})`,
      ok: written.gid === '2003' && seen === 'ok',
    },
    { observed: `the client that only reads creates a file: ${creates}`, ok: creates === 'EROFS' },
    {
      observed: `the client that writes puts 40 MiB into the 32 MiB: ${filled.result}${full ? ' at the size' : ` after ${filled.bytes} bytes`}`,
      ok: full,
    },
  ];
}

export async function descriptors(context: Context, yaml: string): Promise<Seen[]> {
  const object = 'memfd:/run/cache/agent.sock';
  const { probe } = await start(context, yaml, {
    agents: 'descriptors-agents',
    contract: 'cache',
    group: 2004,
    object,
    clients: { 'shop-web': 'descriptors' },
  });
  const web = await probe('shop-web', 'web');
  // the wait step has seen the socket, so there is no second try
  const first = await web.result('read', context.token, object);
  const own = await web.result('try-create', '/run/cache/own.sock');
  return [
    { observed: `the first read of the client after its wait step: ${first}`, ok: first === 'ok' },
    await reads(context, web, object, 'the client, by the descriptor that the agent passed,'),
    {
      observed: `the client puts something of its own beside the socket: ${own}`,
      ok: own === 'EROFS',
    },
  ];
}

export async function restrictedClients(context: Context, yaml: string): Promise<Seen[]> {
  const object = 'file:/run/flags/table';
  const { objects, probe } = await start(context, yaml, {
    agents: 'restricted-agents',
    contract: 'flags',
    group: 2005,
    object,
    clients: { 'shop-web': 'restricted-shop', 'reports-nightly': 'restricted-reports' },
  });
  const shop = await reads(context, await probe('shop-web', 'web'), object, 'the Deployment');
  await context.kubectl.run([
    'create',
    'job',
    '-n',
    'restricted-reports',
    '--from=cronjob/reports-nightly',
    'reports-nightly',
  ]);
  const report = await reads(
    context,
    await probe('reports-nightly', 'nightly'),
    object,
    'a Job of the CronJob',
  );
  const claims = objects.filter(o => o.kind === 'PersistentVolumeClaim').length;
  return [
    shop,
    report,
    {
      observed: `${claims} namespaces that enforce "restricted", each with a claim of its own`,
      ok: claims === 2,
    },
  ];
}

export async function twoRepos(context: Context, yaml: string): Promise<Seen[]> {
  const object = 'file:/run/prices/book';
  const { probe } = await start(context, yaml, {
    agents: 'two-repos-agents',
    contract: 'prices',
    group: 2007,
    object,
    clients: { 'shop-web': 'two-repos' },
  });
  return [
    await reads(
      context,
      await probe('shop-web', 'web'),
      object,
      "a client that was rendered from the contract's JSON",
    ),
  ];
}

/** The vendor's DaemonSet runs as the vendor delivers it; then ours is applied over it. */
export async function vendorAgent(context: Context, yaml: string): Promise<Seen[]> {
  const object = 'file:/run/mesh/routes';
  const vendor = readFileSync(
    join(__dirname, '..', 'examples', 'vendor-agent', 'vendor.yaml'),
    'utf8',
  );
  await context.makeNamespaces({ 'vendor-agents': 'privileged' });
  await context.apply(context.ready(vendor, { agent: HOLD, exporter: HOLD }));
  const uid = async () =>
    (await context.kubectl.get<Owned>('daemonsets', 'vendor-agents'))
      .map(({ metadata }) => metadata.uid)
      .join();
  const before = await uid();
  const {
    metadata: { uid: oldPod },
  } = await context.runningPod('vendor-agents', 'mesh-agent');
  const { probe } = await start(context, yaml, {
    agents: 'vendor-agents',
    contract: 'mesh',
    agent: 'mesh-agent',
    group: 2006,
    object,
    clients: { 'shop-web': 'vendor-agent' },
    commands: { exporter: HOLD },
  });
  const client = await reads(context, await probe('shop-web', 'web'), object, 'the client');
  const replaced = await until(
    'the pod of the vendor is replaced',
    60,
    async () =>
      (await context.runningPod('vendor-agents', 'mesh-agent')).metadata.uid !== oldPod ||
      undefined,
  );
  const same = (await uid()) === before;
  return [
    {
      observed: `the vendor's live DaemonSet is ${same ? 'updated, not made anew' : 'made anew'}; its pod is ${replaced ? 'replaced' : 'the old one'}`,
      ok: same && replaced,
    },
    client,
  ];
}

interface Owned {
  readonly metadata: { readonly name: string; readonly uid: string };
}

/**
 * Two contracts, two client namespaces, and a policy; somebody in the namespace with hostIPC tries
 * to have more.
 */
export async function policyExample(context: Context, yaml: string): Promise<Seen[]> {
  const clients = { 'policy-shop': 'restricted', 'policy-ledger': 'privileged' } as const;
  await context.makeNamespaces(clients);
  await context.keepClean(async () => {
    await context.removeFromNodes('sysv:0x5051');
    await context.removeDirectory('policy-agents.risk');
  });
  const serve = (group: number, object: string) => [
    'shm-probe',
    '-g',
    String(group),
    'serve',
    context.token,
    object,
  ];
  await context.apply(
    context.ready(yaml, {
      'risk/agent': serve(2008, 'file:/run/risk/scores'),
      'quotes/agent': serve(2009, 'sysv:0x5051'),
      web: HOLD,
      book: HOLD,
    }),
  );
  const web = context.probe(
    await context.runningPod('policy-shop', 'shop-web', { seconds: 240 }),
    'web',
  );
  const book = context.probe(
    await context.runningPod('policy-ledger', 'ledger-book', { seconds: 240 }),
    'book',
  );
  const more = context.adHocManifest({
    name: 'more',
    namespace: 'policy-ledger',
    uid: 20001,
    groups: [20001],
    volume: { source: { hostPath: { path: '/etc', type: 'Directory' } }, mountPath: '/mnt' },
  });
  const { code, stderr } = await context.kubectl.dryRun(more);
  const refused = /denied request: (.*)/.exec(stderr)?.[1];
  return [
    await reads(context, web, 'file:/run/risk/scores', 'the client with a claim'),
    await reads(context, book, 'sysv:0x5051', 'the client with hostIPC'),
    {
      observed: `a pod of its namespace with a hostPath: ${refused ?? stderr.trim()}`,
      ok: code !== 0 && refused !== undefined,
    },
  ];
}
