import { exampleClient, exampleMark, TABLE } from './example-mark';
import { forEachSharingPod, type Rule } from './rule';
import { inMount } from './rule-match';
import { overlaps, realPath } from '../kube/path';
import { DEV_SHM } from '../kube/well-known';
import type { Side } from '../model/contract/contract-mark';
import { isInContractDirectory, markedMemoryDirectory } from '../model/contract/node-layout';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod, MarkedUse } from '../sharing/marked-pod';
import {
  directoriesServedBy,
  mountedPlace,
  mountsDirectory,
  nodePathOf,
  type MountedPlace,
} from '../sharing/mounted-places';

export const SHM102: Rule = {
  id: 'SHM102',
  title: "something else is mounted where the agent's memory should be",
  severity: 'error',
  why: 'The pod runs, and finds an empty directory or other files, but never the files that the agent writes. If it is the agent, nobody else sees what it writes.',
  fix: 'mount what the agent of the contract serves: the granted claim, or the same directory of the node',
  fact: 'Two pods share a file only if both mount the same file system. An emptyDir belongs to one pod alone.',
  link: 'https://kubernetes.io/docs/concepts/storage/volumes/#emptydir',
  wrong: `apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
${exampleMark('client', TABLE, ['web'])}
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      volumeMounts:
        - { name: routes, mountPath: /run/routes, readOnly: true } # SHM102 error
  volumes:
    - name: routes
      emptyDir: {}
`,
  right: exampleClient(''),
  check: forEachSharingPod((markedPod, found, marked) => {
    for (const use of markedPod.uses) {
      const { mark, memory, mount } = use;
      if (!mount) {
        continue;
      } // SHM105 reports a missing mount
      const place = mountedPlace(marked.set, markedPod.pod, mount);
      const wanted =
        mark.side === 'agent'
          ? missedByAgent(markedPod, use, place)
          : missedByClient(marked, use, place);
      if (wanted === undefined) {
        continue;
      }
      found(
        inMount(
          markedPod,
          mount,
          '',
          `${wordsOf(place)} is mounted at ${mount.at}, but memory ${memory.name} of contract ${mark.contract} must be mounted there, from ${wanted}`,
          mark.side === 'agent'
            ? { fix: `mount ${wanted}, where the clients of the contract look for the memory` }
            : {},
        ),
      );
    }
  }),
};

const NODE_DEV_SHM = `${DEV_SHM} of the node`;

/** Returns what a client or a sidecar's pod must mount instead. Absent if its mount is right. */
function missedByClient(
  marked: MarkedManifests,
  { mark, memory }: MarkedUse,
  place: MountedPlace,
): string | undefined {
  const path = nodePathOf(place);
  if (!isPossible(place, mark.side, memory.backing)) {
    return mark.side === 'sidecar'
      ? 'a memory-medium emptyDir'
      : memory.backing === 'devShm'
        ? NODE_DEV_SHM
        : 'a claim, or a directory of the node';
  }
  if (path === undefined) {
    return undefined;
  }
  const served = marked.agentsOf(mark).flatMap(agent => directoriesServedBy(agent, memory.name));
  return served.length === 0 || served.includes(path) ? undefined : served.join(', ');
}

/**
 * Returns what an agent must mount instead. Absent if its mount is right, or if the manifests do
 * not say where it leads: a claim without its volume. Who writes a mark by hand may have the memory
 * in another directory of the node than this library, but not in one that this library gives to
 * another memory.
 */
function missedByAgent(
  { pod }: MarkedPod,
  { mark, memory, container }: MarkedUse,
  place: MountedPlace,
): string | undefined {
  const { backing, path: existing } = memory;
  const must = backing === 'existing' ? existing : markedMemoryDirectory(mark, memory);
  const is = nodePathOf(place);
  const isUnknown =
    is === undefined && (place.kind === 'claim' || (place.kind === 'other' && !place.type));
  if (must === undefined || isUnknown) {
    return undefined;
  }
  const isRight =
    is !== undefined &&
    (backing === 'devShm'
      ? is === DEV_SHM
      : overlaps(realPath(is), realPath(must)) ||
        (backing !== 'existing' && !isInContractDirectory(is)));
  // the agent of an existing directory can have it at another path
  return isRight || (backing === 'existing' && mountsDirectory(pod, container, existing))
    ? undefined
    : backing === 'devShm'
      ? NODE_DEV_SHM
      : must;
}

function isPossible(place: MountedPlace, side: Side, backing: string): boolean {
  if (side === 'sidecar') {
    return place.kind === 'memory';
  }
  return (
    place.kind === 'claim' ||
    (place.kind === 'node' && (backing !== 'devShm' || place.path === DEV_SHM))
  );
}

function wordsOf(place: MountedPlace): string {
  switch (place.kind) {
    case 'node':
      return `${place.path} of the node`;
    case 'claim':
      return `claim ${place.claim}`;
    case 'memory':
      return 'a memory-medium emptyDir';
    case 'other':
      return place.type === undefined
        ? 'a volume that is not there'
        : `a volume of type ${place.type}`;
  }
}
