import { podPairs, type ComparedSets } from './compared-sets';
import type {
  MemoryAmount,
  MemoryChanges,
  MemoryResourceChange,
  SharedBytes,
  SharedBytesChange,
  SharedPayer,
  SharedPlace,
  VolumeSizeChange,
} from './memory-change';
import type { ObjectRef } from './set-changes';
import { at, equal, textOf, type Json } from '../kube/json';
import type { Container } from '../kube/pod-template';
import { parseBytes } from '../kube/quantity';
import { knownBytes } from '../model/contract/memory-size';
import type { Pod } from '../read/pod';
import { hugePagesIn, limitOf, requestOf, type Amount } from '../read/pod-memory';
import type { ContractParticipant, MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';
import { nodeRequirements } from '../sharing/node-placement';

/**
 * Returns the changes of shared memory, of limits and requests of memory and huge pages, and of the
 * sizes of memory-medium volumes.
 */
export function memoryChanges(sets: ComparedSets): Omit<MemoryChanges, 'left'> {
  const pods = podPairs(sets);
  return {
    shared: sharedChanges(sets),
    resources: pods.flatMap(({ of, before, after }) =>
      before && after ? resourceChanges(of, before.pod, after.pod) : [],
    ),
    volumes: pods.flatMap(({ of, before, after }) =>
      before && after ? volumeChanges(of, before, after) : [],
    ),
  };
}

interface Shared {
  readonly place: SharedPlace;
  readonly contract: string;
  readonly bytes: SharedBytes;
  readonly payer: SharedPayer;
}

/** Returns the changes of each contract's shared bytes, for each place where they are shared. */
function sharedChanges({ before, after }: ComparedSets): SharedBytesChange[] {
  const [old, now] = [sharedIn(before), sharedIn(after)];
  const changes = [...new Map([...now, ...old])].map(([key, { place, contract }]) => {
    const [from, to] = [old.get(key), now.get(key)];
    return {
      place,
      contract,
      from: from?.bytes ?? 0n,
      to: to?.bytes ?? 0n,
      payerBefore: from?.payer ?? null,
      payerAfter: to?.payer ?? null,
    };
  });
  return changes.filter(
    ({ from, to, payerBefore, payerAfter }) => from !== to || payerBefore !== payerAfter,
  );
}

/**
 * Returns what is shared, by place and contract. If several agents of a contract run on the same
 * nodes, they divide these nodes between them. Each node then has the memory of one agent, so the
 * largest size counts and not the sum.
 */
function sharedIn(marked: MarkedManifests): Map<string, Shared> {
  const largest = new Map<string, Shared>();
  for (const party of marked.contracts.flat()) {
    const { mark } = party;
    if (mark.side === 'client') {
      continue;
    }
    const place = sharedPlaceOf(party);
    const contract = `${mark.namespace}/${mark.contract}`;
    const isKnown = mark.memory.some(({ size }) => size !== undefined);
    const bytes = isKnown ? knownBytes(mark.memory) : 'unknown';
    const key = JSON.stringify([place, contract]);
    const largestSoFar = largest.get(key)?.bytes;
    if (largestSoFar === undefined || numberOfBytes(largestSoFar) < numberOfBytes(bytes)) {
      const payer = mark.side === 'sidecar' ? 'pod' : mark.payer;
      largest.set(key, { place, contract, bytes, payer });
    }
  }
  return largest;
}

function numberOfBytes(bytes: SharedBytes): bigint {
  return bytes === 'unknown' ? 0n : bytes;
}

/** Returns where the workload of a mark shares memory. */
export function sharedPlaceOf({ markedPod: { pod }, mark }: ContractParticipant): SharedPlace {
  if (mark.side === 'sidecar') {
    const { kind, namespace, name } = pod.manifest;
    return { kind: 'eachPodOf', workload: { kind, namespace: namespace ?? null, name } };
  }
  const labels = nodeRequirements(pod);
  return labels.length === 0 ? { kind: 'allNodes' } : { kind: 'nodesWith', labels };
}

/** The limit and request of a container or a pod, of memory or of huge pages of one size. */
type Resources = Readonly<Record<MemoryResourceChange['what'], MemoryAmount>>;

/**
 * Returns the changes of limits and requests. Those of memory of containers are as the kubelet sees
 * them: with the defaults of the namespace, and with the limit as the default of the request. Those
 * of huge pages, and of the pod as a whole, are as the manifest has them.
 */
function resourceChanges(of: ObjectRef, before: Pod, after: Pod): MemoryResourceChange[] {
  const names = [...new Set([...after.containers, ...before.containers].map(({ name }) => name))];
  return [
    ...names.flatMap(name => {
      const [old, now] = [before, after].map(pod => pod.containers.find(c => c.name === name));
      const where = { of, container: name };
      return [
        ...differing(
          where,
          'memory',
          containerResources(before, old),
          containerResources(after, now),
        ),
        ...hugePageChanges(where, old?.json, now?.json),
      ];
    }),
    ...differing({ of, container: null }, 'memory', podResources(before), podResources(after)),
    ...hugePageChanges({ of, container: null }, before.spec, after.spec),
  ];
}

/** Returns the changes of each size of huge pages of a container or a pod. */
function hugePageChanges(
  where: Where,
  before: Json | undefined,
  after: Json | undefined,
): MemoryResourceChange[] {
  const names = [...new Set([...hugePagesIn(after), ...hugePagesIn(before)])];
  return names.flatMap(resource =>
    differing(where, resource, pagesOf(before, resource), pagesOf(after, resource)),
  );
}

function pagesOf(json: Json | undefined, resource: string): Resources {
  const limit = at(json, 'resources', 'limits', resource);
  return {
    limit: writtenAmount(limit),
    // the limit is the default of the request
    request: writtenAmount(at(json, 'resources', 'requests', resource) ?? limit),
  };
}

type Where = Pick<MemoryResourceChange, 'of' | 'container'>;

function differing(
  where: Where,
  resource: string,
  from: Resources,
  to: Resources,
): MemoryResourceChange[] {
  // a request that equals the limit on both sides is not listed a second time
  const follows = equal(from.request, from.limit) && equal(to.request, to.limit);
  const fields = follows ? (['limit'] as const) : (['limit', 'request'] as const);
  return fields
    .filter(what => !equal(from[what], to[what]))
    .map(what => ({ ...where, resource, what, from: from[what], to: to[what] }));
}

function containerResources(pod: Pod, container: Container | undefined): Resources {
  return container
    ? {
        limit: containerAmount(limitOf(pod, container), container, 'limits'),
        request: containerAmount(requestOf(pod, container), container, 'requests'),
      }
    : { limit: 'absent', request: 'absent' };
}

function containerAmount(
  amount: Amount,
  { json }: Container,
  field: 'limits' | 'requests',
): MemoryAmount {
  if (amount !== 'unknown') {
    return amount;
  }
  // the limit is the default of the request
  const value = at(json, 'resources', field, 'memory') ?? at(json, 'resources', 'limits', 'memory');
  // a container of a partial pod may have an amount that its manifest does not contain
  return value === undefined ? 'absent' : { written: textOf(value) };
}

/** Returns the resources of a pod as a whole, as its manifest has them, without defaults. */
function podResources(pod: Pod): Resources {
  return {
    limit: writtenAmount(pod.at('resources', 'limits', 'memory')),
    request: writtenAmount(pod.at('resources', 'requests', 'memory')),
  };
}

function writtenAmount(value: Json | undefined): MemoryAmount {
  if (value === undefined || value === null) {
    return 'absent';
  }
  const bytes = parseBytes(value);
  return bytes === undefined || bytes < 0n ? { written: textOf(value) } : bytes;
}

function volumeChanges(of: ObjectRef, before: MarkedPod, after: MarkedPod): VolumeSizeChange[] {
  const [old, now] = [sizesOf(before), sizesOf(after)];
  return [...new Set([...now.keys(), ...old.keys()])].flatMap((volume): VolumeSizeChange[] => {
    const from = old.get(volume) ?? 'noVolume';
    const to = now.get(volume) ?? 'noVolume';
    return equal(from, to) ? [] : [{ of, volume, from, to }];
  });
}

/** Returns the sizes of the memory-medium volumes, by their names. */
function sizesOf({ memoryVolumes }: MarkedPod): Map<string, MemoryAmount> {
  return new Map(
    memoryVolumes.map(({ volume, size }) => [
      volume.name,
      size === 'unknown' ? { written: textOf(at(volume.json, 'emptyDir', 'sizeLimit')) } : size,
    ]),
  );
}
