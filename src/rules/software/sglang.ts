import { examplePod } from './example-pod';
import { roomFix } from './room-words';
import type { SoftwareProfile } from './software-profile';
import { tensorParallelCheck } from './tensor-parallel';

const lines = (comment = '') => [
  'image: docker.io/lmsysorg/sglang:v0.5.4',
  'command: [python3, -m, sglang.launch_server]',
  `args: [--model-path, /models/chat, --tp, '2']${comment}`,
];

export const SGLANG: SoftwareProfile = {
  id: 'SHM514',
  software: 'SGLang',
  title: 'SGLang with several GPUs and the 64 MiB at /dev/shm',
  severity: 'note',
  needs:
    'POSIX shared memory between the processes of tensor parallel inference: 10Gi in its own manifest',
  signs: {
    images: ['sglang'],
    programs: ['sglang'],
    alsoRuns: ['python', 'python3'],
    words: ['sglang.launch_server'],
  },
  unless: '--tp-size is 1 or absent',
  why: 'With tensor parallelism, SGLang runs a process for each GPU. The processes communicate through shared memory, and so does NCCL between GPUs that cannot reach each other directly. Without a volume, /dev/shm has 64 MiB.',
  fix: roomFix('10Gi'),
  fact: 'SGLang, server arguments: for docker and Kubernetes, set up shared memory, which is used for communication between processes, with --shm-size or with a larger /dev/shm. docker/k8s-sglang-distributed-sts.yaml in its repository mounts an emptyDir with medium: Memory and sizeLimit: 10Gi there.',
  link: 'https://docs.sglang.io/advanced_features/server_arguments.html',
  wrong: examplePod(lines(' # SHM514 note'), undefined, '64Gi'),
  right: examplePod(lines(), '10Gi', '64Gi'),
  check: tensorParallelCheck('SGLang', ['--tp', '--tp-size', '--tensor-parallel-size']),
};
