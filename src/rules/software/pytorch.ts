import { examplePod } from './example-pod';
import { roomFix } from './room';
import type { SoftwareProfile } from './software-profile';

const TRAINER = ['image: registry.example.com/trainer:1', 'command: [torchrun, train.py]'];

export const PYTORCH: SoftwareProfile = {
  id: 'SHM503',
  software: 'PyTorch, NCCL',
  title: 'PyTorch or NCCL with the 64 MiB at /dev/shm',
  severity: 'note',
  needs:
    'POSIX shared memory for the batches of DataLoader workers and between the GPUs of a pod: usually 1Gi or more at /dev/shm',
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
  why: 'DataLoader workers hand over batches in /dev/shm, and NCCL uses it between GPUs that cannot reach each other directly. Without a volume, /dev/shm has 64 MiB. If it is full, a worker dies with a bus error, or NCCL cannot start.',
  fix: roomFix('1Gi'),
  fact: 'PyTorch README: with multiprocessing, for example a DataLoader with workers, the default shared memory of a container is not enough. Seen on Kubernetes 1.33: two workers with batches of 48 MiB end with "Unexpected bus error ... insufficient shared memory (shm)" with 64 MiB, and run with 512 MiB.',
  link: 'https://github.com/pytorch/pytorch#using-pre-built-images',
  wrong: examplePod([TRAINER[0], `${TRAINER[1]} # SHM503 note`]),
  right: examplePod(TRAINER, '1Gi'),
  check: (container, found) => {
    const room = container.smallRoom();
    if (container.valueOf('NCCL_SHM_DISABLE') !== '1' && room !== undefined) {
      found(
        container.match(
          `PyTorch or NCCL in container ${container.name} has ${room} at /dev/shm, too little for DataLoader workers and for NCCL between GPUs`,
        ),
      );
    }
  },
};
