/** A property that a technique may guarantee. */
export type PromiseName =
  'shares' | 'isolates' | 'readOnly' | 'gates' | 'capped' | 'survivesRestart' | 'restricted';

/** The meaning of each promise. */
export const PROMISE_NAMES: Readonly<Record<PromiseName, string>> = {
  shares: 'the client reads the bytes that the agent writes',
  isolates: 'a pod outside the contract cannot read the memory',
  readOnly: 'a read-only client cannot write, whatever its own YAML says',
  gates: 'a client that is created before the agent waits for it, and then starts by itself',
  capped: 'the kernel stops the writer at the size of the memory',
  survivesRestart: 'the data and the clients outlive a new agent pod',
  restricted: 'the client passes Pod Security "restricted"',
};

/** Whether a technique keeps a promise, and why. */
export interface PromiseEntry {
  readonly kept: boolean;
  readonly why: string;
}

/**
 * A technique and its promises. docs/concepts.md is generated from this table, and the e2e tests
 * verify each entry.
 */
export interface TechniquePromises {
  readonly technique: string;
  readonly title: string;
  /** Why no technique with fewer privileges is enough. */
  readonly whyNotLess: string;
  /** What remains of the memory when the agent is gone. */
  readonly withoutAgent: string;
  readonly promises: Readonly<Record<PromiseName, PromiseEntry>>;
}

const kept = (why: string): PromiseEntry => ({ kept: true, why });
const not = (why: string): PromiseEntry => ({ kept: false, why });

const directory = {
  shares: kept("both sides mount one directory on the node's tmpfs"),
  isolates: kept(
    'a pod reaches the directory only by mounting it, which requires the grant; a namespace that may use hostPath can reach the whole node anyway',
  ),
  gates: kept('the mount waits for the directory, which the agent renames into place last'),
  capped: not(
    "a directory on the node's /run has no size of its own; the agent's init step refuses leftovers that exceed the size",
  ),
  survivesRestart: kept('the directory and its files stay while the node runs'),
};
const claim = {
  ...directory,
  readOnly: kept("the platform's PersistentVolume mounts it read-only (mountOptions: ro)"),
  restricted: kept('the pod names a claim and no host path'),
};
const hostPath = {
  ...directory,
  isolates: not(
    'a namespace that may use hostPath can mount any directory of the node; pods without hostPath are isolated from the memory',
  ),
  readOnly: not(
    "only the client's own YAML sets readOnly; writes fail with EROFS as long as it does",
  ),
  restricted: not('the levels "baseline" and "restricted" refuse hostPath'),
};

const tmpfs = {
  shares: kept('both sides mount one directory in a tmpfs of the node'),
  gates: kept(
    'the mount waits for a directory in the tmpfs, which the agent renames into place last',
  ),
  capped: kept('the tmpfs has exactly the size'),
  survivesRestart: kept('the tmpfs and its files stay while the node runs'),
};
const descriptors = {
  shares: kept(
    'the agent passes the descriptor of its memory over a socket in a directory that both sides mount',
  ),
  readOnly: not(
    "a client may do with the descriptor what its seals allow: the agent's F_SEAL_FUTURE_WRITE stops writes, and Kubernetes does not; the directory of the socket is read-only",
  ),
  capped: not(
    'a memfd has no size of its own; the cap is the memory limit of the container that touches it',
  ),
  survivesRestart: not(
    'a new agent makes new memory; clients keep what they mapped until they connect again',
  ),
};

const DIRECTORY = {
  less: 'two pods can share files only through a directory of their node; with fewer privileges, each pod needs an agent of its own (SidecarAgent)',
  gone: 'running clients keep the last bytes, which nobody updates; new clients still find the directory; after a restart of the node, clients wait until an agent has made it again',
};
const TMPFS = {
  ...DIRECTORY,
  less: `${DIRECTORY.less}. The memory is a tmpfs of its own, because only that stops a writer at the size`,
};
const DESCRIPTORS = {
  less: 'the agent passes its memory over a socket, for which two pods need a directory of their node; with fewer privileges, each pod needs an agent of its own (SidecarAgent)',
  gone: 'clients keep what they mapped, which nobody updates; new clients cannot connect, and a new agent makes new memory',
};
const CLAIM = 'The clients name a claim that the platform granted, so they need no hostPath';
const HOST_PATH =
  'The clients use hostPath, because the contract says so; a claim (ClientVolume.persistentVolumeClaim()) would keep them within Pod Security "restricted"';

const without = ({ less, gone }: typeof DIRECTORY, volume: string) => ({
  whyNotLess: `${less}. ${volume}`,
  withoutAgent: gone,
});

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
        'kernel.shmmax and kernel.shmall of the node are practically unlimited by default',
      ),
      survivesRestart: kept('segments stay until they are removed or the node restarts'),
      restricted: not('the levels "baseline" and "restricted" refuse hostIPC'),
    },
  },
];

const existing = {
  shares: kept('both sides mount one directory of the node'),
  isolates: not(
    'the directory belongs to somebody else, who decides which other processes of the node reach it',
  ),
  gates: not(
    'this library does not make the directory; ReadyWhen waits for what its owner makes last',
  ),
  capped: not('the file system of the directory has the size that its owner gave it'),
  survivesRestart: not('the owner of the directory decides what stays in it'),
};
const EXISTING = {
  less: 'the software that serves the memory has its own directory on the node; a directory of the contract (Backing.directory()) would need a different configuration of that software',
  gone: 'what the owner of the directory leaves in it stays; this library does not remove it',
};

/**
 * The techniques with a directory that somebody else makes. They are not in docs/concepts.md,
 * because their promises depend on its owner; docs/join.md describes them.
 */
export const EXISTING_PROMISES: readonly TechniquePromises[] = [
  {
    technique: 'existing-claim',
    title: 'Backing.existing(), by claim',
    ...without(EXISTING, CLAIM),
    promises: {
      ...existing,
      readOnly: kept(
        "the platform's PersistentVolume mounts it read-only (mountOptions: ro); that covers files and directories, but not the sockets and devices in it",
      ),
      restricted: kept('the pod names a claim and no host path'),
    },
  },
  {
    technique: 'existing-host-path',
    title: 'Backing.existing(), by hostPath',
    ...without(EXISTING, HOST_PATH),
    promises: { ...existing, readOnly: hostPath.readOnly, restricted: hostPath.restricted },
  },
];

/** Returns the table entry of a technique. Throws an error for an unknown technique. */
export function promisesOf(technique: string): TechniquePromises {
  const found = [...PROMISES, ...EXISTING_PROMISES].find(p => p.technique === technique);
  if (!found) {
    throw new Error(`no technique ${technique}`);
  }
  return found;
}
