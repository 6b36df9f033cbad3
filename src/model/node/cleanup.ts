import { CHECK } from './cleanup-check-script';
import { REMOVE, REMOVE_OBJECTS, UNMOUNT } from './cleanup-scripts';
import { TASK_REASONS, type NodeTask, type NodeVolume } from './node-task';
import { DEV_SHM } from '../../kube/well-known';
import {
  AS_NOBODY,
  AS_ROOT,
  SAYS_NODE,
  shownKey,
  step,
  UNPRIVILEGED,
  type InitContainer,
} from '../agent/script-step';
import type { ContractSpec } from '../contract/contract-spec';
import { backingOf, contractDirectory } from '../contract/node-layout';
import { unconfinedStep } from '../contract/selinux';

/**
 * The shared memory of a contract that is not stored in a directory: System V segments, identified
 * by key, and objects in the node's /dev/shm, identified by name.
 */
export interface Objects {
  readonly keys: readonly number[];
  readonly names: readonly string[];
}

const WHY = TASK_REASONS.cleanup;
const CHECK_STEP = 'check';
const AT_NODE = { mountPath: '/node', name: 'contract' };

/**
 * Returns the task that removes what a contract's agents left on a node, after checking that no
 * process uses it.
 */
export function cleanup(
  name: string,
  spec: ContractSpec,
  { keys, names }: Objects,
  nodes: NodeTask['nodes'],
  image: string,
): NodeTask {
  const has = (...backings: string[]) =>
    spec.memory.some(m => backings.includes(backingOf(spec, m)));
  const hasDirectory = has('directory', 'tmpfs', 'hugetlbfs');
  const hasFiles = hasDirectory || has('devShm');
  const directory: NodeVolume = {
    name: 'contract',
    path: contractDirectory(spec),
    type: 'DirectoryOrCreate',
    reason: WHY.directory,
  }; // on a node without the directory, there is nothing to clean up
  return {
    task: 'cleanup',
    name,
    namespace: spec.namespace,
    contracts: [spec.name],
    nodes,
    image,
    unconfined: hasFiles ? [{ container: CHECK_STEP, reason: WHY.unconfined }] : [],
    volumes: [
      ...(hasDirectory ? [directory] : []),
      ...(has('devShm')
        ? [{ name: 'dev-shm', path: DEV_SHM, type: 'Directory', reason: WHY['/dev/shm'] } as const]
        : []),
    ],
    fields: [
      { path: ['hostPID'], value: true, reason: WHY.hostPID },
      ...(has('hostIpc') ? [{ path: ['hostIPC'], value: true, reason: WHY.hostIPC }] : []),
    ],
    steps: [
      {
        container: check(spec, { keys, names }, hasDirectory, has('devShm'), image),
        reason: `fails while a process of the node has the memory; nothing is removed before it succeeds${hasFiles ? `. It ${WHY.look}` : ''}`,
      },
      ...(has('tmpfs', 'hugetlbfs')
        ? [{ container: unmount(spec, image), reason: WHY.unmount }]
        : []),
      ...(hasDirectory ? [{ container: remove(spec, image), reason: WHY.remove }] : []),
      ...(has('devShm', 'hostIpc')
        ? [
            {
              container: removeObjects(spec, { keys, names }, has('devShm'), image),
              reason:
                "removes the objects of the contract as the user who owns them, and can remove nobody else's",
            },
          ]
        : []),
    ],
  };
}

/**
 * Segments have a count of attachments, which any user can read. To see what a process has mapped
 * or open, the check must be allowed to trace that process. To list the files of an agent, it must
 * be allowed to enter the agent's directories.
 */
function check(
  spec: ContractSpec,
  { keys, names }: Objects,
  hasDirectory: boolean,
  hasDevShm: boolean,
  image: string,
): InitContainer {
  return step(CHECK_STEP, image, CHECK, {
    fields: SAYS_NODE,
    env: {
      CONTRACT: `${spec.namespace}.${spec.name}`,
      ...(hasDirectory ? { DIRECTORY: contractDirectory(spec) } : {}),
      ...keysOf(keys),
      ...namesOf(names),
    },
    memory: '64Mi', // awk keeps what processes have open on the file system of the memory
    securityContext:
      hasDirectory || hasDevShm
        ? {
            ...UNPRIVILEGED,
            ...AS_ROOT,
            capabilities: { add: ['SYS_PTRACE', 'DAC_READ_SEARCH'], drop: ['ALL'] },
            ...unconfinedStep(spec),
          }
        : AS_NOBODY,
    volumeMounts: [
      ...(hasDirectory ? [{ ...AT_NODE, readOnly: true }] : []),
      ...(hasDevShm ? [{ mountPath: '/node-shm', name: 'dev-shm', readOnly: true }] : []),
    ],
  });
}

function unmount(spec: ContractSpec, image: string): InitContainer {
  return step('unmount', image, UNMOUNT, {
    fields: SAYS_NODE,
    env: { DIRECTORY: contractDirectory(spec) },
    securityContext: { ...AS_ROOT, privileged: true },
    volumeMounts: [{ ...AT_NODE, mountPropagation: 'Bidirectional' }],
  });
}

function remove(spec: ContractSpec, image: string): InitContainer {
  return step('remove', image, REMOVE, {
    fields: SAYS_NODE,
    env: { DIRECTORY: contractDirectory(spec) },
    memory: '64Mi', // rm keeps the file names of a directory in memory
    securityContext: {
      ...UNPRIVILEGED,
      ...AS_ROOT,
      capabilities: { add: ['DAC_OVERRIDE'], drop: ['ALL'] },
      ...unconfinedStep(spec),
    },
    volumeMounts: [AT_NODE],
  });
}

function removeObjects(
  spec: ContractSpec,
  { keys, names }: Objects,
  hasDevShm: boolean,
  image: string,
): InitContainer {
  return step('remove-objects', image, REMOVE_OBJECTS, {
    fields: SAYS_NODE,
    env: {
      OWNER: String(spec.ownerId),
      ...keysOf(keys),
      ...namesOf(names),
    },
    securityContext: {
      ...UNPRIVILEGED,
      runAsGroup: spec.groupId ?? spec.ownerId ?? 0,
      runAsNonRoot: true,
      runAsUser: spec.ownerId ?? 0,
    },
    volumeMounts: hasDevShm ? [{ mountPath: '/node/dev/shm', name: 'dev-shm' }] : [],
  });
}

function keysOf(keys: readonly number[]): { KEYS?: string } {
  return keys.length === 0 ? {} : { KEYS: keys.map(shownKey).join(' ') };
}

function namesOf(names: readonly string[]): { OBJECTS?: string } {
  return names.length === 0 ? {} : { OBJECTS: names.join(' ') };
}
