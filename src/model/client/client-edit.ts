import { SAFE_TO_EVICT_VOLUMES } from '../../kube/well-known';
import type { ContainerNames, Edit, Operation } from '../../wire/edit';
import { paysFor } from '../agent/agent-edit';
import { KNOWN_CLIENT, waitStep } from '../agent/init-steps';
import { contractAcknowledgements } from '../contract/acknowledgement';
import {
  hostDevShm,
  hostNamespaces,
  placement,
  replacing,
} from '../contract/agent-and-client-operations';
import { contractMark } from '../contract/contract-mark';
import type { AccessKind, ContractSpec, MemorySpec } from '../contract/contract-spec';
import {
  accessTo,
  backingOf,
  claimName,
  memoriesWithDirectory,
  memoryDirectory,
  ownerOf,
  volumeName,
} from '../contract/node-layout';
import { clientUmask, clientUser, variables } from '../contract/process-operations';
import { clientLevel } from '../contract/selinux';

/** How a workload uses a contract as a client. */
export interface Using {
  readonly access: AccessKind;
  readonly containers: ContainerNames;
  readonly addToLimits: boolean;
  /** Names of volumes of the workload that the memory replaces. */
  readonly replaces?: readonly string[];
  /** Whether the workload already contains all that the contract needs. */
  readonly asIs?: boolean;
}

/** Returns the edit for the workload of a client of a contract. */
export function clientEdit(
  spec: ContractSpec,
  template: string,
  { access, containers, addToLimits, replaces = [], asIs = false }: Using,
): Edit {
  const owner = ownerOf(spec);
  const volumesOf = (memory: MemorySpec) =>
    volumes(spec, memory, accessTo(memory, access), containers, asIs);
  const operations: Operation[] = [
    ...(asIs ? [{ do: 'asIs' } as const] : []),
    ...waitsFor(spec, access, containers),
    ...replacing(replaces, spec.memory.flatMap(volumesOf)),
    ...(asIs ? [] : spec.memory.flatMap(memory => safeToEvict(spec, memory))),
    ...hostNamespaces(spec),
    ...clientLevel(spec, containers, access),
    ...group(spec, access),
    ...clientUser(spec, containers),
    ...variables(spec, containers),
    ...clientUmask(spec, containers, access),
    ...placement(spec, asIs),
    ...(spec.chargedTo === 'client'
      ? spec.memory.flatMap(m => paysFor(spec, m, containers, addToLimits))
      : []),
    contractMark(spec, 'client', access, containers),
    ...contractAcknowledgements(spec),
  ];
  return { owner, key: `contract ${spec.namespace}/${spec.name} client`, template, operations };
}

function waitsFor(spec: ContractSpec, access: AccessKind, containers: ContainerNames): Operation[] {
  const container = waitStep(spec, access);
  const why =
    spec.readyWhen?.file !== undefined && memoriesWithDirectory(spec).length > 0
      ? 'waits for what the agent makes last; the mount alone only waits for the directory'
      : 'waits for what the agent makes; nothing else would wait for it';
  return container
    ? [
        {
          do: 'initContainer',
          container,
          asUserOf: { containers, variable: KNOWN_CLIENT },
          reason: `${ownerOf(spec)}: ${why}`,
        },
      ]
    : [];
}

function volumes(
  spec: ContractSpec,
  memory: MemorySpec,
  access: AccessKind,
  containers: ContainerNames,
  asIs: boolean,
): Operation[] {
  if (memory.mountPath === undefined) {
    return [];
  }
  const owner = ownerOf(spec);
  const name = volumeName(spec, memory);
  const readOnly = access === 'readOnly' ? { readOnly: true } : {};
  const mount = {
    containers,
    mountPath: memory.mountPath,
    ...readOnly,
    reason: `${owner}: ${mountReason(memory, access)}`,
  };
  if (backingOf(spec, memory) === 'devShm') {
    return [hostDevShm(spec, memory, mount)];
  }
  if (spec.clientVolume === 'hostPath') {
    const hostPath = { path: memoryDirectory(spec, memory), type: 'Directory' };
    const reason = asIs
      ? `${owner}: memory ${memory.name} through the hostPath that the workload has`
      : `${owner}: memory ${memory.name} through a hostPath, as the contract says; the pod waits until the agent has made the directory`;
    return [{ do: 'volume', volume: { name, hostPath }, mounts: [mount], reason }];
  }
  const persistentVolumeClaim = { claimName: claimName(spec, memory, access), ...readOnly };
  const reason = `${owner}: memory ${memory.name} through the claim that the platform granted to this namespace`;
  return [
    { do: 'volume', volume: { name, persistentVolumeClaim }, mounts: [mount], reason },
    ...(access === 'readWrite' ? [requireGroup(spec)] : []),
  ];
}

function mountReason(memory: MemorySpec, access: AccessKind): string {
  const use =
    access === 'readOnly'
      ? 'this client only reads'
      : 'this client writes, which the contract allows';
  if (memory.api === 'descriptors') {
    return 'the socket over which the agent passes the memory; connecting needs no write access to its directory';
  }
  return memory.api === 'posix' ? `${use}; replaces the container's own /dev/shm` : use;
}

/** Returns the operation for a memory that clients mount with a hostPath volume. */
function safeToEvict(spec: ContractSpec, memory: MemorySpec): Operation[] {
  const isHostPath = backingOf(spec, memory) === 'devShm' || spec.clientVolume === 'hostPath';
  if (memory.mountPath === undefined || !isHostPath) {
    return [];
  }
  return [
    {
      do: 'include',
      in: 'template',
      path: ['metadata', 'annotations', SAFE_TO_EVICT_VOLUMES],
      item: volumeName(spec, memory),
      isVolume: true,
      separator: ',',
      reason: `${ownerOf(spec)}: nothing of this pod is lost with the volume, so the cluster autoscaler may drain the node`,
    },
  ];
}

function group(spec: ContractSpec, access: AccessKind): Operation[] {
  const isForSockets = spec.memory.every(({ api }) => api === 'descriptors');
  const may = isForSockets
    ? "connect to the agent's socket"
    : `${access === 'readOnly' ? 'read' : 'read and write'} the agent's memory`;
  return spec.groupId === undefined
    ? []
    : [
        {
          do: 'include',
          in: 'pod',
          path: ['securityContext', 'supplementalGroups'],
          item: spec.groupId,
          reason: `${ownerOf(spec)}: the group that may ${may}`,
        },
      ];
}

function requireGroup(spec: ContractSpec): Operation {
  return {
    do: 'require',
    in: 'pod',
    path: ['securityContext', 'fsGroup'],
    value: spec.groupId ?? null,
    why: "the kubelet would give the agent's live memory to another group",
    fix: `remove fsGroup, or write fsGroup: ${spec.groupId}`,
  };
}
