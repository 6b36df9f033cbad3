import { paysFor } from './agent-edit';
import type { JsonObject } from '../../kube/json';
import { formatBytes } from '../../kube/quantity';
import type { AddVolume, ContainerNames, Edit, Mount, Operation } from '../../wire/edit';
import type { Using } from '../client/client-edit';
import { replacing, runsAs } from '../contract/agent-and-client-operations';
import { contractMark } from '../contract/contract-mark';
import type { AccessKind, ContractSpec, MemorySpec } from '../contract/contract-spec';
import { accessTo, ownerOf, podVolumeName } from '../contract/node-layout';
import { clientUmask, clientUser, umask, variables } from '../contract/process-operations';

type NamedObject = JsonObject & { name: string };

/**
 * The agent as the user defined it: its containers as Kubernetes YAML, and the volumes that they
 * mount.
 */
export interface RenderedAgent {
  readonly containers: readonly NamedObject[];
  readonly volumes: readonly NamedObject[];
  /** Name of the container that serves the memory and is charged for it. */
  readonly serving: string;
}

/**
 * Returns the edit for a workload that runs the agent in each of its own pods. System V memory
 * needs no volume, because the containers of a pod share their IPC namespace.
 */
export function sidecarEdit(
  spec: ContractSpec,
  template: string,
  agent: RenderedAgent,
  { access, containers, addToLimits, replaces = [] }: Using,
): Edit {
  const owner = ownerOf(spec);
  return {
    owner,
    key: `contract ${spec.namespace}/${spec.name} sidecar`,
    template,
    operations: [
      ...agent.containers.map((container): Operation => ({
        do: 'initContainer',
        container: sidecar(spec, container),
        reason: `${owner}: the agent as a native sidecar: starts before the containers of this pod and stops after them`,
      })),
      ...agent.volumes.map((volume): Operation => ({
        do: 'volume',
        volume,
        mounts: [],
        reason: `${owner}: a volume of the agent`,
      })),
      ...replacing(
        replaces,
        spec.memory.flatMap(m =>
          memoryVolume(spec, m, agent.serving, accessTo(m, access), containers),
        ),
      ),
      ...runsAs(spec, [agent.serving], { group: true, keepsRoot: false }),
      ...clientUser(spec, containers),
      ...variables(spec, [agent.serving]),
      ...variables(spec, containers),
      ...umask(spec, [agent.serving], 'readWrite'),
      ...clientUmask(spec, containers, access),
      ...(spec.groupId === undefined ? [] : [fsGroup(spec, spec.groupId)]),
      ...(spec.memory.some(m => m.api === 'systemV') ? [OWN_IPC] : []),
      ...(spec.hostPid === true ? [ownPid(spec)] : []),
      ...spec.memory.flatMap(m =>
        paysFor(spec, m, spec.chargedTo === 'client' ? containers : [agent.serving], addToLimits),
      ),
      ...alsoTouches(spec, agent.serving, access, containers, addToLimits),
      contractMark(spec, 'sidecar', access, containers),
    ],
  };
}

function sidecar(spec: ContractSpec, container: NamedObject): NamedObject {
  const securityContext = container.securityContext as JsonObject | undefined;
  const ids = {
    ...(spec.ownerId === undefined ? {} : { runAsUser: spec.ownerId }),
    ...(spec.groupId === undefined ? {} : { runAsGroup: spec.groupId }),
  };
  return {
    ...container,
    restartPolicy: 'Always',
    securityContext: {
      seccompProfile: { type: 'RuntimeDefault' },
      capabilities: { drop: ['ALL'] },
      ...ids,
      ...securityContext,
      ...(spec.ownerId === 0 ? { runAsNonRoot: false } : {}),
    },
  };
}

function memoryVolume(
  spec: ContractSpec,
  memory: MemorySpec,
  serving: string,
  access: AccessKind,
  containers: ContainerNames,
): AddVolume[] {
  if (memory.mountPath === undefined) {
    return [];
  }
  const owner = ownerOf(spec);
  const { mountPath } = memory;
  const client: Mount =
    access === 'readOnly'
      ? { containers, mountPath, readOnly: true, reason: `${owner}: this client only reads` }
      : {
          containers,
          mountPath,
          reason: `${owner}: this client writes, which the contract allows`,
        };
  return [
    {
      do: 'volume',
      volume: {
        name: podVolumeName(spec, memory),
        emptyDir: {
          medium: memory.hugePages === undefined ? 'Memory' : `HugePages-${memory.hugePages}`,
          sizeLimit:
            memory.api === 'descriptors' || memory.size === undefined
              ? SOCKET_SIZE
              : formatBytes(memory.size),
        },
      },
      mounts: [
        {
          containers: [serving],
          mountPath,
          reason: `${owner}: memory ${memory.name}, which this container writes`,
        },
        client,
      ],
      reason: `${owner}: ${memory.api === 'descriptors' ? `the socket of memory ${memory.name}` : `memory ${memory.name}`} ${memory.hugePages === undefined ? 'on a tmpfs of this pod, capped by the kernel' : 'in huge pages, for this pod alone'}`,
    },
  ];
}

/**
 * Returns the operations for a side that does not pay, but writes, so that it may touch a huge page
 * first: beyond the limit, it would get SIGBUS.
 */
function alsoTouches(
  spec: ContractSpec,
  serving: string,
  access: AccessKind,
  containers: ContainerNames,
  addToLimits: boolean,
): Operation[] {
  const other = spec.chargedTo === 'client' ? [serving] : containers;
  return spec.chargedTo === 'client' || access === 'readWrite'
    ? spec.memory
        .filter(({ hugePages }) => hugePages !== undefined)
        .flatMap(m => paysFor(spec, m, other, addToLimits))
    : [];
}

function fsGroup(spec: ContractSpec, groupId: number): Operation {
  return {
    do: 'set',
    in: 'pod',
    path: ['securityContext', 'fsGroup'],
    value: groupId,
    reason: `${ownerOf(spec)}: the group that may read the agent's memory; every container gets this group, and the kubelet gives the group every volume of this pod that has owners, including claims`,
  };
}

/** Size of a directory that contains only a socket and no data. */
const SOCKET_SIZE = '1Mi';

/**
 * Returns the operation for contracts with hostPid. Within a pod, the containers only need each
 * other's processes, not those of the node, so `shareProcessNamespace` is enough.
 */
function ownPid(spec: ContractSpec): Operation {
  return {
    do: 'set',
    in: 'pod',
    path: ['shareProcessNamespace'],
    value: true,
    reason: `${ownerOf(spec)}: asks for hostPid; within a pod, the containers need only each other's processes`,
  };
}

const OWN_IPC: Operation = {
  do: 'require',
  in: 'pod',
  path: ['hostIPC'],
  value: false,
  why: 'with hostIPC the agents of all pods on a node would share one IPC namespace',
  fix: 'remove hostIPC from the workload, or use NodeAgent',
};
