import type { ContractSpec, MemorySpec } from './contract-spec';
import { ownerOf, volumeName } from './layout';
import type { AddVolume, ContainerNames, Mount, Operation } from '../wire/edit';

/** The nodes of a contract, alike for agent and clients: never podAffinity, which blocks the cluster autoscaler. */
export function placement(spec: ContractSpec): Operation[] {
  const { label, taint } = spec.nodes;
  const operations: Operation[] = [{
    do: 'set', in: 'pod', path: ['nodeSelector', label.key], value: label.value, reason: `${ownerOf(spec)}: the nodes that have the agent`,
  }];
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

/** The container that serves the memory runs as the contract's user, and as its group where nothing else gives what it makes to the readers. */
export function servesAs(spec: ContractSpec, containers: ContainerNames, group: boolean): Operation[] {
  const as = (field: string, value: number | undefined, why: string): Operation[] => value === undefined ? [] : [{
    do: 'require', in: { containers }, path: ['securityContext', field], value, why, fix: `remove the id from the container, or write ${value}; or change it in the contract`,
  }];
  return [
    ...as('runAsUser', spec.ownerId, 'the memory belongs to the contract\'s ownerId, and another user cannot write it'),
    ...group ? as('runAsGroup', spec.groupId, 'what the agent makes must belong to the contract\'s groupId, so that clients can read it') : [],
  ];
}

/** System V memory and POSIX message queues live in the kernel's IPC namespace. */
export function hostIpc(spec: ContractSpec): Operation[] {
  return !spec.memory.some(m => m.api === 'systemV') ? [] : [{
    do: 'set',
    in: 'pod',
    path: ['hostIPC'],
    value: true,
    reason: `${ownerOf(spec)}: System V memory lives in the kernel's IPC namespace, so both sides need the node's; every pod that has it can reach the memory`,
  }];
}

/** The node's own /dev/shm, where much existing software expects its objects. */
export function hostDevShm(spec: ContractSpec, memory: MemorySpec, mount: Mount): AddVolume {
  return {
    do: 'volume',
    volume: { name: volumeName(spec, memory), hostPath: { path: '/dev/shm', type: 'Directory' } },
    mounts: [mount],
    reason: `${ownerOf(spec)}: memory ${memory.name} in the node's own /dev/shm, which holds the objects of all pods that have it`,
  };
}
