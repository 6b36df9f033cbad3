import { raisedRequest } from './memory-remedies';
import { sizeAdvice } from './misplaced-volume';
import { forEachSharingPod, type Rule } from './rule';
import { inVolume } from './rule-match';
import type { Container } from '../kube/pod-template';
import { formatBytes } from '../kube/quantity';
import type { Pod, Volume } from '../read/pod';
import { podRequest } from '../read/pod-memory';

const pod = (request: string, found: string) => `apiVersion: v1
kind: Pod
metadata: { name: trainer }
spec:
  containers:
    - name: trainer
      image: registry.example.com/trainer:1
      resources: { requests: { memory: ${request} }, limits: { memory: 4Gi } }
      volumeMounts:
        - { name: dshm, mountPath: /dev/shm }
  volumes:
    - name: dshm
      emptyDir:
        medium: Memory
        sizeLimit: 1Gi${found}
`;

export const SHM204: Rule = {
  id: 'SHM204',
  title: 'the memory request does not cover the shared bytes',
  severity: 'warning',
  strict: 'error',
  why: 'The scheduler looks only at requests, not at the sizeLimit. It therefore puts pods on one node whose volumes, once full, do not fit there together.',
  fix: 'request the size of the volume plus what the processes need',
  fact: 'The scheduler, ResourceQuota and LimitRange do not see the sizeLimit: only requests and limits of memory count.',
  link: 'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#memory-backed-emptydir',
  wrong: pod('256Mi', ' # SHM204 warning'),
  right: pod('2Gi', ''),
  check: forEachSharingPod((markedPod, found, marked) => {
    const sized = markedPod.memoryVolumes.filter(({ size }) => typeof size === 'bigint');
    if (sized.length === 0) {
      return;
    } // fast path: most pods have none
    const bytes = sized.reduce((sum, { size }) => sum + (size as bigint), 0n);
    const request = podRequest(markedPod.pod);
    if (typeof request !== 'bigint' || request >= bytes) {
      return;
    }
    const elsewhere =
      request === 0n && markedPod.pod.joinedWith !== undefined
        ? ` here (${markedPod.pod.joinedWith} may request some)`
        : '';
    found(
      inVolume(
        markedPod,
        sized[0].volume,
        'emptyDir/sizeLimit',
        `the pod requests ${request === 0n ? 'no' : `${formatBytes(request)} of`} memory${elsewhere}, but its memory volumes hold ${formatBytes(bytes)}`,
        {
          ...(elsewhere ? { severity: 'note' as const } : {}),
          ...sizeAdvice(
            marked,
            markedPod,
            sized.map(({ volume }) => volume),
            {
              fix: `request ${formatBytes(bytes)} plus what the processes need`,
              ...(elsewhere
                ? {}
                : {
                    remedies: () => {
                      const writer = writerOf(markedPod.pod, sized[0].volume);
                      return writer ? raisedRequest(markedPod.pod, writer, bytes) : [];
                    },
                  }),
            },
          ),
        },
      ),
    );
  }),
};

/** Returns the first container that can write to a volume while the pod runs. */
function writerOf(owner: Pod, volume: Volume): Container | undefined {
  return owner
    .mountsOfVolume(volume)
    .find(({ readOnly, container: { role } }) => !readOnly && /^(container|sidecar)$/.test(role))
    ?.container;
}
