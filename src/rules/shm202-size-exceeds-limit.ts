import { raisedLimit } from './memory-remedies';
import { sizeAdvice } from './misplaced-volume';
import { forEachSharingPod, type Rule } from './rule';
import { inVolume } from './rule-match';
import { limitRangeWords } from './rule-words';
import type { Container } from '../kube/pod-template';
import { formatBytes, roundUpToMebibytes } from '../kube/quantity';
import { limitOf, podLimit, type MemoryVolume } from '../read/pod-memory';
import type { MarkedPod } from '../sharing/marked-pod';

const yaml = (limit: string, expectedComment: string) => `apiVersion: v1
kind: Pod
metadata: { name: trainer }
spec:
  containers:
    - name: trainer
      image: registry.example.com/trainer:1
      resources: { limits: { memory: ${limit} } }
      volumeMounts:
        - { name: dshm, mountPath: /dev/shm }
  volumes:
    - name: dshm
      emptyDir:
        medium: Memory
        sizeLimit: 1Gi${expectedComment}
`;

export const SHM202: Rule = {
  id: 'SHM202',
  title: 'the size of a memory-medium emptyDir does not fit into the memory limit',
  severity: 'error',
  why: 'The bytes of the volume count against the memory limit of the container that touches them first. A volume that is larger than the limit is silently made smaller, and a process that fills it is OOM-killed. The pages stay, so the restarted container is killed again.',
  fix: 'raise the memory limit to the size plus what the process itself needs, or lower the sizeLimit',
  fact: 'The API accepts sizeLimit 128Mi with a memory limit of 64Mi. The tmpfs then has 64 MiB, and the writer is OOM-killed at 62 MiB; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/concepts/storage/volumes/#emptydir',
  wrong: yaml('512Mi', ' # SHM202 error, SHM204 warning'),
  right: yaml('2Gi', ''),
  check: forEachSharingPod((markedPod, found, marked) => {
    for (const memory of markedPod.memoryVolumes) {
      const limit = roomFor(markedPod, memory);
      if (typeof memory.size !== 'bigint' || limit === undefined || limit.bytes > memory.size) {
        continue;
      }
      const isEqual = memory.size === limit.bytes;
      found(
        inVolume(
          markedPod,
          memory.volume,
          'emptyDir/sizeLimit',
          `sizeLimit ${formatBytes(memory.size)} of ${memory.volume.name} ${isEqual ? 'is as large as' : 'is larger than'} the memory limit of ${limit.whose}, ${formatBytes(limit.bytes)}${limit.range}`,
          {
            severity: isEqual ? 'warning' : 'error',
            ...sizeAdvice(marked, markedPod, [memory.volume], {
              fix: `raise the limit to ${formatBytes(roundUpToMebibytes(memory.size))} plus what the process itself needs, or lower the sizeLimit`,
              // with a limit of the whole pod, that would have to be raised, too
              ...(limit.container && markedPod.at('resources', 'limits', 'memory') === undefined
                ? { remedies: raisedLimit(markedPod, limit.container, memory.size + limit.bytes) }
                : {}),
            }),
          },
        ),
      );
    }
  }),
};

/** How much fits, whose limit that is, and the LimitRange that sets it, in words. */
interface Room {
  readonly bytes: bigint;
  readonly whose: string;
  readonly range: string;
  /** Absent if it is the limit of the pod. */
  readonly container?: Container;
}

/**
 * Returns how much can be written to a volume before a process is OOM-killed, and whose limit that
 * is: the limit of the pod, or the highest limit of the containers that can write to the volume,
 * whichever is lower.
 *
 * The highest limit counts, because the manifest does not say which container writes how much: the
 * rule reports only volumes that no container could fill alone. If a writer has no limit, or one
 * that cannot be read, only the limit of the pod counts. Absent if that is not known either.
 */
function roomFor({ pod }: MarkedPod, { volume }: MemoryVolume): Room | undefined {
  const writers = pod
    .mountsOfVolume(volume)
    .filter(
      mount =>
        !mount.readOnly &&
        (mount.container.role === 'container' || mount.container.role === 'sidecar'),
    );
  const limits = writers.map(({ container }) => ({
    bytes: limitOf(pod, container),
    whose: `container ${container.name}`,
    range: limitRangeWords(pod, container),
    container,
  }));
  const whole = podLimit(pod);
  const rooms: Room[] =
    typeof whole === 'bigint' ? [{ bytes: whole, whose: 'the pod', range: '' }] : [];
  if (
    limits.length > 0 &&
    limits.every((limit): limit is typeof limit & Room => typeof limit.bytes === 'bigint')
  ) {
    rooms.unshift(limits.reduce((most, limit) => (limit.bytes > most.bytes ? limit : most)));
  }
  return rooms.sort((a, b) => (a.bytes < b.bytes ? -1 : a.bytes > b.bytes ? 1 : 0)).at(0);
}
