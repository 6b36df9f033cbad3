import type { SoftwareProfile } from './software-profile';
import { isOwn } from '../../sharing/room';

const PIPE = 'CUDA_MPS_PIPE_DIRECTORY';
const DEFAULT_PIPE = '/tmp/nvidia-mps';

const client = (comment: string, shm: string, volume: string) => `apiVersion: v1
kind: Pod
metadata: { name: mps-client }
spec:
  containers:
    - name: cuda
      image: registry.example.com/cuda:12
      env:
        - { name: ${PIPE}, value: /mps/pipe }${comment}
      resources: { limits: { memory: 4Gi } }
      volumeMounts:
        - { name: pipe, mountPath: /mps/pipe }${shm}
  volumes:
    - name: pipe
      hostPath: { path: /run/nvidia/mps/pipe, type: Directory }${volume}
`;

export const NVIDIA_MPS: SoftwareProfile = {
  id: 'SHM508',
  software: 'NVIDIA MPS',
  title: "a client of MPS mounts the daemon's pipe but not its shared memory",
  severity: 'warning',
  needs: `the directory of ${PIPE} and /dev/shm, both the same as the MPS control daemon has`,
  signs: { env: [PIPE], mounts: [DEFAULT_PIPE] },
  unless: 'the pod runs the control daemon itself',
  why: 'Clients find the MPS server by its pipe, and exchange data with it in /dev/shm. With a /dev/shm of its own, a client connects and then fails: "all CUDA-capable devices are busy or unavailable".',
  fix: "mount the directory of the node that the daemon has at /dev/shm, too: hostPath <MPS root>/shm with NVIDIA's device plugin; or use hostIPC: true if the daemon has it",
  fact: "NVIDIA's device plugin gives each MPS client two directories of the daemon: the pipe and the one that is mounted at /dev/shm.",
  link: 'https://github.com/NVIDIA/k8s-device-plugin/issues/647',
  wrong: client(' # SHM508 warning', '', ''),
  right: client(
    '',
    '\n        - { name: shm, mountPath: /dev/shm }',
    '\n    - name: shm\n      hostPath: { path: /run/nvidia/mps/shm, type: Directory }',
  ),
  check: (container, found) => {
    const pipe = container.valueOf(PIPE) ?? DEFAULT_PIPE;
    if (
      container.roomAt(pipe).kind === 'node' &&
      isOwn(container.roomAt()) &&
      !container.isInPodWith('nvidia-cuda-mps-control')
    ) {
      found(
        container.match(
          `container ${container.name} has the MPS pipe of the node at ${pipe}, but a /dev/shm of its own: MPS needs both`,
        ),
      );
    }
  },
};
