import { OTHER_PROMISES } from './other-promises';
import {
  CLAIM,
  claim,
  DESCRIPTORS,
  descriptors,
  DIRECTORY,
  HOST_PATH,
  hostPath,
  kept,
  not,
  TMPFS,
  tmpfs,
  without,
  type TechniquePromises,
} from './promise-parts';

export {
  PROMISE_NAMES,
  type PromiseEntry,
  type PromiseName,
  type TechniquePromises,
} from './promise-parts';

/** All techniques, least privileged first. */
export const PROMISES: readonly TechniquePromises[] = [
  {
    technique: 'sidecar',
    title: 'SidecarAgent: native sidecar and memory-medium emptyDir',
    whyNotLess: 'no technique needs fewer; this one has no access to the node',
    withoutAgent: 'the kubelet starts the sidecar again; the memory stays as long as its pod',
    promises: {
      shares: kept('the containers of a pod mount one memory-medium emptyDir'),
      isolates: kept('the volume belongs to the pod'),
      readOnly: not(
        "only the client's own YAML sets readOnly; writes fail with EROFS as long as it does",
      ),
      gates: kept("the app's containers start after the sidecar's startup probe has passed"),
      capped: kept('sizeLimit is the size of the tmpfs'),
      survivesRestart: not(
        "the volume outlives a restart of the sidecar's container, but not the pod",
      ),
      restricted: kept('the pod sets no field that needs a privilege'),
    },
  },
  {
    technique: 'system-v-sidecar',
    title: 'SidecarAgent: native sidecar and System V memory',
    whyNotLess: 'no technique needs fewer; this one has no access to the node',
    withoutAgent: 'the kubelet starts the sidecar again; the segments stay as long as their pod',
    promises: {
      shares: kept('the containers of a pod are in one IPC namespace'),
      isolates: kept('the IPC namespace belongs to the pod'),
      readOnly: not(
        'the kernel has no read-only IPC namespaces; the mode of the segment decides who may write',
      ),
      gates: kept("the app's containers start after the sidecar's startup probe has passed"),
      capped: not(
        'kernel.shmmax and kernel.shmall of a new IPC namespace are practically unlimited; only the memory limits of the containers that write cap the segments',
      ),
      survivesRestart: not(
        "the segments outlive a restart of the sidecar's container, but not the pod",
      ),
      restricted: kept('the pod sets no field that needs a privilege'),
    },
  },
  {
    technique: 'pod-shared-memory',
    title: 'PodSharedMemory: a bigger /dev/shm',
    whyNotLess: 'no technique needs fewer; this one has no access to the node',
    withoutAgent: 'there is no agent',
    promises: {
      shares: kept('the processes of the containers that mount it share one tmpfs at /dev/shm'),
      isolates: kept('the volume belongs to the pod'),
      readOnly: not("the pod's own processes write"),
      gates: not('there is no agent to wait for'),
      capped: kept('sizeLimit is the size of the tmpfs'),
      survivesRestart: not('the volume outlives a restart of a container, but not the pod'),
      restricted: kept('the pod sets no field that needs a privilege'),
    },
  },
  {
    technique: 'directory-claim',
    title: 'SharedMemory.files(), Backing.directory(), by claim',
    ...without(DIRECTORY, CLAIM),
    promises: claim,
  },
  {
    technique: 'posix-directory-claim',
    title: 'SharedMemory.posix(), Backing.directory(), by claim',
    ...without(DIRECTORY, CLAIM),
    promises: claim,
  },
  {
    technique: 'directory-host-path',
    title: 'SharedMemory.files(), Backing.directory(), by hostPath',
    ...without(DIRECTORY, HOST_PATH),
    promises: hostPath,
  },
  {
    technique: 'posix-directory-host-path',
    title: 'SharedMemory.posix(), Backing.directory(), by hostPath',
    ...without(DIRECTORY, HOST_PATH),
    promises: hostPath,
  },
  {
    technique: 'tmpfs-claim',
    title: 'SharedMemory.files(), Backing.tmpfs(), by claim',
    ...without(TMPFS, CLAIM),
    promises: { ...claim, ...tmpfs },
  },
  {
    technique: 'posix-tmpfs-claim',
    title: 'SharedMemory.posix(), Backing.tmpfs(), by claim',
    ...without(TMPFS, CLAIM),
    promises: { ...claim, ...tmpfs },
  },
  {
    technique: 'tmpfs-host-path',
    title: 'SharedMemory.files(), Backing.tmpfs(), by hostPath',
    ...without(TMPFS, HOST_PATH),
    promises: { ...hostPath, ...tmpfs },
  },
  {
    technique: 'posix-tmpfs-host-path',
    title: 'SharedMemory.posix(), Backing.tmpfs(), by hostPath',
    ...without(TMPFS, HOST_PATH),
    promises: { ...hostPath, ...tmpfs },
  },
  {
    technique: 'descriptors-claim',
    title: 'SharedMemory.descriptors(), by claim',
    ...without(DESCRIPTORS, CLAIM),
    promises: { ...claim, ...descriptors },
  },
  {
    technique: 'descriptors-host-path',
    title: 'SharedMemory.descriptors(), by hostPath',
    ...without(DESCRIPTORS, HOST_PATH),
    promises: { ...hostPath, ...descriptors },
  },
  {
    technique: 'dev-shm',
    title: 'SharedMemory.files() or .posix(), Backing.devShm()',
    whyNotLess:
      "the software expects its objects in the node's own /dev/shm; a directory of the contract (Backing.directory()) would show clients only the objects in it",
    withoutAgent:
      'the objects stay in /dev/shm until they are unlinked or the node restarts, but nobody updates them',
    promises: {
      shares: kept("both sides mount the node's own /dev/shm"),
      isolates: not(
        "every pod with the node's /dev/shm, or with hostIPC, sees all objects in it; only file modes protect them",
      ),
      readOnly: not(
        "only the client's own YAML sets readOnly; writes fail with EROFS as long as it does",
      ),
      gates: not('/dev/shm exists without the agent; ReadyWhen.file() waits for the object'),
      capped: not(
        "the node's /dev/shm has one size for all who use it, by default half of the node's memory",
      ),
      survivesRestart: kept('objects stay until they are unlinked or the node restarts'),
      restricted: not('the levels "baseline" and "restricted" refuse hostPath'),
    },
  },
  {
    technique: 'system-v',
    title: 'SharedMemory.systemV(): hostIPC',
    whyNotLess:
      "shmget makes a segment that has no path and belongs to an IPC namespace of the kernel; the only IPC namespace that two pods can share is the node's, with hostIPC. Code that opens files (SharedMemory.files()) needs no host namespace",
    withoutAgent:
      'the segments stay until they are removed or the node restarts, but nobody updates them',
    promises: {
      shares: kept("both sides are in the node's IPC namespace"),
      isolates: not(
        "every pod with hostIPC is in the same IPC namespace; only the mode of the segment protects it. Each container of such a pod also gets the node's /dev/shm instead of its own, unless it mounts something there (PodSharedMemory)",
      ),
      readOnly: not(
        'the kernel has no read-only IPC namespaces; the mode of the segment decides who may write',
      ),
      gates: not(
        'the IPC namespace exists without the agent; ReadyWhen.systemVKey() waits for the segment',
      ),
      capped: not(
        'the only limits are those of the kernel for the whole node (kernel.shmmax, kernel.shmall), which are practically unlimited by default',
      ),
      survivesRestart: kept('segments stay until they are removed or the node restarts'),
      restricted: not('the levels "baseline" and "restricted" refuse hostIPC'),
    },
  },
];

/** Returns the table entry of a technique. Throws an error for an unknown technique. */
export function promisesOf(technique: string): TechniquePromises {
  const found = [...PROMISES, ...OTHER_PROMISES].find(p => p.technique === technique);
  if (!found) {
    throw new Error(`no technique ${technique}`);
  }
  return found;
}
