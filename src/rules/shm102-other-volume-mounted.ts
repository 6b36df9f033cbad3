import { exampleMark, TABLE } from './example-mark';
import { forEachSharingPod, type Rule } from './rule';
import { inMount } from './rule-match';
import { DEV_SHM } from '../kube/well-known';
import type { Side } from '../model/contract/contract-mark';
import {
  directoriesServedBy,
  mountedPlace,
  nodePathOf,
  type MountedPlace,
} from '../sharing/mounted-places';

export const SHM102: Rule = {
  id: 'SHM102',
  title: "something else is mounted where the agent's memory should be",
  severity: 'error',
  why: 'The pod runs, and finds an empty directory or other files, but never the files that the agent writes.',
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
  right: `apiVersion: v1
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
        - { name: routes, mountPath: /run/routes, readOnly: true }
  volumes:
    - name: routes
      persistentVolumeClaim: { claimName: routes-table-v1-ro, readOnly: true }
`,
  check: forEachSharingPod((markedPod, found, marked) => {
    for (const { mark, memory, mount } of markedPod.uses) {
      if (mark.side === 'agent' || !mount) {
        continue;
      } // SHM105 reports a missing mount
      const place = mountedPlace(marked.set, markedPod.pod, mount);
      const possible = isPossible(place, mark.side, memory.backing);
      const path = nodePathOf(place);
      if (possible && path === undefined) {
        continue;
      }
      const served = marked
        .agentsOf(mark)
        .flatMap(agent => directoriesServedBy(agent, memory.name));
      if (possible && (served.length === 0 || served.includes(path ?? ''))) {
        continue;
      }
      const wanted = possible ? served.join(', ') : WANTED[mark.side];
      found(
        inMount(
          markedPod,
          mount,
          '',
          `${wordsOf(place)} is mounted at ${mount.at}, but memory ${memory.name} of contract ${mark.contract} must be mounted there, from ${wanted}`,
        ),
      );
    }
  }),
};

const WANTED: Record<Side, string> = {
  agent: '',
  client: 'a claim, or a directory of the node',
  sidecar: 'a memory-medium emptyDir',
};

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
