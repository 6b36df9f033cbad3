import {
  agentVolumeName,
  measureStep,
  mountHugePagesStep,
  mountStep,
  prepareStep,
  sweepStep,
} from './init-steps';
import { formatBytes } from '../../kube/quantity';
import type { ContainerNames, Edit, Mount, Operation } from '../../wire/edit';
import { contractAcknowledgements } from '../contract/acknowledgement';
import {
  hostDevShm,
  hostNamespaces,
  placement,
  replacing,
  runsAs,
} from '../contract/agent-and-client-operations';
import { contractMark } from '../contract/contract-mark';
import type { ContractSpec, MemorySpec, NodesSpec } from '../contract/contract-spec';
import {
  backingOf,
  contractDirectory,
  memoriesWithDirectory,
  memoryPath,
  ownerOf,
} from '../contract/node-layout';
import { umask, variables } from '../contract/process-operations';
import { agentLevel, isForSeLinux } from '../contract/selinux';

/** How a workload serves a contract as its agent. */
export interface Serving {
  /** Identifies the agent in the owner marker on the node (the file `.owner`). */
  readonly agent: string;
  readonly containers: ContainerNames;
  /** The image of the init containers. Required if a memory has a directory on the node. */
  readonly toolImage?: string;
  /** The subset of the contract's nodes that this workload serves. Absent for all of them. */
  readonly nodes?: NodesSpec;
  /**
   * Whether the memory limits of the containers only cover their own needs. If so, the shared bytes
   * are added to the limits.
   */
  readonly addToLimits: boolean;
  /**
   * Names of the files of an earlier agent that are kept; the sweep step removes all others. Absent
   * if nothing is removed.
   */
  readonly sweepAllBut?: readonly string[];
  /** Whether the workload is of a kind that can have several pods on one node. */
  readonly isOnOneNode?: boolean;
  /** Names of volumes of the workload that the memory replaces. */
  readonly replaces: readonly string[];
  /** Whether a container that explicitly runs as root stays root. */
  readonly keepsRoot: boolean;
  /** Whether the workload already contains all that the contract needs. */
  readonly asIs?: boolean;
}

/** Returns the edit for the workload that serves a contract. */
export function agentEdit(spec: ContractSpec, template: string, serving: Serving): Edit {
  const owner = ownerOf(spec);
  const { containers, addToLimits, asIs = false } = serving;
  return {
    owner,
    key: `contract ${spec.namespace}/${spec.name} agent`,
    template,
    operations: [
      ...(asIs ? [{ do: 'asIs' } as const] : []),
      ...replacing(serving.replaces, [
        ...directories(spec, serving),
        ...spec.memory
          .filter(m => backingOf(spec, m) === 'devShm')
          .map(m =>
            hostDevShm(spec, m, {
              containers,
              mountPath: String(m.mountPath),
              reason: `${owner}: memory ${m.name}, which this container writes`,
            }),
          ),
      ]),
      ...hostNamespaces(spec),
      ...agentLevel(spec, containers),
      ...user(spec, serving),
      ...variables(spec, containers),
      ...umask(spec, containers, 'readWrite'),
      ...placement(spec, asIs),
      ...(serving.nodes ? placement({ ...spec, nodes: serving.nodes }) : []),
      ...(spec.chargedTo === 'client'
        ? []
        : spec.memory.flatMap((m): Operation[] => paysFor(spec, m, containers, addToLimits))),
      ...(serving.isOnOneNode === true ? [{ do: 'oneOnNode' } as const] : [ONE_AT_A_TIME]),
      contractMark(spec, 'agent', 'readWrite', containers),
      ...contractAcknowledgements(spec),
    ],
  };
}

/**
 * Returns the operation that requires a container's limit of memory, or of huge pages, to cover a
 * memory. If `add` is set, the operation adds the bytes to the limit. The kernel charges each page
 * to the container that touches it first. There is no operation for a memory whose size is not
 * known.
 */
