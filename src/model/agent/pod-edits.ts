import { formatBytes } from '../../kube/quantity';
import { DEV_SHM } from '../../kube/well-known';
import type { ContainerNames, Edit } from '../../wire/edit';

/**
 * A /dev/shm of the pod itself, of a size of its own instead of the 64 MiB of the container
 * runtime.
 */
export function podSharedMemoryEdit(
  bytes: number,
  template: string,
  containers: ContainerNames,
  addToLimits: boolean,
): Edit {
  const owner = 'PodSharedMemory';
  const size = formatBytes(bytes);
  return {
    owner,
    key: 'PodSharedMemory',
    template,
    operations: [
      {
        do: 'volume',
        volume: { name: 'dev-shm', emptyDir: { medium: 'Memory', sizeLimit: size } },
        mounts: [
          {
            containers,
            mountPath: DEV_SHM,
            reason: `${owner}: replaces the container's own /dev/shm, which is 64Mi`,
          },
        ],
        reason: `${owner}: a /dev/shm of ${size}, private to each pod and capped by the kernel`,
      },
      {
        do: 'memory',
        containers,
        bytes,
        ...(addToLimits ? { add: true } : {}),
        reason: `${owner}: holds the ${size} of /dev/shm, which count as memory of the container that touches them first`,
      },
    ],
  };
}

/** What Pod Security "restricted" asks for. */
export function restrictedEdit(template: string): Edit {
  const owner = 'PodSecurity.restricted()';
  return {
    owner,
    key: owner,
    template,
    operations: [
      {
        do: 'restrict',
        reason: 'PodSecurity.restricted(): asked for by Pod Security "restricted"',
      },
    ],
  };
}

/**
 * The defaults of an agent that NodeAgent makes: what keeps it small in privilege, and in place.
 */
export interface AgentDefaults {
  readonly name: string;
  readonly ownerId?: number;
  readonly groupId?: number;
  /** Absent where the pods get the cluster's default. */
  readonly priorityClassName?: string;
  readonly containers: readonly string[];
  readonly updateStrategy: UpdateStrategy;
}

/** How a DaemonSet brings a new pod template to its nodes. */
export type UpdateStrategy =
  | { readonly type: 'OnDelete' }
  | {
      readonly type: 'RollingUpdate';
      readonly rollingUpdate: { readonly maxSurge: 0; readonly maxUnavailable: number | string };
    };

/** The fields of an agent's DaemonSet that cdk8s-plus-27 has no property for. */
export function agentDefaultsEdit(agent: AgentDefaults): Edit {
  const { containers } = agent;
  const securityContext = (field: string, value: number | undefined, reason: string) =>
    value === undefined
      ? []
      : [
          {
            do: 'set' as const,
            in: 'pod' as const,
            path: ['securityContext', field],
            value,
            reason,
          },
        ];
  return {
    owner: `NodeAgent ${agent.name}`,
    key: 'NodeAgent defaults',
    template: '/spec/template',
    operations: [
      { do: 'explain', reason: `NodeAgent ${agent.name}: one pod on each node of the contract` },
      {
        do: 'set',
        in: 'object',
        path: ['spec', 'updateStrategy'],
        value: { ...agent.updateStrategy },
        reason: `NodeAgent: ${updateWords(agent.updateStrategy)}, and never two agents on one node: they would write the same memory`,
      },
      ...(agent.priorityClassName === undefined
        ? []
        : [
            {
              do: 'set' as const,
              in: 'pod' as const,
              path: ['priorityClassName'],
              value: agent.priorityClassName,
              reason:
                'NodeAgent: clients depend on the agent, so it is scheduled before and evicted after them',
            },
          ]),
      ...securityContext(
        'runAsUser',
        agent.ownerId,
        "NodeAgent: the contract's ownerId, which writes the memory; not root",
      ),
      ...securityContext(
        'runAsGroup',
        agent.groupId,
        "NodeAgent: the contract's groupId, so that what the agent makes belongs to the group of its readers",
      ),
      {
        do: 'set',
        in: 'pod',
        path: ['securityContext', 'seccompProfile'],
        value: { type: 'RuntimeDefault' },
        reason: "NodeAgent: the container runtime's system call filter",
      },
      {
        do: 'include',
        in: { containers },
        path: ['securityContext', 'capabilities', 'drop'],
        item: 'ALL',
        reason: 'NodeAgent: sharing memory needs no capability',
      },
    ],
  };
}

function updateWords(strategy: UpdateStrategy): string {
  if (strategy.type === 'OnDelete') {
    return 'a node gets the new agent when somebody deletes its pod';
  }
  const { maxUnavailable } = strategy.rollingUpdate;
  return maxUnavailable === 1
    ? 'one node after the other'
    : `${maxUnavailable} of the nodes at once`;
}
