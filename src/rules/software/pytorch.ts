import { examplePod } from './example-pod';
import { roomFix } from './room-words';
import type { SoftwareContainer } from './software-container';
import type { SoftwareProfile } from './software-profile';
import { at, textOf } from '../../kube/json';
import { parseBytes } from '../../kube/quantity';
import type { Volume } from '../../read/pod';
import type { OwnMemory } from '../../sharing/room';

/** The least that the rule takes as enough: the manifest does not show how large batches are. */
const USUAL = '1Gi';
const USUAL_BYTES = 1024n ** 3n;

const TRAINER = ['image: registry.example.com/trainer:1', 'command: [torchrun, train.py]'];

export const PYTORCH: SoftwareProfile = {
  id: 'SHM503',
  software: 'PyTorch, NCCL',
  title: 'PyTorch or NCCL with too little shared memory at /dev/shm',
  severity: 'note',
  needs:
    'POSIX shared memory for the batches of DataLoader workers and between the GPUs of a pod: usually 1Gi or more at /dev/shm. A volume that is smaller is a warning',
  signs: {
    images: ['pytorch'],
    programs: [
      'torchrun',
      'deepspeed',
      'all_gather_perf',
      'all_reduce_perf',
      'alltoall_perf',
      'reduce_scatter_perf',
      'sendrecv_perf',
    ],
    alsoRuns: ['accelerate', 'python', 'python3'],
    words: ['torch.distributed.launch', 'torch.distributed.run'],
    kinds: ['kubeflow.org/PyTorchJob'],
  },
  unless: 'NCCL_SHM_DISABLE is 1',
  why: 'DataLoader workers hand over batches in /dev/shm, and NCCL uses it between GPUs that cannot reach each other directly. Without a volume, /dev/shm has 64 MiB. How much is enough depends on the batches, which the manifest does not show; the rule takes 1Gi as the least. If it is full, a worker dies with a bus error, or NCCL cannot start.',
  fix: roomFix(USUAL),
  fact: 'PyTorch README: with multiprocessing, for example a DataLoader with workers, the default shared memory of a container is not enough. Seen on Kubernetes 1.33: two workers with batches of 48 MiB end with "Unexpected bus error ... insufficient shared memory (shm)" with 64 MiB, and run with 512 MiB.',
  link: 'https://github.com/pytorch/pytorch#using-pre-built-images',
  wrong: examplePod([TRAINER[0], `${TRAINER[1]} # SHM503 note`]),
  right: examplePod(TRAINER, '1Gi'),
  check: (container, found) => {
    if (container.valueOf('NCCL_SHM_DISABLE') === '1') {
      return;
    }
    const small = smallVolume(container);
    const room = container.smallRoom();
    if (small) {
      const { room: own, volume, sizeLimit } = small;
      found({
        manifest: container.markedPod.pod.manifest,
        path: `${volume.path}/emptyDir/sizeLimit`,
        container: container.name,
        severity: 'warning',
        message: `PyTorch or NCCL in container ${container.name} has volume ${volume.name} with sizeLimit ${sizeLimit} at /dev/shm, and usually needs ${USUAL} or more: for workers × prefetch_factor + 1 batches of a DataLoader, and for NCCL between GPUs`,
        fix: `raise the sizeLimit of ${volume.name} to ${USUAL} or more, and keep the memory limit above it; if less is enough for its batches, acknowledge the finding`,
        remedies: () => container.roomRemedies(own, USUAL_BYTES),
      });
    } else if (room !== undefined) {
      found(
        container.match(
          `PyTorch or NCCL in container ${container.name} has ${room} at /dev/shm, too little for DataLoader workers and for NCCL between GPUs`,
        ),
      );
    }
  },
};

/** Returns the volume at /dev/shm of a container, if its sizeLimit is less than what is usual. */
function smallVolume(
  container: SoftwareContainer,
): { readonly room: OwnMemory; readonly volume: Volume; readonly sizeLimit: string } | undefined {
  const room = container.roomAt();
  if (room.kind !== 'volume' || !room.volume) {
    return undefined;
  }
  const { volume } = room;
  const written = at(volume.json, 'emptyDir', 'sizeLimit');
  const bytes = parseBytes(written) ?? 0n;
  return bytes > 0n && bytes < USUAL_BYTES
    ? { room, volume, sizeLimit: textOf(written) }
    : undefined;
}
