import type { SoftwareContainer } from './software-container';
import type { SoftwareProfile } from './software-profile';
import { at, textOf } from '../../kube/json';

const TRANSPORTS = 'UCX_TLS';
const GPU = 'nvidia.com/gpu';

const worker = (namespaces: string, found: string) => `apiVersion: v1
kind: Pod
metadata: { name: prefill }
spec:${namespaces}
  containers:
    - name: worker
      image: registry.example.com/prefill:1
      env:
        - name: ${TRANSPORTS}${found}
          value: cuda_ipc,cuda_copy,tcp
      resources: { limits: { ${GPU}: 1, memory: 64Gi } }
`;

export const UCX: SoftwareProfile = {
  id: 'SHM515',
  software: 'UCX with CUDA IPC (NIXL, Dask-CUDA)',
  title: 'CUDA IPC with GPUs of other pods, without shared namespaces',
  severity: 'note',
  needs: 'between pods of one node: the IPC and the PID namespace of the node (hostIPC, hostPID)',
  signs: { env: [TRANSPORTS] },
  unless: `${TRANSPORTS} does not name cuda_ipc, the container has several GPUs, or the pod has hostIPC and hostPID`,
  why: 'CUDA IPC passes a handle of GPU memory to another process. If that process is in another pod with namespaces of its own, opening the handle fails. UCX then uses a slower transport, such as TCP, without an error.',
  fix: 'run the processes in one container with several GPUs; or use hostIPC: true and hostPID: true on both sides, which are host privileges; or remove cuda_ipc from UCX_TLS',
  fact: 'UCXX: for NVLink, processes in containers must share an IPC namespace. UCX: cuda_ipc refuses a peer in another PID namespace (openucx/ucx, issue 11978).',
  link: 'https://docs.rapids.ai/api/ucxx/stable/deployment',
  wrong: worker('', ' # SHM515 note'),
  right: worker('\n  hostPID: true\n  hostIPC: true # SHM301 warning', ''),
  check: (container, found) => {
    const { pod } = container.markedPod;
    const missing = ['hostIPC', 'hostPID'].filter(field => !pod.is(field));
    if (missing.length > 0 && usesCudaIpc(container) && gpusOf(container) === '1') {
      found(
        container.match(
          `container ${container.name} has one GPU and uses cuda_ipc, which reaches no GPU of another pod without ${missing.join(' and ')}`,
          {},
          container.fieldOf(TRANSPORTS),
        ),
      );
    }
  },
};

/** A list that begins with `^` names what is not used. */
function usesCudaIpc(container: SoftwareContainer): boolean {
  const transports = container.valueOf(TRANSPORTS) ?? '';
  return !transports.startsWith('^') && transports.split(',').some(t => t.trim() === 'cuda_ipc');
}

function gpusOf({ container }: SoftwareContainer): string {
  return textOf(at(container.json, 'resources', 'limits', GPU) ?? '');
}
