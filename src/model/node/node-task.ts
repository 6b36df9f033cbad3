import type { Json, JsonObject } from '../../kube/json';
import { APPARMOR_ANNOTATION } from '../../kube/pod-security';
import { APP_NAME, DEV_SHM } from '../../kube/well-known';
import type { Edit, Operation } from '../../wire/edit';
import { AS_NOBODY, LEAST_MEMORY, type InitContainer } from '../agent/script-step';
import {
  annotationIn,
  API_VERSION_SCHEMA,
  encodeAnnotation,
  PREFIX,
  type AnnotationKind,
} from '../annotation-codec';
import { acknowledgementAnnotation } from '../contract/acknowledgement';

const TASKS = ['preflight', 'cleanup', 'guard'] as const;
export type TaskKind = (typeof TASKS)[number];

/**
 * Identifies something that a task needs on its node: a namespace of the node, a directory of the
 * node, or the privilege of one of the task's steps.
 */
export type TaskReason =
  | 'hostIPC'
  | 'hostPID'
  | '/dev/shm'
  | '/etc'
  | '/run'
  | '/sys'
  | 'directory'
  | 'look'
  | 'unconfined'
  | 'unmount'
  | 'remove'
  | 'seLinux'
  | 'parents'
  | 'bind';

/**
 * A task on each node that has a given label. It is a DaemonSet: its init containers do the work,
 * and its pod becomes ready when they are done; or a container of its own goes on working.
 */
export interface NodeTask {
  readonly task: TaskKind;
  readonly name: string;
  readonly namespace: string;
  readonly contracts: readonly string[];
  readonly nodes: { readonly key: string; readonly value: string };
  /** The image of all containers of the task. */
  readonly image: string;
  readonly steps: readonly { readonly container: InitContainer; readonly reason: string }[];
  /** The container that goes on working. Absent for one that only sleeps. */
  readonly worker?: { readonly container: JsonObject; readonly volumes: readonly JsonObject[] };
  /** The steps that no AppArmor profile confines. */
  readonly unconfined?: readonly { readonly container: string; readonly reason: string }[];
  readonly volumes: readonly NodeVolume[];
  /** Fields of the pod spec that this task sets in addition to those that every task sets. */
  readonly fields: readonly {
    readonly path: readonly string[];
    readonly value: Json;
    readonly reason: string;
  }[];
}

/** A directory of the node that the task mounts with a `hostPath` volume. */
export interface NodeVolume {
  readonly name: string;
  readonly path: string;
  readonly type: 'Directory' | 'DirectoryOrCreate';
  readonly reason: string;
}

/**
 * Why a task needs something on its node. The manifests contain these reasons as comments, and
 * REVIEW.md repeats them.
 */
export const TASK_REASONS = {
  preflight: {
    hostIPC:
      'the kernel keeps the limits and the usage of System V memory separately for each IPC namespace',
    '/dev/shm': "measures the node's /dev/shm; mounted read-only",
    '/etc':
      'reads from /etc/systemd/logind.conf whether systemd removes IPC objects; mounted read-only, and read as nobody',
    '/run':
      'reads what kind of file system it is, its free space, and what an earlier agent left; mounted read-only, and read as nobody',
    '/sys':
      'reads the mode of SELinux, which a container cannot see in any other way; mounted read-only, and read as nobody',
    seLinux:
      'SELinux lets no confined container look at what agents left in the /run of a node; read as nobody',
  },
  cleanup: {
    hostPID: 'sees the processes of the node, because any of them can have the memory',
    hostIPC: 'removes System V segments, which are in the IPC namespace of the node',
    '/dev/shm': 'removes objects of the contract, by their names, as the user who owns them',
    directory: "the contract's directory on the node, which is emptied",
    look: 'runs as root with SYS_PTRACE, because the kernel shows what a process has mapped only to those who may trace it, and with DAC_READ_SEARCH, to list what processes have open and the files of the agent',
    unconfined:
      'the default AppArmor profile of container runtimes forbids looking at processes of the node; an annotation, because Kubernetes before 1.30 does not know the field',
    unmount: 'unmounts what the agent mounted, which only a privileged container may do',
    remove:
      'runs as root, who owns the directories, with the capability to enter those of the agent',
    seLinux:
      'SELinux lets no confined container look at processes of the node, nor at what agents left in its /run',
  },
  guard: {
    directory: "the contract's directory on the node, where the clients' mounts look",
    parents:
      'sees the directory and its parents as the node has them, because the kubelet would follow a link; writable only if the clients write, who could not write into a bind of a read-only mount',
    bind: 'checks each directory that somebody else makes and binds it where the clients mount it; is privileged, because no other container may mount what the node and its clients see; goes on, because the owner can make the directory anew',
  },
} as const satisfies Readonly<Record<TaskKind, Partial<Record<TaskReason, string>>>>;

/** Returns why a task needs something on its node. Absent if this kind of task does not need it. */
export function taskReasonWords(task: TaskKind, reason: TaskReason): string | undefined {
  const reasons: Partial<Record<TaskReason, string>> = TASK_REASONS[task];
  return reasons[reason];
}

/** A task, as read from the annotation of its DaemonSet. */
export interface ReadNodeTask {
  readonly task: TaskKind;
  readonly contracts: readonly string[];
  readonly nodes: NodeTask['nodes'];
}

