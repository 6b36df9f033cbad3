import { MEASURE, mountHugePagesScript, mountScript, PREPARE, SWEEP } from './init-scripts';
import {
  AS_NOBODY,
  AS_ROOT,
  kibibytesOf,
  shownKey,
  step,
  UNPRIVILEGED,
  type InitContainer,
} from './script-step';
import { waitScript, type Awaited } from './wait-script';
import type { JsonObject } from '../../kube/json';
import type { AccessKind, ContractSpec, MemorySpec } from '../contract/contract-spec';
import { HUGE_PAGE_BYTES } from '../contract/huge-pages';
import {
  backingOf,
  contractDirectory,
  entryOf,
  memoriesWithDirectory,
  memoryDirectoryMode,
  memoryPath,
  volumeName,
} from '../contract/node-layout';
import { isForSeLinux, unconfinedStep } from '../contract/selinux';

/**
 * Memory limit of the steps that run du and rm. The GNU versions keep all file names of a directory
 * in memory: 28 MiB for 150,000 files.
 */
const MEASURING = '64Mi';

/**
 * Returns the name of the agent's own volume, which contains the whole directory of the contract.
 */
export function agentVolumeName(spec: ContractSpec): string {
  return `${spec.name}-shared-memory`;
}

/** Returns the step that creates the directories of a contract. */
export function prepareStep(spec: ContractSpec, image: string, agent: string): InitContainer {
  return step(`prepare-${spec.name}`, image, PREPARE, {
    fields: { POD: 'metadata.uid' },
    env: {
      DIRECTORY: contractDirectory(spec),
      AGENT: agent,
      VERSION: spec.version,
      MEMORIES: memoriesWithDirectory(spec)
        .filter(m => backingOf(spec, m) === 'directory')
        .map(m => `${m.name}:${memoryDirectoryMode(spec, m)}`)
        .join(' '),
      OWNER: `${spec.ownerId}:${spec.groupId}`,
    },
    securityContext: {
      ...UNPRIVILEGED,
      ...AS_ROOT,
      capabilities: { add: ['CHOWN'], drop: ['ALL'] },
      ...unconfinedStep(spec),
    },
    volumeMounts: [{ mountPath: '/node', name: agentVolumeName(spec) }],
  });
}

/**
 * Returns the step that mounts each tmpfs of a contract on the node. Absent if the contract has
 * none.
 */
export function mountStep(spec: ContractSpec, image: string): InitContainer | undefined {
  const memories = spec.memory.filter(m => backingOf(spec, m) === 'tmpfs');
  const executable = memories.filter(m => m.executable === true).map(({ name }) => name);
  const needs = { seLinux: isForSeLinux(spec) };
  return memories.length === 0
    ? undefined
    : step(`mount-${spec.name}`, image, mountScript(needs), {
        env: {
          ...(executable.length > 0 ? { EXECUTABLE: executable.join(' ') } : {}),
          DIRECTORY: contractDirectory(spec),
          VERSION: spec.version,
          MEMORIES: memories
            .map(m => `${m.name}:${memoryDirectoryMode(spec, m)}:${tmpfsKibibytes(m)}`)
            .join(' '),
          OWNER: `${spec.ownerId}:${spec.groupId}`,
        },
        securityContext: { ...AS_ROOT, privileged: true },
        volumeMounts: [
          { mountPath: '/node', mountPropagation: 'Bidirectional', name: agentVolumeName(spec) },
        ],
      });
}

/** Returns the name of the step that mounts each hugetlbfs of a contract. */
export function mountHugePagesStepName(contract: string): string {
  return `mount-huge-pages-${contract}`;
}

/**
 * Returns the step that mounts each hugetlbfs of a contract on the node. Absent if the contract has
 * none.
 */
export function mountHugePagesStep(spec: ContractSpec, image: string): InitContainer | undefined {
  const needs = { seLinux: isForSeLinux(spec) };
  const memories = spec.memory.flatMap(m =>
    m.hugePages === undefined
      ? []
      : [
          `${entryOf(m)}:${memoryDirectoryMode(spec, m)}:${HUGE_PAGE_BYTES[m.hugePages] / 2 ** 20}M:${m.size}`,
        ],
  );
  return memories.length === 0
    ? undefined
    : step(mountHugePagesStepName(spec.name), image, mountHugePagesScript(needs), {
        env: {
          DIRECTORY: contractDirectory(spec),
          VERSION: spec.version,
          MEMORIES: memories.join(' '),
          OWNER: `${spec.ownerId}:${spec.groupId}`,
        },
        securityContext: { ...AS_ROOT, privileged: true },
        volumeMounts: [
          { mountPath: '/node', mountPropagation: 'Bidirectional', name: agentVolumeName(spec) },
        ],
      });
}

