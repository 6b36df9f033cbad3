import { namespaceOf, poolOf, type SharedContract } from './contracts';
import { count, workload } from './markdown';
import { formatBytes } from '../../kube/quantity';
import type { Party } from '../../rules/subjects';

/** As many boxes as one can still read; beyond that, a namespace is one box. */
const MOST_BOXES = 12;

/** A Mermaid flowchart: who writes and reads each memory. GitHub and GitLab draw it. */
export function diagram(contracts: readonly SharedContract[]): string[] {
  const shown = contracts.filter(({ agents, clients, sidecars }) => agents.length + clients.length + sidecars.length > 0);
  if (shown.length === 0) { return []; }
  const ids = new Map<string, string>();
  const idOf = (what: string) => { if (!ids.has(what)) { ids.set(what, `n${ids.size}`); } return ids.get(what) as string; };
  const lines: string[] = [];
  const boxes = new Set<string>();
  const box = (what: string, shape: (label: string) => string, label: string) => {
    const id = idOf(what);
    if (!boxes.has(what)) { boxes.add(what); lines.push(`  ${id}${shape(label)}`); }
    return id;
  };
  const square = (label: string) => `["${label}"]`;
  const edges = new Set<string>();
  const users = shown.flatMap(({ clients, sidecars }) => [...clients, ...sidecars]);
  const isCrowded = new Set(users.map(({ subject }) => workload(subject.pod.manifest))).size > MOST_BOXES;
  for (const contract of shown) {
    const memories = contract.memory.map(({ memory, version }) => {
      const where = memory.backing === 'emptyDir' || memory.backing === 'pod' ? 'in each pod' : version;
      return box(`${contract.namespace}/${contract.name}/${version}/${memory.name}/${memory.size}`, label => `[("${label}")]`, safe(`${contract.name}/${memory.name} ${where}`) + `<br/>${formatBytes(memory.size)}`);
    });
    for (const party of contract.agents) {
      const id = box(workload(party.subject.pod.manifest), square, `${safe(workload(party.subject.pod.manifest))}<br/>${safe(poolOf(party))}`);
      memories.forEach(memory => edges.add(`  ${id} -->|writes| ${memory}`));
    }
    for (const group of grouped([...contract.clients, ...contract.sidecars], isCrowded)) {
      const id = box(group.what, square, group.label);
      memories.forEach(memory => edges.add(`  ${memory} ${group.writes ? '<-->|reads and writes|' : '-->|reads|'} ${id}`));
    }
  }
  return ['```mermaid', 'flowchart LR', ...lines, ...edges, '```', ''];
}

interface Group { readonly what: string; readonly label: string; readonly writes: boolean }

/** One box for each workload, or where there are many for each namespace and access. */
function grouped(parties: readonly Party[], isCrowded: boolean): Group[] {
  const groups = new Map<string, Party[]>();
  for (const party of parties) {
    const what = isCrowded ? `${namespaceOf(party)} ${party.mark.access}` : workload(party.subject.pod.manifest);
    groups.set(what, [...groups.get(what) ?? [], party]);
  }
  return [...groups].map(([what, members]) => ({
    what,
    label: isCrowded ? `namespace ${safe(namespaceOf(members[0]))}<br/>${count(members.length, 'workload')}` : safe(what),
    writes: members.some(({ mark }) => mark.access === 'readWrite'),
  }));
}

/** Labels of Mermaid are HTML: nothing else than what names consist of comes through. */
function safe(label: string): string {
  return label.replace(/[^A-Za-z0-9 ._/=:,-]/g, '?');
}
