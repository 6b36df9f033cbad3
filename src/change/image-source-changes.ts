import { podPairs, type ComparedSets } from './compared-sets';
import { placeOf } from './container-changes';
import { hostPrivilegesOf } from './node-access';
import type { ImageSourceChange } from './set-changes';
import { repositoryOf } from '../kube/image';
import { at } from '../kube/json';
import type { Container } from '../kube/pod-template';

/**
 * Returns the containers with host privileges whose image comes from another repository: other
 * people decide what runs with these privileges. Another tag or digest of the same repository is
 * none of them. A new container counts if its image is from a repository that the pod did not run
 * before, and it has the privileges of the whole pod; its own are told as privileges.
 */
export function imageSourceChanges(sets: ComparedSets): ImageSourceChange[] {
  return podPairs(sets).flatMap(({ of, before, after }) => {
    const known = new Map((before?.pod.containers ?? []).map(each => [placeOf(each), each]));
    return (after?.pod.containers ?? []).flatMap((container): ImageSourceChange[] => {
      const old = known.get(placeOf(container));
      const sources = old ? [imageOf(old)] : [...known.values()].map(imageOf);
      const to = imageOf(container);
      if (!before || !after || to === undefined || sources.some(from => isSameSource(from, to))) {
        return [];
      }
      const from = (old && imageOf(old)) ?? null;
      const privileges = hostPrivilegesOf(after.pod, container).filter(
        each => old !== undefined || (each.container === undefined && each.kind !== 'hostPath'),
      );
      const { name } = container;
      return privileges.length === 0
        ? []
        : [{ kind: 'imageSource', of, container: name, from, to, privileges }];
    });
  });
}

function imageOf({ json }: Container): string | undefined {
  const image = at(json, 'image');
  return typeof image === 'string' && image !== '' ? image : undefined;
}

/** An image that is not known is no other one. */
function isSameSource(a: string | undefined, b: string): boolean {
  return a === undefined || repositoryOf(a) === repositoryOf(b);
}