/** Returns the step that removes what an earlier agent left, except for the names to keep. */
export function sweepStep(
  spec: ContractSpec,
  image: string,
  keep: readonly string[],
): InitContainer {
  const memories = memoriesWithDirectory(spec);
  return step(`sweep-${spec.name}`, image, SWEEP, {
    env: {
      DIRECTORY: `${contractDirectory(spec)}/${spec.version}`,
      KEEP: keep.join(' '),
      MEMORIES: memories.map(m => m.name).join(' '),
    },
    memory: MEASURING,
    securityContext: asOwner(spec),
    volumeMounts: memories.map(m => ({
      mountPath: `/memory/${m.name}`,
      name: agentVolumeName(spec),
      subPath: memoryPath(spec, m),
    })),
  });
}

/**
 * Returns the step that measures what an earlier agent left. Absent if the kernel limits the size
 * of every memory.
 */
export function measureStep(spec: ContractSpec, image: string): InitContainer | undefined {
  const memories = memoriesWithDirectory(spec).filter(m => backingOf(spec, m) === 'directory');
  return memories.length === 0
    ? undefined
    : step(`measure-${spec.name}`, image, MEASURE, {
        env: {
          DIRECTORY: `${contractDirectory(spec)}/${spec.version}`,
          MEMORIES: memories.map(m => `${m.name}:${kibibytesOf(m)}`).join(' '),
        },
        memory: MEASURING,
        securityContext: asOwner(spec),
        volumeMounts: memories.map(m => ({
          mountPath: `/memory/${m.name}`,
          name: agentVolumeName(spec),
          readOnly: true,
          subPath: memoryPath(spec, m),
        })),
      });
}

/** Returns the name of the client's step that waits for a contract. */
export function waitStepName(contract: string): string {
  return `wait-for-${contract}`;
}

/**
 * Returns the step that waits in a client's pod. Absent if the contract does not set `readyWhen`.
 * It runs as nobody, unless the user of the client is known: then `asUserOf` in its operation makes
 * it run as that user, and {@link KNOWN_CLIENT} lets it fail.
 */
export function waitStep(spec: ContractSpec, access: AccessKind): InitContainer | undefined {
  const ready = spec.readyWhen;
  if (!ready) {
    return undefined;
  }
  const memory = spec.memory.find(
    m => m.mountPath !== undefined && (ready.memory === undefined || m.name === ready.memory),
  );
  const path = ready.file ?? ready.socket;
  const file = path !== undefined && memory;
  const kind: Awaited = !file ? 'systemVKey' : ready.file === undefined ? 'socket' : 'file';
  const what = file ? `${file.mountPath}/${path}` : shownKey(Number(ready.systemVKey));
  return step(waitStepName(spec.name), ready.toolImage, waitScript(kind), {
    env: {
      CONTRACT: spec.name,
      UNTIL: `${kind}:${what}`,
      ACCESS: access,
      [KNOWN_CLIENT.name]: 'unknown',
    },
    // the pod's supplementalGroups add the group that may read
    securityContext: { ...AS_NOBODY, seccompProfile: { type: 'RuntimeDefault' } },
    volumeMounts: file
      ? [
          {
            mountPath: String(file.mountPath),
            name: volumeName(spec, file),
            ...(access === 'readOnly' || file.api === 'descriptors' ? { readOnly: true } : {}),
          },
        ]
      : [],
  });
}

/** The variable that tells the step that waits whether it runs as the user of the client. */
export const KNOWN_CLIENT = { name: 'CLIENT', value: 'known' };

function asOwner(spec: ContractSpec): JsonObject {
  return {
    ...UNPRIVILEGED,
    runAsGroup: spec.groupId,
    runAsNonRoot: spec.ownerId !== 0,
    runAsUser: spec.ownerId,
  };
}

/** Size of the tmpfs for the socket of descriptors, in KiB: the memory itself is not in it. */
const SOCKET_KIBIBYTES = 1024;

/** Returns the size of the tmpfs of a memory, in KiB. */
export function tmpfsKibibytes(memory: Pick<MemorySpec, 'api' | 'size'>): number {
  return memory.api === 'descriptors' ? SOCKET_KIBIBYTES : kibibytesOf(memory);
}
