import { show } from '../errors';
import { dotted, type Draft, type Place } from './draft';
import type { Restrict } from './edit';
import { itemsOf } from '../kube/json';
import { restrictedViolations } from '../kube/pod-security';

/**
 * Sets the fields that Pod Security "restricted" requires and the pod does not set. Reports a
 * problem for each remaining violation.
 */
export function restrict(draft: Draft, { reason }: Restrict, owner: string): void {
  const fill = (place: Place, value: boolean | { type: string }) => {
    if (draft.get(place) === undefined) {
      draft.put(place, value, owner, reason);
    }
  };
  const pod = [...draft.podPlace, 'securityContext'];
  fill([...pod, 'runAsNonRoot'], true);
  fill([...pod, 'seccompProfile'], { type: 'RuntimeDefault' });
  for (const { path } of draft.containers) {
    const context = [...draft.podPlace, ...path, 'securityContext'];
    fill([...context, 'allowPrivilegeEscalation'], false);
    const drop = [...context, 'capabilities', 'drop'];
    if (!itemsOf(draft.get(drop)).includes('ALL')) {
      draft.insert(drop, 'ALL', owner, reason);
    }
  }
  for (const { field, given, allowed } of restrictedViolations(
    draft.pod,
    draft.get([...draft.podPlace.slice(0, -1), 'metadata', 'annotations']),
  )) {
    draft.problem(
      'SHM017',
      `${dotted(draft.podPlace)}.${field}`,
      show(given),
      `${allowed}: Pod Security "restricted" refuses the pod otherwise`,
      `${fixOf(field)}; leave PodSecurity.restricted() out only if the namespace does not enforce this level`,
    );
  }
}

/** What to write in the workload for a field that contradicts the level. */
const FIXES: { readonly [field: string]: string } = {
  runAsUser: 'write a user that is not 0 (cdk8s-plus: user)',
  runAsNonRoot:
    'write true (cdk8s-plus: ensureNonRoot: true) and, if the container ran as root, a user that is not 0 (cdk8s-plus: user)',
};

function fixOf(field: string): string {
  return FIXES[field.split('.').at(-1)!] ?? 'change the workload';
}
