import { suggestion, type Remedy } from './remedy';
import { forEachSharingPod, type Rule } from './rule';
import { inMount } from './rule-match';
import { listWords, unlessVolumeRefuses } from './rule-words';
import type { Mount } from '../read/pod';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';
import { containerReaches, memoryOf, type Reach } from '../sharing/memory-reach';
import { propagates, reachOf } from '../sharing/mounted-places';

const pod = (mount: string) => `apiVersion: v1
kind: Pod
metadata: { name: reader }
spec:
  containers:
    - name: reader
      image: registry.example.com/reader:1
      volumeMounts:
        - name: shm
          mountPath: /run/routes
          readOnly: true${mount}
  volumes:
    - name: shm
      hostPath: { path: /run/cdk8s-shared-memory/agents.routes/v1/table, type: Directory }
`;

export const SHM304: Rule = {
  id: 'SHM304',
  title: 'a reader that can write',
  severity: 'warning',
  why: 'A client that is meant to only read can change, or delete, what all others on the node read. readOnly with mountPropagation: HostToContainer is not read-only: a mount that appears later is writable.',
  fix: 'write readOnly: true at the mount (and at the claim), and no mountPropagation',
  fact: 'touch works in a readOnly mount with HostToContainer, if the tmpfs is mounted afterwards; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/concepts/storage/volumes/#read-only-mounts',
  wrong: pod('\n          mountPropagation: HostToContainer # SHM304 warning'),
  right: pod(''),
  check: forEachSharingPod((markedPod, found, marked) => {
    const writers = markedPod.uses.filter(({ mark }) => mark.access === 'readWrite');
    for (const mount of markedPod.sharedMounts) {
      const propagation = mount.json.mountPropagation;
      const isMeantToWrite = writers.some(use => use.mount === mount);
      if (
        mount.readOnly &&
        typeof propagation === 'string' &&
        propagation !== 'None' &&
        !isMeantToWrite
      ) {
        found(
          inMount(
            markedPod,
            mount,
            'mountPropagation',
            `readOnly with mountPropagation ${propagation} is not read-only: a mount that appears later is writable`,
            {
              remedies: () => [
                suggestion('remove mountPropagation', {
                  do: 'remove',
                  pointer: `${mount.path}/mountPropagation`,
                }),
              ],
            },
          ),
        );
      }
    }
    for (const { mark, memory, container, mount } of markedPod.uses) {
      if (mark.side !== 'client' || mark.access !== 'readOnly' || !mount) {
        continue;
      }
      const reach = reachOf(marked.set, markedPod.pod, mount);
      if (reach === 'readOnly') {
        continue;
      } // the kernel enforces read-only
      const isUnknown = reach === 'asVolumeAllows';
      const unless = isUnknown ? unlessVolumeRefuses(mount) : '';
      found(
        inMount(
          markedPod,
          mount,
          '',
          `container ${container.name} is meant to only read contract ${mark.contract}, but can write to memory ${memory.name}${unless}`,
          {
            fix: 'write readOnly: true at the mount',
            remedies: () => [readOnlyMount(mount)],
            ...(isUnknown ? { severity: 'note' as const } : {}),
          },
        ),
      );
    }
    for (const { contract, memories, mount, reach } of otherMounts(marked, markedPod)) {
      const isUnknown = reach === 'asVolumeAllows';
      found(
        inMount(
          markedPod,
          mount,
          '',
          `container ${mount.container.name} is meant to only read contract ${contract}, but can write to memory ${listWords(memories)} through its mount at ${mount.at}${isUnknown ? unlessVolumeRefuses(mount) : ''}`,
          {
            fix: 'remove the mount, or write readOnly: true at it',
            remedies: () => [readOnlyMount(mount)],
            ...(isUnknown ? { severity: 'note' as const } : {}),
          },
        ),
      );
    }
  }),
};

/** A mount that is at none of the paths of the marks, through which a reader can write. */
interface OtherMount {
  readonly contract: string;
  readonly memories: readonly string[];
  readonly mount: Mount;
  readonly reach: Reach;
}

function otherMounts(marked: MarkedManifests, markedPod: MarkedPod): OtherMount[] {
  const clients = markedPod.marks.filter(({ side }) => side === 'client');
  const atTheirPaths = new Set(markedPod.uses.map(({ mount }) => mount?.path));
  const reaches = markedPod.pod.containers.flatMap(
    each => containerReaches(marked).get(each)?.mounts ?? [],
  );
  return reaches
    .filter(({ mount }) => !atTheirPaths.has(mount.path))
    .flatMap(({ mount, memories }) =>
      clients.flatMap((mark): OtherMount[] => {
        const written = memories.filter(
          ({ of, said }) => said === 'reader' && memoryOf(of, mark) !== undefined,
        );
        const names = written.flatMap(({ of }) => memoryOf(of, mark) ?? []);
        return written
          .slice(0, 1)
          .map(({ reach }) => ({ contract: mark.contract, memories: names, mount, reach }));
      }),
    );
}

/** Returns the remedy that makes a mount read-only. With mountPropagation, it would not be. */
function readOnlyMount(mount: Mount): Remedy {
  const { path } = mount;
  const isPropagated = propagates(mount);
  return suggestion(
    `write readOnly: true${isPropagated ? ', and remove mountPropagation' : ''}`,
    { do: 'set', pointer: `${path}/readOnly`, value: true },
    ...(isPropagated ? [{ do: 'remove' as const, pointer: `${path}/mountPropagation` }] : []),
  );
}