export function paysFor(
  spec: ContractSpec,
  memory: MemorySpec,
  containers: ContainerNames,
  add: boolean,
): Operation[] {
  if (memory.size === undefined) {
    return [];
  }
  if (memory.hugePages !== undefined) {
    const { size: bytes, hugePages: pages } = memory;
    const why = `${ownerOf(spec)}: holds the ${formatBytes(bytes)} of memory ${memory.name} in huge pages of ${pages}, which this container touches first`;
    return [{ do: 'hugePages', containers, pages, bytes, ...(add ? { add } : {}), reason: why }];
  }
  const reason = `${ownerOf(spec)}: holds the ${formatBytes(memory.size)} of memory ${memory.name}, ${who(spec)}`;
  return [{ do: 'memory', containers, bytes: memory.size, ...(add ? { add } : {}), reason }];
}

/** Says who pays: whoever touches a page first. If both sides write, nobody knows who that is. */
function who({ clients, chargedTo }: ContractSpec): string {
  return clients === 'readWrite' && chargedTo !== 'client'
    ? 'and pays for each page that it touches before a client does'
    : 'which this container touches first and so pays for';
}

/**
 * Returns the operations for the user of the agent. The directory of a memory is setgid, so its
 * files get the group; whoever makes a directory itself decides who owns it.
 */
function user(spec: ContractSpec, { containers, keepsRoot }: Serving): Operation[] {
  const own = spec.memory.filter(memory => memory.existing === undefined);
  const withDirectory = memoriesWithDirectory(spec);
  return own.length === 0
    ? []
    : runsAs(spec, containers, {
        group: own.some(memory => !withDirectory.includes(memory)),
        keepsRoot,
      });
}

const ONE_AT_A_TIME: Operation = {
  do: 'require',
  in: 'object',
  path: ['spec', 'updateStrategy', 'rollingUpdate', 'maxSurge'],
  value: 0,
  why: 'the old and the new agent of a node would write the same memory at the same time',
  fix: 'write maxSurge: 0, with maxUnavailable: 1',
};

function directories(
  spec: ContractSpec,
  { agent, containers, toolImage, sweepAllBut }: Serving,
): Operation[] {
  const memories = memoriesWithDirectory(spec);
  if (memories.length === 0 || toolImage === undefined) {
    return [];
  }
  const owner = ownerOf(spec);
  const step = (container: ReturnType<typeof mountStep>, reason: string): Operation[] =>
    container ? [{ do: 'initContainer', container, reason: `${owner}: ${reason}` }] : [];
  return [
    ...step(
      prepareStep(spec, toolImage, agent),
      `makes the directories of the memory on the node; runs as root with no capability but CHOWN, because the agent itself is not root${isForSeLinux(spec) ? '; and as spc_t, because SELinux forbids confined containers to make directories there' : ''}`,
    ),
    ...step(
      mountStep(spec, toolImage),
      `mounts a tmpfs of exactly the size${isForSeLinux(spec) ? ', with an SELinux label that containers may use' : ''}; is privileged, because no other container may mount what the node and its clients see`,
    ),
    ...step(
      mountHugePagesStep(spec, toolImage),
      'mounts a hugetlbfs of exactly the size; is privileged, because no other container may mount what the node and its clients see',
    ),
    ...(sweepAllBut === undefined
      ? []
      : step(
          sweepStep(spec, toolImage, sweepAllBut),
          "removes what an earlier agent left, as Leftovers.sweep() says; runs as the agent's user",
        )),
    ...step(
      measureStep(spec, toolImage),
      "refuses to start over leftovers that exceed the size; runs as the agent's user",
    ),
    {
      do: 'volume',
      volume: {
        name: agentVolumeName(spec),
        hostPath: { path: contractDirectory(spec), type: 'DirectoryOrCreate' },
      },
      mounts: memories.map((m): Mount => ({
        containers,
        mountPath: String(m.mountPath),
        subPath: memoryPath(spec, m),
        reason: `${owner}: memory ${m.name}, which this container writes`,
      })),
      reason: `${owner}: the contract's directory on the node, from where the clients' pods mount it`,
    },
  ];
}
