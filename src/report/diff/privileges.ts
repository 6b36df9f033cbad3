import type { ObjectRef, PrivilegeChange } from './model';
import { podPairs, type Compared } from './workloads';
import { hostPrivileges } from '../../kube/host-privileges';
import { at } from '../../kube/json';
import type { Pod } from '../../kube/pod';
import { readAcknowledgements } from '../../model/acknowledgement';
import { readLeaf } from '../../model/layout';
import { readMarks } from '../../model/marks';
import { readNodeTask } from '../../model/node-task';
import { whyByContract, whyByTask } from '../why-privilege';

/** Gained and lost, each in the order of objects. */
export interface PrivilegeChanges { readonly gained: readonly PrivilegeChange[]; readonly lost: readonly PrivilegeChange[] }

/** How much of a privilege there is, and in words; more is a gain. */
interface Held { readonly level: number; readonly words: string; readonly what: string; readonly container: string | null }

const HOST_PATH = /^(hostPath .*?)(?:, (read-only|not mounted))?$/s;
const LEVELS = { 'not mounted': 1, 'read-only': 2, 'writable': 3 } as const;

/** Host privileges that pods have on one side alone: all of those of a workload that is new, or gone. */
export function hostPrivilegeChanges(sets: Compared): PrivilegeChanges {
  const [gained, lost]: [PrivilegeChange[], PrivilegeChange[]] = [[], []];
  for (const { of, before, after } of podPairs(sets)) {
    gained.push(...more(of, before, after));
    lost.push(...more(of, after, before));
  }
  return { gained, lost };
}

/** What a pod has more of than another one. */
function more(of: ObjectRef, than: Pod | undefined, pod: Pod | undefined): PrivilegeChange[] {
  if (!pod) { return []; }
  const had = than ? held(than) : new Map<string, Held>();
  return [...held(pod)].flatMap(([key, each]): PrivilegeChange[] => {
    const other = had.get(key);
    if (other && other.level >= each.level) { return []; }
    const what = each.words === '' || each.words === 'writable' ? each.what : `${each.what}, ${each.words}`;
    return [{ of, container: each.container, what, instead: other?.words ?? null, reason: reasonOf(pod, each) }];
  });
}

/** The privileges of a pod, by what they are about; of a hostPath that is mounted several times, the most. */
function held(pod: Pod): Map<string, Held> {
  const found = new Map<string, Held>();
  for (const { what, container = null } of hostPrivileges(pod)) {
    const [, path, use = 'writable'] = HOST_PATH.exec(what) ?? [];
    const each = path === undefined
      ? { level: 1, words: '', what, container }
      : { level: LEVELS[use as keyof typeof LEVELS], words: use, what: path, container };
    const key = JSON.stringify([sameOf(each.what), container]);
    if ((found.get(key)?.level ?? 0) < each.level) { found.set(key, each); }
  }
  return found;
}

/** The directory of a memory is the same privilege in each version of its contract. */
function sameOf(what: string): string {
  const leaf = readLeaf(what.replace(/^hostPath /, ''));
  return leaf ? `hostPath ${leaf.namespace}.${leaf.contract} ${leaf.memory}` : what;
}

/** The rules whose acknowledgements speak of a privilege. */
const RULES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^hostIPC$/, ['SHM301', 'SHM302']],
  [/^hostPath /, ['SHM303', 'SHM304', 'SHM305']],
];

function reasonOf({ manifest }: Pod, { what, container }: Held): string | null {
  const annotations = at(manifest.json, 'metadata', 'annotations');
  const task = readNodeTask(annotations);
  if (task) { return whyByTask(task, { what, container })[0] ?? null; }
  const contracts = readMarks(annotations).marks.flatMap(mark => whyByContract(mark, { what, container }));
  const rules = RULES.flatMap(([about, ids]) => about.test(what) ? ids : []);
  const accepted = readAcknowledgements(annotations).acknowledgements.filter(({ rule }) => rules.includes(rule))
    .map(({ rule, reason, until }) => `acknowledged (${rule}${until === undefined ? '' : ` until ${until}`}): ${reason}`);
  const reasons = [...new Set([...contracts, ...accepted])];
  return reasons.length === 0 ? null : reasons.join('; ');
}
