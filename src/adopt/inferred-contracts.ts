import type { AdoptedContract, AdoptedWorkload, NotAdopted, SharedThing } from './adoption';
import { writes, type SharedCandidate, type SharedUse } from './shared-uses';
import { groupBy } from '../kube/group';
import type { Manifest } from '../kube/manifest';
import { dnsLabelOf } from '../kube/names';
import { isAtOrBelow } from '../kube/path';
import { DEV_SHM, NODE_OS } from '../kube/well-known';
import type { ContractSpec, MemorySpec } from '../model/contract/contract-spec';
import { withApiVersion } from '../model/contract/contract-version';

/** The reason of an acknowledgement that nobody has written yet. */
export const NOT_REVIEWED = 'not reviewed yet: adopted as it was found';

/** One thing that is shared, with its sides. */
interface Sides {
  readonly thing: SharedThing;
  readonly memory: MemorySpec;
  readonly agent?: AdoptedWorkload;
  readonly clients: readonly AdoptedWorkload[];
  readonly socket?: string;
}

/** A contract that was inferred, before the library has accepted it. */
export interface InferredContract {
  readonly things: readonly SharedThing[];
  readonly spec: ContractSpec;
  readonly agent?: AdoptedWorkload;
  readonly clients: readonly AdoptedWorkload[];
  readonly sockets: AdoptedContract['sockets'];
}

/**
 * Returns the contracts that workloads fulfil already. Things that the same workloads share in the
 * same way become one contract.
 *
 * @param taken names of contracts that the manifests have already
 */
export function inferredContracts(
  candidates: readonly SharedCandidate[],
  taken: readonly string[],
): {
  contracts: InferredContract[];
  notAdopted: NotAdopted[];
} {
  const notAdopted: NotAdopted[] = [];
  const sides = candidates.map(candidate => sidesOf(candidate, notAdopted));
  const names = new Set(taken);
  const contracts = [...groupBy(sides, sidesKey).values()].map(alike => contractOf(alike, names));
  return { contracts, notAdopted };
}

function sidesOf({ socket, thing, uses }: SharedCandidate, notAdopted: NotAdopted[]): Sides {
  const agentUse = agentAmong(uses);
  const others = uses.filter(use => use !== agentUse);
  const mountPath = thing.kind === 'ipc' ? undefined : usualMountPath(others, agentUse);
  const clients = others.flatMap(use => {
    const elsewhere = use.mounts.find(({ at }) => at !== mountPath)?.at;
    if (mountPath !== undefined && !use.mounts.some(({ at }) => at === mountPath)) {
      notAdopted.push({
        thing,
        manifest: use.manifest,
        because: { kind: 'mountPath', at: elsewhere ?? '', others: mountPath },
      });
      return [];
    }
    const workload = workloadOf(
      use,
      use.mounts.filter(({ at }) => at === mountPath),
    );
    const writing = use.mounts.find(({ readOnly }) => !readOnly);
    if (workload.access === 'readOnly' && writing) {
      const because = { kind: 'writesAt', at: writing.at ?? '' } as const;
      notAdopted.push({ thing, manifest: use.manifest, because });
      return [];
    }
    return [workload];
  });
  return {
    thing,
    memory: memoryOf(thing, mountPath, socket),
    ...(socket === undefined ? {} : { socket }),
    ...(agentUse ? { agent: servingOf(agentUse) } : {}),
    clients,
  };
}

/** `adopt` takes the only DaemonSet that writes as the agent. */
function agentAmong(uses: readonly SharedUse[]): SharedUse | undefined {
  const daemons = uses.filter(use => use.manifest.kind === 'DaemonSet' && writes(use));
  return daemons.length === 1 ? daemons[0] : undefined;
}

/** Returns the path at which most clients mount a directory; the agent's path decides a tie. */
function usualMountPath(clients: readonly SharedUse[], agent: SharedUse | undefined): string {
  const paths = clients.flatMap(({ mounts }) => [...new Set(mounts.map(({ at }) => at ?? ''))]);
  const agentPaths = agent?.mounts.map(({ at }) => at) ?? [];
  const count = (path: string) => paths.filter(each => each === path).length;
  const [first] = [...new Set(paths)].sort(
    (a, b) =>
      count(b) - count(a) ||
      Number(agentPaths.includes(b)) - Number(agentPaths.includes(a)) ||
      (a < b ? -1 : 1),
  );
  return first;
}

/** Returns a client: the containers that write, or if none does, those that read. */
function workloadOf(use: SharedUse, mounts: SharedUse['mounts']): AdoptedWorkload {
  const writing = mounts.filter(({ readOnly }) => !readOnly);
  const sharing = writing.length > 0 ? writing : mounts;
  const containers = [...new Set(sharing.map(({ container }) => container))];
  const [only, ...more] = ordinaryContainers(use);
  return {
    manifest: use.manifest,
    template: use.template,
    containers,
    volumes: [...new Set(sharing.flatMap(({ volume }) => volume ?? []))],
    isOnlyContainer: more.length === 0 && containers.length === 1 && containers[0] === only,
    access: writing.length > 0 ? 'readWrite' : 'readOnly',
  };
}

