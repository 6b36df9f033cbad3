import { exampleClient, exampleMark, TABLE } from './example-mark';
import { forEachSharingPod, type Rule } from './rule';
import { inMount, type RuleMatch } from './rule-match';
import { realPath } from '../kube/path';
import { DEV_SHM } from '../kube/well-known';
import type { Side } from '../model/contract/contract-mark';
import { markedMemoryDirectory } from '../model/contract/node-layout';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';
import { mountedPlace, nodePathOf, type MountedPlace } from '../sharing/mounted-places';
import { agentPlace, isMounted, servedMemory, type MountedUse } from '../sharing/served-memory';

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
    for (const use of markedPod.uses.filter(isMounted)) {
      const match =
        use.mark.side === 'agent'
          ? ofAgent(marked, markedPod, use)
          : ofClient(marked, markedPod, use);
      if (match) {
        found(match);
      }
    } // SHM105 reports a missing mount
  }),
};

/**
 * Reports an agent that does not mount what its mark says. Its clients are compared with the mark,
 * or with what it mounts: it is one mistake, and has one finding.
 */
function ofAgent(
  marked: MarkedManifests,
  markedPod: MarkedPod,
  use: MountedUse,
): RuleMatch | undefined {
  const { is, must } = agentPlace(marked, markedPod, use);
  if (must === undefined) {
    return undefined;
  }
  const moved = nodePathOf(is);
  return matchOf(markedPod, use, is, directoryWords(must), {
    fix: `mount ${directoryWords(must)}, where the mark says that the memory is${moved === undefined || use.memory.backing === 'devShm' ? '' : `; if the memory has moved to ${moved}, say so in the contract, or in the marks of the agent and of all clients, and let the clients mount it there`}`,
  });
}

/** Reports a client, or the pod of a sidecar, that mounts something else than the agent. */
function ofClient(
  marked: MarkedManifests,
  markedPod: MarkedPod,
  use: MountedUse,
): RuleMatch | undefined {
  const { mark, memory } = use;
  const place = mountedPlace(marked.set, markedPod.pod, use.mount);
  if (!isPossible(place, mark.side, memory.backing)) {
    const wanted =
      mark.side === 'sidecar'
        ? 'a memory-medium emptyDir'
        : memory.backing === 'devShm'
          ? directoryWords(DEV_SHM)
          : 'a claim, or a directory of the node';
    return matchOf(markedPod, use, place, wanted);
  }
  const path = nodePathOf(place);
  const { directories, moved } = servedMemory(marked, mark, memory.name);
  const isServed =
    path === undefined ||
    directories.length === 0 ||
    [...directories, ...moved, ...otherVersion(marked, use)].some(
      each => realPath(each) === realPath(path),
    );
  return isServed
    ? undefined
    : matchOf(markedPod, use, place, directories.map(directoryWords).join(', '));
}

/** Where the memory is of a version that no agent has: SHM104 reports the version. */
function otherVersion(marked: MarkedManifests, { mark, memory }: MountedUse): string[] {
  const isServed = marked.agentsOf(mark).some(agent => agent.mark.version === mark.version);
  const directory = markedMemoryDirectory(mark, memory);
  return isServed || directory === undefined ? [] : [directory];
}

function matchOf(
  markedPod: MarkedPod,
  { mark, memory, mount }: MountedUse,
  place: MountedPlace,
  wanted: string,
  more: Partial<RuleMatch> = {},
): RuleMatch {
  return inMount(
    markedPod,
    mount,
    '',
    `${wordsOf(place)} is mounted at ${mount.at}, but memory ${memory.name} of contract ${mark.contract} must be mounted there, from ${wanted}`,
    more,
  );
}

function directoryWords(path: string): string {
  return path === DEV_SHM ? `${path} of the node` : path;
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
