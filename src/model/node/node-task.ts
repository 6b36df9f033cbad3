import type { Json, JsonObject } from '../../kube/json';
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

const TASKS = ['preflight', 'cleanup'] as const;
export type TaskKind = (typeof TASKS)[number];

/**
 * What a task needs of its node: a namespace, a directory, or the privilege of one of its steps.
 */
export type TaskReason =
  | 'hostIPC'
  | 'hostPID'
  | '/dev/shm'
  | '/etc'
  | '/run'
  | '/sys'
  | 'directory'
  | 'unmount'
  | 'remove';

/**
 * What runs once on each node that somebody labels for it: a DaemonSet whose init steps do the
 * work, and whose pod is ready when they have.
 */
export interface NodeTask {
  readonly task: TaskKind;
  readonly name: string;
  readonly namespace: string;
  readonly contracts: readonly string[];
  readonly nodes: { readonly key: string; readonly value: string };
  /** The image of all of its containers. */
  readonly image: string;
  readonly steps: readonly { readonly container: InitContainer; readonly reason: string }[];
  readonly volumes: readonly NodeVolume[];
  /** Fields of the pod beyond those that every task has. */
  readonly fields: readonly {
    readonly path: readonly string[];
    readonly value: Json;
    readonly reason: string;
  }[];
}

/** A directory of the node. */
export interface NodeVolume {
  readonly name: string;
  readonly path: string;
  readonly type: 'Directory' | 'DirectoryOrCreate';
  readonly reason: string;
}

/** Why a task has something of its node. REVIEW.md finds the reasons here again. */
export const TASK_REASONS = {
  preflight: {
    hostIPC:
      'the kernel has the limits of System V memory, and what is used of them, for each IPC namespace by itself',
    '/dev/shm': "measures the node's /dev/shm; mounted to read",
    '/etc':
      'reads whether systemd removes IPC objects, from /etc/systemd/logind.conf; mounted to read, by nobody',
    '/run':
      'reads what kind of file system it is, its room, and what an earlier agent left; mounted to read, by nobody',
    '/sys': 'reads the mode of SELinux, which no container sees else; mounted to read, by nobody',
  },
  cleanup: {
    hostPID: 'sees whether a process of the node still has the memory',
    hostIPC: 'removes System V segments, which are in the IPC namespace of the node',
    '/dev/shm': 'removes objects of the contract, by their names, as the user who owns them',
    directory: "the contract's directory on the node, which is emptied",
    unmount: 'unmounts what the agent mounted, which nothing less may do',
    remove: 'root, to whom the directories belong, with the capability to enter those of the agent',
  },
} as const satisfies Readonly<Record<TaskKind, Partial<Record<TaskReason, string>>>>;

/** Why a task has something of its node; absent if that is not the task's own. */
export function taskReasonWords(task: TaskKind, reason: TaskReason): string | undefined {
  const reasons: Partial<Record<TaskReason, string>> = TASK_REASONS[task];
  return reasons[reason];
}

/** A task, as the annotation of its DaemonSet has it. */
export interface ReadNodeTask {
  readonly task: TaskKind;
  readonly contracts: readonly string[];
  readonly nodes: NodeTask['nodes'];
}

/** The annotation of the DaemonSet of a task. */
export const NODE_TASK_ANNOTATION: AnnotationKind = {
  key: `${PREFIX}node-task`,
  schema: {
    description:
      'The annotation cdk8s-shared-memory/node-task of the DaemonSet of a NodePreflight or a NodeCleanup.',
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

const HOLD = 'trap "exit 0" TERM INT\nwhile :; do sleep 3600 & wait $!; done\n';

/** The nodes of a task where it names no others: those with a label of its own. */
export function ownNodes(name: string): NodeTask['nodes'] {
  return { key: PREFIX + name, value: 'yes' };
}

/** The spec of the DaemonSet, without what the edit adds with its reasons. */
export function nodeTaskSpec({ name, image }: NodeTask): JsonObject {
  const labels = { [APP_NAME]: name };
  return {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels: { ...labels } },
      spec: {
        automountServiceAccountToken: false,
        containers: [
          {
            command: ['sh', '-euc', HOLD],
            image,
            name: 'done',
            resources: {
              limits: { memory: LEAST_MEMORY },
              requests: { cpu: '10m', memory: LEAST_MEMORY },
            },
            securityContext: { readOnlyRootFilesystem: true, ...AS_NOBODY },
          },
        ],
        securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
        terminationGracePeriodSeconds: 5,
      },
    },
    updateStrategy: { rollingUpdate: { maxUnavailable: '100%' }, type: 'RollingUpdate' },
  };
}

/** All that makes the DaemonSet a task on nodes, each with its reason. */
export function nodeTaskEdit(what: string, node: NodeTask): Edit {
  const { contracts, fields, nodes, steps, task, volumes } = node;
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
    reason: `${owner}: the library's own, for what it adds here`,
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
        reason: `${owner}: what it is for, so that RUNBOOK.md and REVIEW.md can say so`,
      },
      ...fields
        .filter(({ path }) => path[0] === 'hostIPC')
        .map(({ reason }) => acknowledge('SHM301', reason)),
      ...volumes
        .filter(({ path }) => path === DEV_SHM)
        .map(({ reason }) => acknowledge('SHM303', reason)),
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
        'comes to each such node, whatever taints it has',
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

/** How the construct of a task is called. */
export const TASK_OWNERS: Readonly<Record<TaskKind, string>> = {
  preflight: 'NodePreflight',
  cleanup: 'NodeCleanup',
};

/** The task of a DaemonSet, by its annotations. */
export function readNodeTask(annotations: unknown): ReadNodeTask | undefined {
  return annotationIn(annotations, NODE_TASK_ANNOTATION);
}
