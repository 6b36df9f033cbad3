import { exampleMark, TABLE } from './example-mark';
import type { Rule } from './rule';
import { inContainer, type RuleMatch, type Severity } from './rule-match';
import { isObject, itemsOf } from '../kube/json';
import { realPath } from '../kube/path';
import type { Container } from '../kube/pod-template';
import { isInContractDirectory } from '../model/contract/node-layout';
import { useLabel } from '../model/injection/use-label';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';
import { containerReaches, type ContainerReach } from '../sharing/memory-reach';

const pod = (groups: string, found: string) => `apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
${exampleMark('client', TABLE, ['web'], { group: 2000 })}
spec:
  securityContext: { ${groups}runAsUser: 1000 }
  containers:
    - name: web${found}
      image: registry.example.com/web:1
      volumeMounts:
        - { name: routes, mountPath: /run/routes, readOnly: true }
  volumes:
    - name: routes
      persistentVolumeClaim: { claimName: routes-table-v1-ro, readOnly: true }
`;

export const SHM108: Rule = {
  id: 'SHM108',
  title: 'a container is not in the group that may read the memory',
  severity: 'error',
  why: 'The agent creates the memory for its own user and one group. A process that is neither that user nor in that group gets EACCES for everything.',
  fix: 'add the group to securityContext.supplementalGroups of the pod',
  fact: "In a directory with mode 2750 and the contract's group, a process without the group gets EACCES on everything; seen on Kubernetes 1.33 and 1.37.",
  link: 'https://kubernetes.io/docs/tasks/configure-pod-container/security-context/',
  wrong: pod('', ' # SHM108 error'),
  right: pod('supplementalGroups: [2000], ', ''),
  check: function* (marked) {
    for (const markedPod of marked.sharing) {
      for (const mark of markedPod.marks) {
        if (mark.group === undefined || mark.side === 'agent') {
          continue;
        }
        for (const container of markedPod.containersOf(mark)) {
          if (!isInGroup(markedPod, container, mark.group)) {
            yield notInGroup(markedPod, container, mark.group, mark.contract);
          }
        }
      }
    }
    for (const reach of containerReaches(marked).values()) {
      yield* unmarkedOutsiders(marked, reach);
    }
  },
};

function notInGroup(
  markedPod: MarkedPod,
  container: Container,
  group: number,
  contract: string,
  { words = '', ...more }: { readonly words?: string; readonly severity?: Severity } = {},
): RuleMatch {
  return inContainer(
    markedPod,
    container,
    '',
    `container ${container.name} ${words}is not in group ${group}, which may read the memory of contract ${contract}`,
    { fix: `add ${group} to securityContext.supplementalGroups of the pod`, ...more },
  );
}

/**
 * Returns what is found about a container that mounts the memory of a contract although no mark
 * names it, once for each contract. What the whole of /dev/shm or of /run is mounted for is not
 * known, and a container whose user only its image says can be root.
 */
function* unmarkedOutsiders(
  marked: MarkedManifests,
  { markedPod, container, isStep, mounts }: ContainerReach,
): Iterable<RuleMatch> {
  const said = new Set<string>();
  for (const { mount, memories } of isStep || markedPod.task ? [] : mounts) {
    for (const { of, said: by } of memories) {
      const isAsked = 'contract' in of && useLabel(of.contract) in markedPod.pod.labels;
      if (by !== 'unnamed' || !('contract' in of) || isAsked) {
        continue;
      } // SHM119 and SHM120 report labels that ask for a contract in vain
      const key = `${of.namespace}/${of.contract}`;
      const group = groupOf(marked, of, marked.directories.useOf(mount)?.path);
      if (
        group === undefined ||
        said.has(key) ||
        isInGroup(markedPod, container, group) ||
        isOwner(marked, markedPod, container, of)
      ) {
        continue;
      }
      said.add(key);
      const isNonRoot = markedPod.pod.isNonRoot(container);
      yield notInGroup(markedPod, container, group, of.contract, {
        words: `mounts ${mount.at}${isNonRoot ? '' : ', does not say that it runs as root,'} and `,
        ...(isNonRoot ? {} : { severity: 'warning' }),
      });
    }
  }
}

/**
 * Returns the group of a contract, if a path of the node is a directory of this contract. A path
 * that is not known is one: the claim tells whose it is.
 */
function groupOf(
  marked: MarkedManifests,
  of: { readonly namespace: string; readonly contract: string; readonly memory: string },
  path: string | undefined,
): number | undefined {
  const sides = marked.participantsOf(of.namespace, of.contract);
  const isIts =
    path === undefined ||
    isInContractDirectory(path, of) ||
    sides.some(({ mark }) =>
      mark.memory.some(
        each => each.name === of.memory && each.path !== undefined && realPath(each.path) === path,
      ),
    );
  return isIts
    ? sides.find(({ mark }) => mark.side !== 'sidecar' && mark.group !== undefined)?.mark.group
    : undefined;
}

/** Checks whether a container runs as the user of an agent, who owns the memory. */
function isOwner(
  marked: MarkedManifests,
  markedPod: MarkedPod,
  container: Container,
  of: { readonly namespace: string; readonly contract: string },
): boolean {
  const user = markedPod.pod.userOf(container);
  return (
    user !== undefined &&
    marked
      .participantsOf(of.namespace, of.contract)
      .some(
        ({ mark, markedPod: agent }) =>
          mark.side === 'agent' &&
          agent.containersOf(mark).some(serving => agent.pod.userOf(serving) === user),
      )
  );
}

function isInGroup(markedPod: MarkedPod, container: Container, group: number): boolean {
  const { pod: of } = markedPod;
  const [own, ofPod] = [container.json, of.spec].map(({ securityContext }) =>
    isObject(securityContext) ? securityContext : {},
  );
  return (
    itemsOf(ofPod.supplementalGroups).includes(group) ||
    ofPod.fsGroup === group ||
    (own.runAsGroup ?? ofPod.runAsGroup) === group ||
    of.userOf(container) === 0
  );
}