/** Returns the agent. One container serves: an ordinary one, if one of them writes. */
function servingOf(use: SharedUse): AdoptedWorkload {
  const writing = use.mounts.filter(({ readOnly }) => !readOnly);
  const ordinary = ordinaryContainers(use);
  const serving = writing.find(({ container }) => ordinary.includes(container)) ?? writing[0];
  return workloadOf(use, [serving]);
}

function ordinaryContainers({ markedPod }: SharedUse): string[] {
  return markedPod.pod.containers
    .filter(({ role }) => role === 'container')
    .map(({ name }) => name);
}

function memoryOf(
  thing: SharedThing,
  mountPath: string | undefined,
  socket: string | undefined,
): MemorySpec {
  if (thing.kind === 'ipc' || mountPath === undefined) {
    return { name: 'segments', api: 'systemV' };
  }
  const { path } = thing;
  const name = dnsLabelOf(path.slice(path.lastIndexOf('/') + 1), 20, 'shared');
  const api = mountPath === DEV_SHM ? 'posix' : 'files';
  if (path === DEV_SHM) {
    return { name: 'dev-shm', api, mountPath, backing: 'devShm' };
  }
  return {
    name,
    api,
    mountPath,
    backing: 'existing',
    existing: {
      path,
      contains: socket !== undefined && api === 'files' ? 'sockets' : 'files',
      clientsWait: false,
    },
  };
}

/** Returns the same text for things that the same workloads share in the same way. */
function sidesKey({ agent, clients }: Sides): string {
  const key = (workload: AdoptedWorkload | undefined) =>
    workload && [refOf(workload.manifest), workload.access, ...workload.containers];
  return JSON.stringify([key(agent), clients.map(key).sort()]);
}

function contractOf(alike: readonly Sides[], names: Set<string>): InferredContract {
  const [{ agent, clients }] = alike;
  const memory = distinctNames(alike.map(each => each.memory));
  const namespace =
    agent?.manifest.namespace ?? clients.find(c => c.manifest.namespace)?.manifest.namespace;
  const wanted =
    agent?.manifest.name ?? (memory[0].api === 'systemV' ? 'node-ipc' : memory[0].name);
  const writing = clients.some(({ access }) => access === 'readWrite');
  const existing = memory.flatMap(each => each.existing ?? []);
  const outside = existing.filter(({ path }) => !isAtOrBelow(path, '/run'));
  const hasSockets = existing.some(({ contains }) => contains === 'sockets');
  return {
    things: alike.map(({ thing }) => thing),
    agent,
    clients,
    sockets: new Map(
      alike.flatMap(({ socket }, i) => (socket === undefined ? [] : [[memory[i].name, socket]])),
    ),
    spec: withApiVersion({
      name: distinctName(wanted, memory[0].name, names),
      namespace: namespace ?? 'default',
      version: 'v1',
      memory,
      nodes: { label: { key: NODE_OS, value: 'linux' } },
      clients: writing ? 'readWrite' : 'readOnly',
      ...(existing.length > 0 ? { clientVolume: 'hostPath' } : {}),
      ...(agent ? {} : { servedBy: writing && clients.length > 1 ? PEERS : UNKNOWN_SERVER }),
      ...(outside.length > 0
        ? { allowedNodePaths: outside.map(({ path }) => ({ path, reason: NOT_REVIEWED })) }
        : {}),
      ...(hasSockets ? { acknowledgements: [{ rule: 'SHM310', reason: NOT_REVIEWED }] } : {}),
    }),
  };
}

const PEERS = 'its clients, as far as the manifests show';
const UNKNOWN_SERVER = 'unknown: it is not in the manifests';

/** Returns what identifies an object in a set of manifests. */
export function refOf({ kind, namespace = '', name }: Manifest): string {
  return `${kind}/${namespace}/${name}`;
}

function distinctName(wanted: string, more: string, names: Set<string>): string {
  const base = dnsLabelOf(wanted, 40, 'shared');
  const tries =
    base === more
      ? [base]
      : [base, dnsLabelOf(`${base.slice(0, 39 - more.length)}-${more}`, 40, 'shared')];
  let name = tries.find(each => !names.has(each));
  for (let i = 2; name === undefined; i += 1) {
    const numbered = dnsLabelOf(`${base.slice(0, 36)}-${i}`, 40, 'shared');
    name = names.has(numbered) ? undefined : numbered;
  }
  names.add(name);
  return name;
}

function distinctNames(memory: readonly MemorySpec[]): MemorySpec[] {
  const names = new Set<string>();
  return memory.map(each => {
    let { name } = each;
    for (let i = 2; names.has(name); i += 1) {
      name = dnsLabelOf(`${each.name.slice(0, 17)}-${i}`, 20, 'shared');
    }
    names.add(name);
    return { ...each, name };
  });
}
