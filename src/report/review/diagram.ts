import { beyondMarks, type BeyondMarks } from './beyond-marks';
import { count, folded, workload } from './markdown';
import {
  isInPods,
  namespaceOf,
  poolWords,
  type SharedContract,
  type SharedMemory,
} from './shared-contracts';
import { groupBy } from '../../kube/group';
import { sizeWords } from '../../model/contract/memory-size';
import type { ContractParticipant, MarkedManifests } from '../../sharing/marked-manifests';

/**
 * The highest number of boxes of users that is still readable. If there are more workloads, each
 * namespace is one box; if there are more namespaces, all of them together are one box.
 */
const MOST_BOXES = 12;

/** Pods with a sidecar use the memory in them; all others use that of their node. */
const KINDS_OF_USE = [false, true].flatMap(inPods =>
  [false, true].map(writes => ({ inPods, writes })),
);

/**
 * Writes a Mermaid flowchart that shows who writes and reads each memory. GitHub and GitLab draw
 * it.
 */
export function diagram(marked: MarkedManifests, contracts: readonly SharedContract[]): string[] {
  const shown = contracts.filter(contract => contract.agents.length + usersOf(contract).length > 0);
  if (shown.length === 0) {
    return [];
  }
  const groups = groupsOf(shown.flatMap(usersOf));
  const chart = new Chart();
  for (const contract of shown) {
    const boxes = contract.memory.map(memory => ({
      memory,
      isInPods: isInPods(memory.memory),
      box: chart.box({
        name: memoryName(contract, memory),
        id: `memory ${contract.name}/${memory.memory.name}`,
        label: memoryLabel(contract, memory),
        shape: ['[("', '")]'],
      }),
    }));
    const memoriesOf = (inPods: boolean) =>
      boxes.filter(each => each.isInPods === inPods).map(({ box }) => box);
    for (const party of contract.agents) {
      const agent = chart.box({
        name: workload(party.markedPod.pod.manifest),
        label: `${safe(workload(party.markedPod.pod.manifest))}<br/>${safe(poolWords(party))}`,
      });
      memoriesOf(false).forEach(memory => chart.edge(`${agent} -->|writes| ${memory}`));
    }
    for (const { name, label, members, size } of groups) {
      const users = usersOf(contract).filter(party => members.has(party));
      for (const { inPods, writes } of KINDS_OF_USE) {
        const alike = new Set(
          users
            .filter(
              ({ mark }) =>
                (mark.access === 'readWrite') === writes && (mark.side === 'sidecar') === inPods,
            )
            .map(({ markedPod }) => workload(markedPod.pod.manifest)),
        );
        if (alike.size === 0) {
          continue;
        }
        const user = chart.box({ name, label });
        const many = size === 1 ? '' : `${alike.size} `;
        const words =
          size > 1 && alike.size > 1 ? ['read', 'read and write'] : ['reads', 'reads and writes'];
        memoriesOf(inPods).forEach(memory =>
          chart.edge(
            writes
              ? `${memory} <-->|${many}${words[1]}| ${user}`
              : `${memory} -->|${many}${words[0]}| ${user}`,
          ),
        );
      }
    }
    for (const { memory, box } of boxes) {
      beyondEdges(beyondMarks(marked, contract, memory.memory.name), box, chart);
    }
  }
  return chart.lines();
}

/** Draws who mounts a memory although no mark says so. Too many workloads are one box. */
function beyondEdges(users: readonly BeyondMarks[], memory: string, chart: Chart): void {
  for (const [writes, words] of [
    [false, 'no mark: reads'],
    [true, 'no mark: may write'],
  ] as const) {
    const names = users
      .filter(({ mayWrite }) => mayWrite === writes)
      .map(({ markedPod }) => workload(markedPod.pod.manifest));
    const boxes =
      names.length > MOST_BOXES
        ? [{ name: `beyond ${words}`, label: `${names.length} workloads<br/>beyond their marks` }]
        : names.map(name => ({ name, label: safe(name) }));
    boxes.forEach(each => {
      const user = chart.box(each);
      chart.edge(`${memory} ${writes ? '<-->' : '-->'}|${words}| ${user}`);
    });
  }
}

/** Something of a node that workloads use without a contract. */
export interface UnmarkedShare {
  readonly what: string;
  /** The workloads that use it, and whether each can write. */
  readonly users: ReadonlyMap<string, { readonly writes: boolean }>;
}

/**
 * Writes a Mermaid flowchart of what workloads share without a contract. Empty if a box for each
 * workload would be too many.
 */
