import type { JsonObject } from '../../kube/json';
import type { MemorySpec } from '../contract/contract-spec';

export type InitContainer = JsonObject & { name: string };

export const UNPRIVILEGED = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };

/** The user and the group that own nothing. */
export const NOBODY = 65534;

export const AS_NOBODY = {
  ...UNPRIVILEGED,
  runAsGroup: NOBODY,
  runAsNonRoot: true,
  runAsUser: NOBODY,
};

export const AS_ROOT = { runAsGroup: 0, runAsNonRoot: false, runAsUser: 0 };

/**
 * The memory of a container that runs a short script. The container runtime needs some of it before
 * the script begins: runc copies itself into memory, and with 16Mi the kernel killed it there,
 * before the script began (seen with runc 1.1 on cgroup v2).
 */
export const LEAST_MEMORY = '32Mi';

export interface StepOptions {
  readonly env: Record<string, string>;
  /** Whether the script has the name of its node in NODE. */
  readonly saysNode?: boolean;
  /** Absent where the least memory is enough. */
  readonly memory?: string;
  readonly securityContext: JsonObject;
  readonly volumeMounts: JsonObject[];
}

/** An init container that runs one POSIX shell script, which gets its data by the environment. */
export function step(name: string, image: string, script: string, own: StepOptions): InitContainer {
  return {
    command: ['sh', '-euc', script],
    env: [
      ...(own.saysNode
        ? [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }]
        : []),
      ...Object.entries(own.env).map(([key, value]) => ({
        name: key,
        value: value.replaceAll('$', '$$$$'),
      })), // or the kubelet would expand $(NAME)
    ],
    image,
    name,
    resources: {
      limits: { memory: own.memory ?? LEAST_MEMORY },
      requests: { cpu: '10m', memory: LEAST_MEMORY },
    },
    securityContext: { readOnlyRootFilesystem: true, ...own.securityContext },
    terminationMessagePolicy: 'FallbackToLogsOnError',
    ...(own.volumeMounts.length > 0 ? { volumeMounts: own.volumeMounts } : {}),
  };
}

/** The kernel gives memory in whole pages. */
const PAGE = 4096;

/** The size of a memory in KiB, as scripts count. */
export function kibibytesOf({ size }: MemorySpec): number {
  return (Math.ceil(size / PAGE) * PAGE) / 1024;
}

/** A System V key as /proc/sysvipc/shm shows it: a key_t is a signed int. */
export function shownKey(key: number): number {
  return key < 2 ** 31 ? key : key - 2 ** 32;
}
