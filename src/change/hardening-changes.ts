import { podPairs, type ComparedSets } from './compared-sets';
import { placeOf } from './container-changes';
import type { GainsAndLosses, HardeningChange, ObjectRef } from './set-changes';
import { lackingHardening, type Hardening } from '../kube/hardening';
import { at, canonical } from '../kube/json';
import type { Container } from '../kube/pod-template';
import type { Pod } from '../read/pod';

/**
 * Returns the hardening that containers of both sides lack on only one of them: what a container
 * loses of it is a gain, because its program can do more.
 */
export function hardeningChanges(sets: ComparedSets): GainsAndLosses<HardeningChange> {
  const [gained, lost]: [HardeningChange[], HardeningChange[]] = [[], []];
  for (const { of, before, after } of podPairs(sets)) {
    if (!before || !after) {
      continue;
    }
    gained.push(...lackingBeyond(of, before.pod, after.pod));
    lost.push(...lackingBeyond(of, after.pod, before.pod));
  }
  return { gained, lost };
}

/** Returns what the containers of a pod lack, and those of another pod have. */
function lackingBeyond(of: ObjectRef, than: Pod, pod: Pod): HardeningChange[] {
  const known = new Map(than.containers.map(each => [placeOf(each), each]));
  return pod.containers.flatMap((container): HardeningChange[] => {
    const other = known.get(placeOf(container));
    if (!other || contextsOf(pod, container) === contextsOf(than, other)) {
      return []; // fast path: most containers are unchanged
    }
    const lacked = lackingHardening(than.spec, other);
    const fields = lackingHardening(pod.spec, container).filter(
      field => !lacked.includes(field) && !isPrivilege(field, pod, container),
    );
    return fields.length === 0
      ? []
      : [{ kind: 'hardening', of, container: container.name, fields }];
  });
}

/** Returns the security contexts that decide what a container has. */
function contextsOf(pod: Pod, { json }: Container): string {
  return canonical([pod.at('securityContext') ?? null, at(json, 'securityContext') ?? null]);
}

/** Checks whether the opposite of a field is a privilege, which is told as such. */
function isPrivilege(field: Hardening, pod: Pod, container: Container): boolean {
  const own = at(container.json, 'securityContext', 'seccompProfile', 'type');
  switch (field) {
    case 'runAsNonRoot':
      return pod.userOf(container) === 0;
    case 'seccompProfile.type':
      return (own ?? pod.at('securityContext', 'seccompProfile', 'type')) === 'Unconfined';
    default:
      return false;
  }
}
