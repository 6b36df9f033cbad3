import type { ContractSpec, MemorySpec } from './contract-spec';
import { ownerOf, volumeName } from './node-layout';
import { DEV_SHM, NODE_OS } from '../../kube/well-known';
import type { AddVolume, ContainerNames, Mount, Operation, RunAs } from '../../wire/edit';

/**
 * Returns the operations that place agent and clients on the same nodes, with a nodeSelector and a
 * toleration. They do not use podAffinity, because it blocks the cluster autoscaler.
 *
 * @param asIs whether the pods run already as they are. Then "all Linux nodes" adds nothing.
 */
export function placement(spec: ContractSpec, asIs = false): Operation[] {
  const { label, taint } = spec.nodes;
  if (asIs && label.key === NODE_OS) {
    return [
      {
        do: 'require',
        in: 'pod',
        path: ['nodeSelector', label.key],
        value: label.value,
        why: 'no other system has this shared memory',
        fix: `remove it, or write ${label.key}: ${label.value}`,
      },
    ];
  }
  const operations: Operation[] = [
    {
      do: 'set',
      in: 'pod',
      path: ['nodeSelector', label.key],
      value: label.value,
      reason: `${ownerOf(spec)}: the nodes that have the agent`,
    },
  ];
  if (taint) {
    operations.push({
      do: 'include',
      in: 'pod',
      path: ['tolerations'],
      item: { effect: taint.effect, key: taint.key, operator: 'Equal', value: taint.value },
      reason: `${ownerOf(spec)}: these nodes are dedicated and keep other pods away`,
    });
  }
  return operations;
}

/**
 * Returns the operations that make the serving container run as the contract's owner. If `group` is
 * set, the container also runs with the contract's group, which is needed if nothing else gives the
 * files that it creates to the readers' group. If `keepsRoot` is set, a container that is
 * explicitly set to run as root stays root.
 */
export function runsAs(
  spec: ContractSpec,
  containers: ContainerNames,
  options: { group: boolean; keepsRoot: boolean },
): Operation[] {
  const as = (
    field: RunAs['field'],
    id: number | undefined,
    keepsRoot: boolean,
    why: string,
  ): Operation[] =>
    id === undefined
      ? []
      : [
          {
            do: 'runAs',
            containers,
            field,
            id,
            orRoot: keepsRoot,
            why,
            reason: `${ownerOf(spec)}: ${why}`,
          },
        ];
  return [
    ...as(
      'runAsUser',
      spec.ownerId,
      options.keepsRoot,
      "the memory belongs to the contract's ownerId, and another user cannot write it",
    ),
    ...(options.group
      ? as(
          'runAsGroup',
          spec.groupId,
          false,
          "what the agent makes must belong to the contract's groupId, so that clients can read it",
        )
      : []),
  ];
}

/** Returns the operations that set the host namespaces that the contract needs on both sides. */
export function hostNamespaces(spec: ContractSpec): Operation[] {
  const owner = ownerOf(spec);
  const set = (field: string, value: true | string, reason: string, over?: string): Operation => ({
    do: 'set',
    in: 'pod',
    path: [field],
    value,
    ...(over === undefined ? {} : { over: [over] }),
    reason: `${owner}: ${reason}`,
  });
  return [
    ...(spec.memory.some(m => m.api === 'systemV')
      ? [
          set(
            'hostIPC',
            true,
            "System V memory lives in the kernel's IPC namespace, so both sides need the node's; every pod that has it can reach the memory, and each container gets the node's /dev/shm instead of its own",
          ),
        ]
      : []),
    ...(spec.hostPid === true
      ? [
          set(
            'hostPID',
            true,
            'asks for hostPid: both sides see, and may signal, the processes of the node',
          ),
        ]
      : []),
    ...(spec.hostNetwork === true
      ? [
          set(
            'hostNetwork',
            true,
            'asks for hostNetwork: both sides use the network, the ports and the loopback of the node',
          ),
          // hostNetwork changes the meaning of ClusterFirst: the kubelet would silently give the
          // pod the node's resolver.
          set(
            'dnsPolicy',
            'ClusterFirstWithHostNet',
            'with hostNetwork, ClusterFirst would no longer find Services',
            'ClusterFirst',
          ),
        ]
      : []),
  ];
}

/**
 * Returns the volume for the node's own /dev/shm, where much existing software expects its objects.
 */
export function hostDevShm(spec: ContractSpec, memory: MemorySpec, mount: Mount): AddVolume {
  return {
    do: 'volume',
    volume: { name: volumeName(spec, memory), hostPath: { path: DEV_SHM, type: 'Directory' } },
    mounts: [mount],
    reason: `${ownerOf(spec)}: memory ${memory.name} in the node's own /dev/shm, which holds the objects of all pods that have it`,
  };
}

/** Lets the volumes that an edit mounts replace volumes of the workload. */
export function replacing(
  replaces: readonly string[],
  operations: readonly Operation[],
): Operation[] {
  return operations.map(operation =>
    replaces.length > 0 && operation.do === 'volume' && operation.mounts.length > 0
      ? { ...operation, replaces }
      : operation,
  );
}
