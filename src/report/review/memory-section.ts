import { code, linkedWorkload, plain, table, workload } from './markdown';
import { poolWords, type SharedContract } from './shared-contracts';
import { shownLimit, writerRows } from './writer-rows';
import { at, textOf } from '../../kube/json';
import type { Container } from '../../kube/pod-template';
import { formatBytes } from '../../kube/quantity';
import { type MarkedMemory } from '../../model/contract/contract-mark';
import { bytesInHugePages, inOrdinaryPages } from '../../model/contract/huge-pages';
import { knownBytes, sizeWords, totalWords } from '../../model/contract/memory-size';
import { hugePagesLimitOf, isInMemory, limitOf, podLimit } from '../../read/pod-memory';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import type { MarkedPod } from '../../sharing/marked-pod';
import { nodeRequirements } from '../../sharing/node-placement';

/** Lists who pays for which bytes, and how much a node needs. */
export function memory(marked: MarkedManifests, contracts: readonly SharedContract[]): string[] {
  const payers = [...payerRows(marked), ...elsewhereRows(contracts)];
  const own = ownRows(marked);
  const writers = writerRows(marked, contracts);
  if (payers.length + own.length + writers.length === 0) {
    return [];
  }
  const isOnNode = contracts.some(contract =>
    contract.memory.some(({ memory: { backing } }) => !['emptyDir', 'pod'].includes(backing)),
  );
  return [
    '## Memory: who pays',
    '',
    `The kernel charges a page to the container that touches it first. That is the payer if it allocates all pages before others open the memory; otherwise it is whoever touches the page first.${isOnNode ? ' If the pod of a payer is replaced, its pages stay on the node, and no pod pays for them until they are freed or the node restarts: an agent that takes over the memory pays only for what it allocates anew.' : ''}`,
    '',
    ...table(
      ['who', 'pays for', 'bytes', 'memory limit', 'left for the container'],
      [...payers, ...writers],
    ),
    ...poolTable(contracts),
    ...(own.length === 0
      ? []
      : [
          'Memory-medium emptyDirs are charged to the containers that write them, within the limits of their pod:',
          '',
          ...table(['pod', 'volume', 'sizeLimit', 'limit of the pod'], own),
        ]),
  ];
}

/** Returns one row for each container that pays, for all of its contracts together. */
function payerRows({ pods }: MarkedManifests): string[][] {
  return pods.flatMap(markedPod => {
    const byContainer = new Map<Container, { names: string[]; memories: MarkedMemory[] }>();
    for (const mark of markedPod.marks) {
      const pays = mark.side === 'sidecar' || mark.side === mark.payer;
      if (!pays) {
        continue;
      }
      for (const container of paying(
        markedPod,
        mark.side === 'sidecar' && mark.payer === 'agent',
        markedPod.containersOf(mark),
      )) {
        const known = byContainer.get(container) ?? { names: [], memories: [] };
        known.names.push(...mark.memory.map(({ name }) => `${mark.contract}/${name}`));
        known.memories.push(...mark.memory);
        byContainer.set(container, known);
      }
    }
    return [...byContainer].flatMap(([container, known]) => [
      ...hugePagesRows(markedPod, container, known),
      ...ordinaryRows(markedPod, container, known),
    ]);
  });
}

/** An agent in another repository pays, too; its limit is there. */
function elsewhereRows(contracts: readonly SharedContract[]): string[][] {
  return contracts.flatMap(contract => {
    const paid = contract.clients.filter(({ mark }) => mark.payer === 'agent');
    const memories = new Map(
      paid.flatMap(({ mark }) => mark.memory.map(each => [each.name, each] as const)),
    );
    return contract.agents.length > 0 || memories.size === 0
      ? []
      : [
          [
            `the agent of ${code(contract.name)}, which is not in these manifests`,
            [...memories.keys()].map(name => code(`${contract.name}/${name}`)).join(', '),
            totalWords([...memories.values()]),
            '',
            '',
          ],
        ];
  });
}

/** The memories that a container pays for, with their names. */
interface Paid {
  readonly names: readonly string[];
  readonly memories: readonly MarkedMemory[];
}

/** Returns the row for what counts as memory of a container. */
function ordinaryRows(markedPod: MarkedPod, container: Container, paid: Paid): string[][] {
  const memories = inOrdinaryPages(paid.memories);
  if (memories.length === 0) {
    return [];
  }
  const bytes = knownBytes(memories);
  const limit = limitOf(markedPod.pod, container);
  const whole = typeof limit === 'bigint' ? limit : podLimit(markedPod.pod);
  const left =
    typeof whole === 'bigint' && memories.every(({ size }) => size !== undefined)
      ? whole >= bytes
        ? formatBytes(whole - bytes)
        : TOO_SMALL
      : '**unknown**';
  return [
    [
      `${plain(workload(markedPod.pod.manifest))}, ${code(container.name)}`,
      namesOf(paid, memories),
      totalWords(memories),
      shownLimit(limit, whole),
      left,
    ],
  ];
}

