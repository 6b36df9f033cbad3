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
 * none of them.
 */
export function imageSourceChanges(sets: ComparedSets): ImageSourceChange[] {
  return podPairs(sets).flatMap(({ of, before, after }) => {
    const known = new Map((before?.pod.containers ?? []).map(each => [placeOf(each), each]));
    return (after?.pod.containers ?? []).flatMap((container): ImageSourceChange[] => {
      const [from, to] = [imageOf(known.get(placeOf(container))), imageOf(container)];
      if (!after || from === undefined || to === undefined || isSameSource(from, to)) {
        return [];
      }
      const privileges = hostPrivilegesOf(after.pod, container);
      const { name } = container;
      return privileges.length === 0
        ? []
        : [{ kind: 'imageSource', of, container: name, from, to, privileges }];
    });
  });
}

function imageOf(container: Container | undefined): string | undefined {
  const image = at(container?.json, 'image');
  return typeof image === 'string' ? image : undefined;
}

function isSameSource(a: string, b: string): boolean {
  return repositoryOf(a) === repositoryOf(b);
}