/** The annotation that describes the task of a DaemonSet. */
export const NODE_TASK_ANNOTATION: AnnotationKind = {
  key: `${PREFIX}node-task`,
  schema: {
    description:
      'The annotation cdk8s-shared-memory/node-task of the DaemonSet of a NodePreflight, a NodeCleanup or a NodeGuard.',
    type: 'object',
    required: ['apiVersion', 'task', 'contracts', 'nodes'],
    properties: {
      apiVersion: API_VERSION_SCHEMA,
      task: { enum: TASKS },
      contracts: { type: 'array', minItems: 1, items: { type: 'string' } },
      nodes: {
        type: 'object',
        required: ['key', 'value'],
        properties: { key: { type: 'string' }, value: { type: 'string' } },
        additionalProperties: false,
      },
    },
    additionalProperties: false,
  },
};

export const HOLD = 'trap "exit 0" TERM INT\nwhile :; do sleep 3600 & wait $!; done\n';

/** Returns the default node label of a task, which is used if no other nodes are specified. */
export function ownNodes(name: string): NodeTask['nodes'] {
  return { key: PREFIX + name, value: 'yes' };
}

/**
 * Returns the spec of the task's DaemonSet, without the parts that {@link nodeTaskEdit} adds
 * together with their reasons.
 */
export function nodeTaskSpec({ name, image, worker }: NodeTask): JsonObject {
  const labels = { [APP_NAME]: name };
  return {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels: { ...labels } },
      spec: {
        automountServiceAccountToken: false,
        containers: [worker?.container ?? sleeper(image)],
        securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
        terminationGracePeriodSeconds: 5,
        ...(worker ? { volumes: [...worker.volumes] } : {}),
      },
    },
    updateStrategy: { rollingUpdate: { maxUnavailable: '100%' }, type: 'RollingUpdate' },
  };
}

function sleeper(image: string): JsonObject {
  return {
    command: ['sh', '-euc', HOLD],
    image,
    name: 'done',
    resources: {
      limits: { memory: LEAST_MEMORY },
      requests: { cpu: '10m', memory: LEAST_MEMORY },
    },
    securityContext: { readOnlyRootFilesystem: true, ...AS_NOBODY },
  };
}

/** Returns the edit that makes the DaemonSet a node task. Each field that it sets has a reason. */
export function nodeTaskEdit(what: string, node: NodeTask): Edit {
  const { contracts, fields, nodes, steps, task, unconfined = [], volumes } = node;
  const owner = TASK_OWNERS[task];
  const set = (path: readonly string[], value: Json, reason: string): Operation => ({
    do: 'set',
    in: 'pod',
    path,
    value,
    reason: `${owner}: ${reason}`,
  });
  const acknowledge = (rule: string, reason: string): Operation => ({
    do: 'annotate',
    annotation: acknowledgementAnnotation(rule),
    value: `${owner}: ${reason}`,
    reason: `${owner}: the library itself acknowledges what it adds here`,
  });
  return {
    owner,
    key: owner,
    template: '/spec/template',
    operations: [
      { do: 'explain', reason: `${owner}: ${what}` },
      {
        do: 'annotate',
        annotation: NODE_TASK_ANNOTATION.key,
        value: encodeAnnotation({ task, contracts: [...contracts], nodes: { ...nodes } }),
        reason: `${owner}: what this DaemonSet is for, so that RUNBOOK.md and REVIEW.md can say so`,
      },
      ...fields
        .filter(({ path }) => path[0] === 'hostIPC')
        .map(({ reason }) => acknowledge('SHM301', reason)),
      ...volumes
        .filter(({ path }) => path === DEV_SHM)
        .map(({ reason }) => acknowledge('SHM303', reason)),
      ...unconfined.map(({ container, reason }): Operation => ({
        do: 'set',
        in: 'template',
        path: ['metadata', 'annotations', APPARMOR_ANNOTATION + container],
        value: 'unconfined',
        reason: `${owner}: ${reason}`,
      })),
      ...steps.map(({ container, reason }): Operation => ({
        do: 'initContainer',
        container,
        reason: `${owner}: ${reason}`,
      })),
      ...fields.map(({ path, value, reason }) => set(path, value, reason)),
      set(
        ['nodeSelector'],
        { [nodes.key]: nodes.value },
        `runs on the nodes that have this label, and leaves them when they lose it: kubectl label node NODE ${nodes.key}=${nodes.value}`,
      ),
      set(
        ['tolerations'],
        [{ operator: 'Exists' }],
        'runs on each such node, whatever taints it has',
      ),
      ...volumes.map(({ name, path, type, reason }): Operation => ({
        do: 'volume',
        volume: { name, hostPath: { path, type } },
        mounts: [],
        reason: `${owner}: ${reason}`,
      })),
    ],
  };
}

/** The name of the construct that creates each kind of task. */
export const TASK_OWNERS: Readonly<Record<TaskKind, string>> = {
  preflight: 'NodePreflight',
  cleanup: 'NodeCleanup',
  guard: 'NodeGuard',
};

/**
 * Reads the task of a DaemonSet from its annotations. Absent if the DaemonSet is not a node task.
 */
export function readNodeTask(annotations: unknown): ReadNodeTask | undefined {
  return annotationIn(annotations, NODE_TASK_ANNOTATION);
}
