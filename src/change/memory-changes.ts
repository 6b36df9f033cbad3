import { podPairs, type ComparedSets } from './compared-sets';
import type { MemoryChanges, ObjectRef } from './set-changes';
import { at, textOf } from '../kube/json';
import type { Container } from '../kube/pod-template';
import { formatBytes, parseBytes } from '../kube/quantity';
import type { Pod } from '../read/pod';
import { limitOf, requestOf, type Amount } from '../read/pod-memory';
import type { ContractParticipant, MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';
import { nodeLabels } from '../sharing/node-placement';

/**
 * Returns the changes of shared memory, of memory limits and requests, and of the sizes of
 * memory-medium volumes.
 */
export function memoryChanges(sets: ComparedSets): MemoryChanges {
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
  readonly bytes: bigint;
  readonly payer: string;
}

/**
 * Returns the changes of each contract's shared bytes, for each pool of nodes on which its agent
 * runs and for each workload that runs the agent as a sidecar.
 */
function sharedChanges({ before, after }: ComparedSets): MemoryChanges['shared'] {
  const [old, now] = [sharedIn(before), sharedIn(after)];
  const changes = [...new Set([...now.keys(), ...old.keys()])].map(key => {
    const [nodes, contract] = JSON.parse(key) as [string, string];
    const [from, to] = [old.get(key), now.get(key)];
    const bytes = (shared: Shared | undefined) => formatBytes(shared?.bytes ?? 0n);
    return {
      nodes,
      contract,
      from: bytes(from),
      to: bytes(to),
      payerBefore: from?.payer ?? null,
      payerAfter: to?.payer ?? null,
    };
  });
  return changes.filter(
    ({ from, to, payerBefore, payerAfter }) => from !== to || payerBefore !== payerAfter,
  );
}

/**
 * Returns the shared bytes by pool and contract. If several agents of a contract serve the same
 * pool, its memory counts only once, because the agents divide the pool between them.
 */
function sharedIn(marked: MarkedManifests): Map<string, Shared> {
  const found = new Map<string, Shared>();
  for (const party of marked.contracts.flat()) {
    const { mark } = party;
    if (mark.side === 'client') {
      continue;
    }
    const bytes = mark.memory.reduce((sum, { size }) => sum + size, 0n);
    const key = JSON.stringify([poolOf(party), `${mark.namespace}/${mark.contract}`]);
    if ((found.get(key)?.bytes ?? -1n) < bytes) {
      found.set(key, { bytes, payer: mark.side === 'sidecar' ? 'its pod' : mark.payer });
    }
  }
  return found;
}

function poolOf({ markedPod: { pod }, mark }: ContractParticipant): string {
  const { kind, namespace, name } = pod.manifest;
  if (mark.side === 'sidecar') {
    return `each pod of ${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  }
  const labels = [...nodeLabels(pod)].map(([key, value]) => `${key}=${value}`).sort();
  return labels.length === 0 ? 'all nodes' : `nodes ${labels.join(', ')}`;
}

/**
 * Returns the changes of memory limits and requests as the kubelet sees them: with the defaults of
 * the namespace, and with the limit as the default of the request.
 */
function resourceChanges(of: ObjectRef, before: Pod, after: Pod): MemoryChanges['resources'] {
  const changes: MemoryChanges['resources'][number][] = [];
  const add = (
    container: string | null,
    limits: readonly [string, string],
    requests: readonly [string, string],
  ) => {
    const limit = limits[0] !== limits[1];
    if (limit) {
      changes.push({ of, container, what: 'limit', from: limits[0], to: limits[1] });
    }
    const follows = limit && requests[0] === limits[0] && requests[1] === limits[1];
    if (requests[0] !== requests[1] && !follows) {
      changes.push({ of, container, what: 'request', from: requests[0], to: requests[1] });
    }
  };
  const names = [...new Set([...after.containers, ...before.containers].map(({ name }) => name))];
  for (const name of names) {
    const both = [before, after].map(
      pod => [pod, pod.containers.find(each => each.name === name)] as const,
    );
    const limits = both.map(([pod, container]) =>
      container ? words(limitOf(pod, container), container, 'limits') : 'absent',
    );
    const requests = both.map(([pod, container]) =>
      container ? words(requestOf(pod, container), container, 'requests') : 'absent',
    );
    add(name, [limits[0], limits[1]], [requests[0], requests[1]]);
  }
  const own = (field: string) =>
    [before, after].map(pod => quantity(pod.at('resources', field, 'memory'))) as [string, string];
  add(null, own('limits'), own('requests'));
  return changes;
}

function words(amount: Amount, { json }: Container, field: 'limits' | 'requests'): string {
  if (typeof amount === 'bigint') {
    return formatBytes(amount);
  }
  const written =
    // the limit is the default of the request
    at(json, 'resources', field, 'memory') ?? at(json, 'resources', 'limits', 'memory');
  return amount === 'absent' || written === undefined ? 'absent' : textOf(written);
}

function quantity(value: unknown): string {
  if (value === undefined || value === null) {
    return 'absent';
  }
  const bytes = parseBytes(value);
  return bytes === undefined || bytes < 0n ? textOf(value) : formatBytes(bytes);
}

function volumeChanges(
  of: ObjectRef,
  before: MarkedPod,
  after: MarkedPod,
): MemoryChanges['volumes'] {
  const sizes = ({ memoryVolumes }: MarkedPod) =>
    new Map(
      memoryVolumes.map(({ volume, size }) => [
        volume.name,
        typeof size === 'bigint'
          ? formatBytes(size)
          : size === 'absent'
            ? 'no sizeLimit'
            : textOf(at(volume.json, 'emptyDir', 'sizeLimit')),
      ]),
    );
  const [old, now] = [sizes(before), sizes(after)];
  return [...new Set([...now.keys(), ...old.keys()])].flatMap(volume => {
    const [from, to] = [old.get(volume) ?? 'absent', now.get(volume) ?? 'absent'];
    return from === to ? [] : [{ of, volume, from, to }];
  });
}
