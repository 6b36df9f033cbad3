import type { JsonObject } from '../../kube/json';
import type { Edit, Operation } from '../../wire/edit';

/**
 * The defaults that NodeAgent sets on its DaemonSet. They restrict the privileges of the agent,
 * keep it from being evicted before its clients, and prevent two agents on one node.
 */
export interface AgentDefaults {
  readonly name: string;
  readonly ownerId?: number;
  readonly groupId?: number;
  /** Absent if the pods get the default priority of the cluster. */
  readonly priorityClassName?: string;
  readonly containers: readonly string[];
  /** The container that serves the memory. */
  readonly serving: string;
  readonly runtimeClassName?: string;
  readonly tolerations: readonly JsonObject[];
  /** Capabilities of the serving container. */
  readonly capabilities: readonly string[];
  /** Devices of the serving container: extended resources with their counts. */
  readonly devices: Readonly<Record<string, number>>;
  readonly updateStrategy: UpdateStrategy;
}

/** How a DaemonSet rolls out a new pod template to its nodes. */
export type UpdateStrategy =
  | { readonly type: 'OnDelete' }
  | {
      readonly type: 'RollingUpdate';
      readonly rollingUpdate: { readonly maxSurge: 0; readonly maxUnavailable: number | string };
    };

/**
 * Returns the edit that sets the fields of an agent's DaemonSet for which cdk8s-plus-27 has no
 * property.
 */
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
        agent.ownerId === 0
          ? "NodeAgent: root, the contract's ownerId"
          : "NodeAgent: the contract's ownerId, which writes the memory; not root",
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
      ...asked(agent),
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

/** Returns the operations for what the user asked for beyond the defaults. */
function asked(agent: AgentDefaults): Operation[] {
  const reason = 'NodeAgent: asked for in its properties';
  const inServing = { containers: [agent.serving] };
  return [
    ...(agent.ownerId === 0
      ? [
          {
            do: 'set' as const,
            in: inServing,
            path: ['securityContext', 'runAsNonRoot'],
            value: false,
            over: [true], // cdk8s-plus writes it for every container
            reason: "NodeAgent: root, the contract's ownerId",
          },
        ]
      : []),
    ...(agent.runtimeClassName === undefined
      ? []
      : [
          {
            do: 'set' as const,
            in: 'pod' as const,
            path: ['runtimeClassName'],
            value: agent.runtimeClassName,
            reason,
          },
        ]),
    ...agent.tolerations.map((item): Operation => ({
      do: 'include',
      in: 'pod',
      path: ['tolerations'],
      item,
      reason,
    })),
    ...agent.capabilities.map((item): Operation => ({
      do: 'include',
      in: inServing,
      path: ['securityContext', 'capabilities', 'add'],
      item,
      reason: `${reason}, for the container that serves the memory`,
    })),
    ...Object.entries(agent.devices).map(([resource, count]): Operation => ({
      do: 'set',
      in: inServing,
      path: ['resources', 'limits', resource],
      value: count,
      reason,
    })),
  ];
}
