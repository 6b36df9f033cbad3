import { reachedOf } from './beyond-marks';
import { code, plain, some, workload } from './markdown';
import { currentMemory, type SharedContract } from './shared-contracts';
import { groupBy } from '../../kube/group';
import type { Container } from '../../kube/pod-template';
import { formatBytes } from '../../kube/quantity';
import type { MarkedMemory } from '../../model/contract/contract-mark';
import { totalWords } from '../../model/contract/memory-size';
import { limitOf, podLimit, type Amount } from '../../read/pod-memory';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import type { MarkedPod } from '../../sharing/marked-pod';
import { unnamedReaches } from '../../sharing/memory-reach';

/** A container that may touch pages before the one that is to pay for them. */
interface Writer {
  readonly who: string;
  readonly limit: string;
  readonly memories: readonly MarkedMemory[];
}

/**
 * Containers that write, although the agent pays: who touches a page first is charged for it. The
 * marks name some of them; others can write although no mark says so. The writers of one memory
 * with one limit are one row.
 */
export function writerRows(
  marked: MarkedManifests,
  contracts: readonly SharedContract[],
): string[][] {
  return contracts.flatMap(contract => {
    const { name } = contract;
    const writers = [...namedWriters(contract), ...unnamedWriters(marked, contract)].filter(
      ({ memories }) => memories.length > 0,
    );
    const groups = groupBy(writers, ({ limit, memories }) =>
      [limit, ...memories.map(each => each.name)].join('\n'),
    );
    return [...groups.values()].map(alike => {
      const [{ memories, limit }] = alike;
      return [
        some(
          alike.map(({ who }) => who),
          4,
        ),
        `${memories.map(each => code(`${name}/${each.name}`)).join(', ')}, if it touches pages before the ${payerOf(contract)} does`,
        `at most ${totalWords(memories)}`,
        limit,
        '',
      ];
    });
  });
}

function namedWriters({ clients }: SharedContract): Writer[] {
  return clients
    .filter(({ mark }) => mark.access === 'readWrite' && mark.payer === 'agent')
    .flatMap(({ markedPod, mark }) =>
      markedPod.containersOf(mark).map(container => writer(markedPod, container, mark.memory)),
    );
}

function unnamedWriters(marked: MarkedManifests, contract: SharedContract): Writer[] {
  return unnamedReaches(marked).flatMap(({ markedPod, container, mounts }) => {
    const names = reachedOf(contract, mounts)
      .filter(({ reach }) => reach !== 'readOnly')
      .map(({ memory }) => memory);
    const memories = currentMemory(contract).filter(({ name }) => names.includes(name));
    const { who, ...rest } = writer(markedPod, container, memories);
    return [{ ...rest, who: `${who} (no mark says so)` }];
  });
}

function writer(
  { pod }: MarkedPod,
  container: Container,
  memories: readonly MarkedMemory[],
): Writer {
  return {
    who: `${plain(workload(pod.manifest))}, ${code(container.name)}`,
    limit: shownLimit(limitOf(pod, container), podLimit(pod)),
    memories: memories.filter(({ api }) => api !== 'descriptors'),
  };
}

/** Who is to touch the pages first. */
function payerOf({ agents, sidecars, clients }: SharedContract): string {
  const [first] = [...agents, ...sidecars, ...clients];
  return first.mark.payer;
}

/** Describes the limit of a container, or that of its pod. */
export function shownLimit(own: Amount, whole: Amount): string {
  if (typeof own === 'bigint') {
    return formatBytes(own);
  }
  return typeof whole === 'bigint' ? `${formatBytes(whole)} of the pod` : '**none**';
}
