import type { JsonObject } from '../../kube/json';
import type { MemorySpec } from '../contract/contract-spec';

export type InitContainer = JsonObject & { name: string };

export const UNPRIVILEGED = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };

/** ID of the user and the group `nobody`, which own no files. */
export const NOBODY = 65534;

export const AS_NOBODY = {
  ...UNPRIVILEGED,
  runAsGroup: NOBODY,
  runAsNonRoot: true,
  runAsUser: NOBODY,
};

export const AS_ROOT = { runAsGroup: 0, runAsNonRoot: false, runAsUser: 0 };

/**
 * Memory limit of a container that runs a short script. The container runtime needs part of it
 * before the script starts, because runc copies itself into memory. With 16Mi, the kernel killed
 * the container at that point (seen with runc 1.1 on cgroup v2).
 */
export const LEAST_MEMORY = '32Mi';

/**
 * Shell function that says whether SELinux confines the step: the kernel itself only says
 * "Permission denied".
 */
export const CONFINED = `confined() { label=$( (tr -d '\\0' < /proc/self/attr/current) 2>/dev/null) || :; case $label in *:container_t:*) echo "this step runs as $label, so SELinux can be what denies it: a contract for nodes where SELinux is enforcing has seLinux: true" ;; esac; }`;

/** The name of the node, for the environment variable NODE. */
export const SAYS_NODE = { NODE: 'spec.nodeName' };

export interface StepOptions {
  readonly env: Record<string, string>;
  /** Fields of the pod that the script gets, by the name of the environment variable. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Memory limit. Absent if {@link LEAST_MEMORY} is enough. */
  readonly memory?: string;
  readonly securityContext: JsonObject;
  readonly volumeMounts: JsonObject[];
}

/**
 * Returns an init container that runs a POSIX shell script, which reads its input from environment
 * variables.
 */
export function step(name: string, image: string, script: string, own: StepOptions): InitContainer {
  return {
    command: ['sh', '-euc', script],
    env: [
      ...Object.entries(own.fields ?? {}).map(([key, fieldPath]) => ({
        name: key,
        valueFrom: { fieldRef: { fieldPath } },
      })),
      ...Object.entries(own.env).map(([key, value]) => ({
        name: key,
        // The API server drops an empty value; the variable is set, and empty, without it. The
        // kubelet would expand $(NAME).
        ...(value === '' ? {} : { value: value.replaceAll('$', '$$$$') }),
      })),
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

/** Page size in bytes. The kernel allocates memory in whole pages. */
const PAGE = 4096;

/**
 * Returns the size of a memory in KiB, the unit that the scripts use, rounded up to whole pages. 0
 * if the size is not known.
 */
export function kibibytesOf({ size = 0 }: Pick<MemorySpec, 'size'>): number {
  return (Math.ceil(size / PAGE) * PAGE) / 1024;
}

/** Returns a System V key as /proc/sysvipc/shm shows it: a key_t is a signed 32-bit integer. */
export function shownKey(key: number): number {
  return key < 2 ** 31 ? key : key - 2 ** 32;
}
