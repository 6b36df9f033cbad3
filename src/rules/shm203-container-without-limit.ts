import { forEachSharingPod, type Rule } from './rule';
import { inContainer } from './rule-match';
import { listWords } from './rule-words';
import { textOf } from '../kube/json';
import type { Container } from '../kube/pod-template';
import type { Mount } from '../read/pod';
import { limitOf } from '../read/pod-memory';

const pod = (found: string, resources: string) => `apiVersion: v1
kind: Pod
metadata: { name: trainer }
spec:
  containers:
    - name: trainer${found}
      image: registry.example.com/trainer:1
      resources: { limits: { nvidia.com/gpu: 1${resources} } }
      volumeMounts:
        - { name: dshm, mountPath: /dev/shm }
  volumes:
    - name: dshm
      emptyDir:
        medium: Memory
        sizeLimit: 1Gi${found && ' # SHM204 warning'}
`;

export const SHM203: Rule = {
  id: 'SHM203',
  title: 'containers without a memory limit in a pod with a memory-medium emptyDir',
  severity: 'warning',
  strict: 'error',
  why: "The bytes of the volume count as memory of the container that touches them. Without a limit, only the node's memory bounds them. One container without a limit, even an init container, makes a volume without a size as large as the node's allocatable memory.",
  fix: 'write resources.limits.memory for every container, or for the pod (Kubernetes 1.34 or newer)',
  fact: "Without a sizeLimit, and with limits of 64Mi but one container without a limit, the tmpfs is as large as the node's allocatable memory; seen on Kubernetes 1.33 and 1.37.",
  link: 'https://kubernetes.io/docs/concepts/storage/volumes/#emptydir',
  wrong: pod(' # SHM203 warning', ''),
  right: pod('', ', memory: 8Gi'),
  check: forEachSharingPod((markedPod, found) => {
    const {
      pod: { containers, mounts },
      memoryVolumes,
    } = markedPod;
    if (memoryVolumes.length === 0 || markedPod.at('resources', 'limits', 'memory') !== undefined) {
      return;
    }
    const unsized = memoryVolumes.find(({ size }) => size === 'absent');
    const volumes = new Set(memoryVolumes.map(({ volume }) => volume));
    const without = containers.filter(
      container => container.role !== 'ephemeral' && limitOf(markedPod.pod, container) === 'absent',
    );
    if (without.length === 0) {
      return;
    }
    const mounting = mounts.filter(
      ({ container, volume }) => without.includes(container) && volume && volumes.has(volume),
    );
    const words = unsized
      ? `emptyDir ${unsized.volume.name} becomes as large as the node's allocatable memory`
      : mounting.length > 0
        ? `only the node's memory bounds ${writtenWords(without, mounting)}`
        : 'the pod as a whole has none, and only the sizeLimit bounds its memory';
    const elsewhere =
      markedPod.pod.joinedWith === undefined
        ? ''
        : ` here; if ${markedPod.pod.joinedWith} sets none either,`;
    const [first] = [...mounting.map(({ container }) => container), ...without];
    const { container, ...match } = inContainer(
      markedPod,
      first,
      '',
      `${containersWords(without)} no memory limit${elsewhere || ':'} ${words}`,
      (unsized || mounting.length > 0) && !elsewhere ? {} : { severity: 'note' },
    );
    found(without.length === 1 ? { container, ...match } : match);
  }),
};

function containersWords(containers: readonly Container[]): string {
  const names = listWords(containers.map(({ name }) => name));
  return containers.length === 1 ? `container ${names} has` : `containers ${names} have`;
}

/** Names what containers write to the volumes that they mount, as the end of a sentence. */
function writtenWords(without: readonly Container[], mounting: readonly Mount[]): string {
  const who = [...new Set(mounting.map(({ container }) => container.name))];
  const where = [...new Set(mounting.map(({ json }) => textOf(json.name)))];
  const writers =
    who.length < without.length
      ? `${listWords(who)} ${who.length === 1 ? 'writes' : 'write'}`
      : who.length === 1
        ? 'it writes'
        : 'they write';
  return `what ${writers} to emptyDir ${listWords(where)}`;
}
