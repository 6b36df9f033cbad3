import type { Diff, ObjectRef } from './model';
import { count } from '../words';

/** `Deployment shop/api`. */
export function objectWords({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace === null ? '' : `${namespace}/`}${name}`;
}

/** What matters first, in one line; `undefined` where nothing is different. */
export function verdictOf({ privileges, refused, pods, contracts, objects }: Omit<Diff, 'apiVersion' | 'verdict'>): string {
  const { added, gone, moved, changed } = objects;
  if ([privileges.gained, privileges.lost, refused, pods, contracts, added, gone, moved, changed].every(list => list.length === 0)) { return 'no difference'; }
  return [
    privilegesIn(privileges.gained.length, privileges.lost.length),
    restartsIn(pods.filter(restarts).length, pods.filter(each => !restarts(each)).length),
    ...refusedIn(refused.filter(({ certainty }) => certainty === 'refused').length, refused.filter(({ certainty }) => certainty === 'may').length),
    ...contracts.length === 0 ? [] : [`${count(contracts.length, 'contract')} changed, ${behind(contracts)}`],
  ].join('; ');
}

/** Whether pods restart, as far as can be known: a controller that nobody knows may restart them. */
export function restarts({ outcome }: { readonly outcome: string }): boolean {
  return outcome === 'restart' || outcome === 'controller';
}

function privilegesIn(gained: number, lost: number): string {
  if (gained === 0 && lost === 0) { return 'no privilege gained or lost'; }
  if (gained === 0) { return `${count(lost, 'privilege')} lost, none gained`; }
  return `${count(gained, 'privilege')} gained${lost === 0 ? '' : `, ${lost} lost`}`;
}

function restartsIn(yes: number, no: number): string {
  const stay = no === 0 ? '' : `, ${no} ${no === 1 ? 'does' : 'do'} not`;
  if (yes === 0) { return no === 0 ? 'no pod restarts' : `no pod restarts, ${count(no, 'workload')} changed`; }
  return `${count(yes, 'workload')} ${yes === 1 ? 'restarts' : 'restart'}${stay}`;
}

function refusedIn(certain: number, may: number): string[] {
  return [
    ...certain === 0 ? [] : [`${count(certain, 'change')} ${certain === 1 ? 'is' : 'are'} refused by apply`],
    ...may === 0 ? [] : [`${count(may, certain === 0 ? 'change' : 'other')} may be refused`],
  ];
}

function behind(contracts: Diff['contracts']): string {
  const number = (of: 'behind' | 'apart') => contracts.reduce((sum, each) => sum + each[of].length, 0);
  const [late, apart] = [number('behind'), number('apart')];
  const parts = [
    ...late === 0 ? [] : [`${late} ${late === 1 ? 'has' : 'have'} not followed`],
    ...apart === 0 ? [] : [`${apart} now ${apart === 1 ? 'differs' : 'differ'} from it`],
  ];
  return parts.length === 0 ? 'all who must follow have followed' : parts.join(', ');
}
