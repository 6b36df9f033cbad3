import { examplePod } from './example-pod';
import { roomFix } from './room-words';
import type { SoftwareProfile } from './software-profile';
import { tensorParallelCheck } from './tensor-parallel';

const lines = (comment = '') => [
  'image: docker.io/vllm/vllm-openai:v0.11.0',
  `args: [--model, /models/chat, --tensor-parallel-size, '2']${comment}`,
];

export const VLLM: SoftwareProfile = {
  id: 'SHM507',
  software: 'vLLM, LMCache',
  title: 'vLLM with several GPUs and the 64 MiB at /dev/shm',
  severity: 'note',
  needs: 'POSIX shared memory between the processes of tensor parallel inference: 2Gi or more',
  signs: {
    images: ['vllm', 'vllm-openai', 'vllm-openai-rocm', 'huggingfaceserver'],
    programs: ['vllm'],
    alsoRuns: ['python', 'python3'],
    words: ['vllm.entrypoints.openai.api_server'],
  },
  unless: '--tensor-parallel-size is 1 or absent',
  why: 'With tensor parallelism, vLLM runs a process for each GPU. They hand over requests in /dev/shm, and so does NCCL between GPUs that cannot reach each other directly. Without a volume, /dev/shm has 64 MiB.',
  fix: roomFix('2Gi'),
  fact: 'vLLM: use --ipc=host or --shm-size. vLLM uses PyTorch, which uses shared memory to share data between processes, particularly for tensor parallel inference. KServe, generative inference: its Hugging Face runtime (image huggingfaceserver) uses vLLM as its engine.',
  link: 'https://docs.vllm.ai/en/latest/deployment/docker.html',
  wrong: examplePod(lines(' # SHM507 note')),
  right: examplePod(lines(), '2Gi'),
  check: tensorParallelCheck('vLLM', ['--tensor-parallel-size', '--tensor_parallel_size', '-tp']),
};