/** Returns the rows for what a container touches first in huge pages, by their sizes. */
function hugePagesRows(markedPod: MarkedPod, container: Container, paid: Paid): string[][] {
  return bytesInHugePages(paid.memories).map(([size, bytes]) => {
    const limit = hugePagesLimitOf(markedPod.pod, container, size);
    return [
      `${plain(workload(markedPod.pod.manifest))}, ${code(container.name)}`,
      namesOf(
        paid,
        paid.memories.filter(({ hugePages }) => hugePages === size),
      ),
      `${formatBytes(bytes)} in huge pages of ${size}`,
      typeof limit === 'bigint'
        ? `${formatBytes(limit)} of ${code(`hugepages-${size}`)}`
        : `**${limit === 'absent' ? 'none' : 'unknown'}** of ${code(`hugepages-${size}`)}`,
      typeof limit !== 'bigint' && limit !== 'absent'
        ? '**unknown**'
        : limit === 'absent' || limit < bytes
          ? TOO_SMALL
          : formatBytes(limit - bytes),
    ];
  });
}

const TOO_SMALL = '**less than nothing: the limit is too small**';

function namesOf({ names, memories }: Paid, of: readonly MarkedMemory[]): string {
  return names
    .filter((_, i) => of.includes(memories[i]))
    .map(code)
    .join(', ');
}

/** In a pod with a sidecar, the agent is the sidecar itself, which the mark does not name. */
function paying(
  markedPod: MarkedPod,
  isSidecar: boolean,
  named: readonly Container[],
): readonly Container[] {
  if (!isSidecar) {
    return named;
  }
  const mounted = new Set(
    markedPod.pod.volumes
      .filter(isInMemory)
      .flatMap(volume => markedPod.pod.mountsOfVolume(volume).map(mount => mount.container)),
  );
  const sidecars = markedPod.pod.containers.filter(
    container => container.role === 'sidecar' && !named.includes(container),
  );
  return sidecars
    .filter(container => mounted.has(container))
    .concat(mounted.size === 0 ? sidecars : []);
}

/** An agent of a contract, and what its nodes must be. */
interface PlacedAgent {
  readonly contract: SharedContract;
  readonly party: SharedContract['agents'][number];
  readonly needs: readonly string[];
}

/**
 * What the agents of a node hold together. A node of one pool can belong to others, too: one with
 * the labels of a wave has those of the whole pool, and one may have the labels of two pools.
 * Clients pay within their own limits.
 */
function poolTable(contracts: readonly SharedContract[]): string[] {
  const agents = contracts.flatMap(contract =>
    contract.agents.map((party): PlacedAgent => ({
      contract,
      party,
      needs: nodeRequirements(party.markedPod.pod),
    })),
  );
  const pools = [...new Map(agents.map(({ party, needs }) => [poolWords(party), needs]))].sort(
    ([a], [b]) => (a < b ? -1 : 1),
  );
  const mayMeet = pools.some(([, labels]) => pools.some(([, others]) => overlap(labels, others)));
  return table(
    [`on each node with${mayMeet ? ' (several rows can apply)' : ''}`, 'shared memory', 'total'],
    pools.map(([pool, labels]) => {
      const memories = memoriesThere(agents.filter(({ needs }) => includes(labels, needs)));
      return [
        code(pool),
        [...memories]
          .map(([name, each]) => `${code(name)} ${sizeWords(each)}${pagesWords(each)}`)
          .join(', '),
        `**${totalWords([...memories.values()])}**`,
      ];
    }),
  );
}

function includes(labels: readonly string[], others: readonly string[]): boolean {
  return others.every(each => labels.includes(each));
}

/** Checks whether a node can have the labels of two pools of which neither includes the other. */
function overlap(labels: readonly string[], others: readonly string[]): boolean {
  const keyOf = (label: string) => label.split('=')[0];
  const differs = labels.some(label =>
    others.some(other => other !== label && keyOf(other) === keyOf(label)),
  );
  return !differs && !includes(labels, others) && !includes(others, labels);
}

function memoriesThere(agents: readonly PlacedAgent[]): Map<string, MarkedMemory> {
  return new Map(
    agents.flatMap(({ contract, party }) =>
      party.mark.memory.map(each => [`${contract.name}/${each.name}`, each] as const),
    ),
  );
}

function pagesWords({ hugePages }: MarkedMemory): string {
  return hugePages === undefined ? '' : ` in huge pages of ${hugePages}`;
}

function ownRows({ pods }: MarkedManifests): string[][] {
  return pods.flatMap(({ pod, memoryVolumes }) =>
    memoryVolumes.map(({ volume, size }) => {
      const limit = podLimit(pod);
      return [
        linkedWorkload(pod.manifest),
        code(volume.name),
        typeof size === 'bigint'
          ? formatBytes(size)
          : `**${plain(textOf(at(volume.json, 'emptyDir', 'sizeLimit') ?? 'none'))}**`,
        typeof limit === 'bigint'
          ? formatBytes(limit)
          : pod.isPartial
            ? 'as its operator sets it'
            : '**none for the whole pod**',
      ];
    }),
  );
}