export function unmarkedDiagram(shares: readonly UnmarkedShare[]): string[] {
  const users = new Set(shares.flatMap(share => [...share.users.keys()]));
  if (shares.length === 0 || users.size > MOST_BOXES) {
    return [];
  }
  const chart = new Chart();
  for (const share of shares) {
    const what = chart.box({ name: share.what, label: safe(share.what), shape: ['[("', '")]'] });
    for (const [name, { writes }] of share.users) {
      const user = chart.box({ name, label: safe(name) });
      chart.edge(writes ? `${user} -->|can write| ${what}` : `${what} -->|reads| ${user}`);
    }
  }
  return chart.lines();
}

interface Box {
  /** The key that distinguishes it from other boxes. */
  readonly name: string;
  /** The id in the text of the chart. */
  readonly id?: string;
  readonly label: string;
  readonly shape?: readonly [open: string, close: string];
}

/**
 * Boxes and edges, each once. The id of a box comes from its content and not from a number, so that
 * no line changes when a box is added.
 */
class Chart {
  private readonly ids = new Map<string, string>();
  private readonly boxes: string[] = [];
  private readonly edges = new Set<string>();

  /** The id of a box. */
  public box({ name, id = name, label, shape: [open, close] = ['["', '"]'] }: Box): string {
    const known = this.ids.get(name);
    if (known !== undefined) {
      return known;
    }
    const taken = new Set(this.ids.values());
    let free = id.replace(/[^A-Za-z0-9]+/g, '_');
    while (taken.has(free)) {
      free += '_';
    }
    this.ids.set(name, free);
    this.boxes.push(`  ${free}${open}${label}${close}`);
    return free;
  }

  public edge(line: string): void {
    this.edges.add(`  ${line}`);
  }

  public lines(): string[] {
    const mermaid = ['```mermaid', 'flowchart LR', ...this.boxes, ...this.edges, '```', ''];
    return folded('Diagram', mermaid);
  }
}

/** The users of the memories that share one box. */
interface Group {
  readonly name: string;
  readonly label: string;
  readonly members: ReadonlySet<ContractParticipant>;
  /** The number of workloads, each of which may use several memories. */
  readonly size: number;
}

/**
 * Returns one box for each workload. If these are too many, one for each namespace; if those are
 * too many, one for all.
 */
function groupsOf(parties: readonly ContractParticipant[]): Group[] {
  const name = ({ markedPod }: ContractParticipant) => workload(markedPod.pod.manifest);
  const grouped = (
    by: (party: ContractParticipant) => string,
    label: (what: string, number: number) => string,
  ) =>
    [...groupBy(parties, by)].map(([what, all]): Group => {
      const { size } = new Set(all.map(name));
      return { name: what, label: label(what, size), members: new Set(all), size };
    });
  if (areFew(parties, name)) {
    return grouped(name, safe);
  }
  if (areFew(parties, namespaceOf)) {
    return grouped(
      party => `namespace ${namespaceOf(party)}`,
      (what, number) => `${safe(what)}<br/>${count(number, 'workload')}`,
    );
  }
  const namespaces = new Set(parties.map(namespaceOf)).size;
  return grouped(
    () => 'users',
    (_, number) => `${count(number, 'workload')}<br/>in ${count(namespaces, 'namespace')}`,
  );
}

/** Checks whether the number of boxes that distinguish the parties is still readable. */
function areFew(
  parties: readonly ContractParticipant[],
  by: (party: ContractParticipant) => string,
): boolean {
  const known = new Set<string>();
  return parties.every(party => known.add(by(party)).size <= MOST_BOXES);
}

function usersOf({ clients, sidecars }: SharedContract): ContractParticipant[] {
  return [...clients, ...sidecars];
}

function memoryName(
  { namespace, name }: SharedContract,
  { memory, version }: SharedMemory,
): string {
  return `memory ${namespace}/${name}/${version}/${memory.name}/${sizeWords(memory)}/${isInPods(memory) ? 'pods' : 'node'}`;
}

function memoryLabel({ name }: SharedContract, { memory, version }: SharedMemory): string {
  const where = isInPods(memory) ? 'in each pod' : version;
  return `${safe(`${name}/${memory.name} ${where}`)}<br/>${sizeWords(memory)}`;
}

/** Removes everything from a label that is not part of a name, because Mermaid labels are HTML. */
function safe(label: string): string {
  return label.replace(/[^A-Za-z0-9 ._/=:,-]/g, '?');
}
