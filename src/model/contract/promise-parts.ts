/** What the promises of several techniques have in common, and how to write a promise. */

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

export const kept = (why: string): PromiseEntry => ({ kept: true, why });
export const not = (why: string): PromiseEntry => ({ kept: false, why });

export const directory = {
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
export const claim = {
  ...directory,
  readOnly: kept("the platform's PersistentVolume mounts it read-only (mountOptions: ro)"),
  restricted: kept('the pod names a claim and no host path'),
};
export const hostPath = {
  ...directory,
  isolates: not(
    'a namespace that may use hostPath can mount any directory of the node; pods without hostPath are isolated from the memory',
  ),
  readOnly: not(
    "only the client's own YAML sets readOnly; writes fail with EROFS as long as it does",
  ),
  restricted: not('the levels "baseline" and "restricted" refuse hostPath'),
};

export const tmpfs = {
  shares: kept('both sides mount one directory in a tmpfs of the node'),
  gates: kept(
    'the mount waits for a directory in the tmpfs, which the agent renames into place last',
  ),
  capped: kept('the tmpfs has exactly the size'),
  survivesRestart: kept('the tmpfs and its files stay while the node runs'),
};
export const descriptors = {
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

export const DIRECTORY = {
  less: 'two pods can share files only through a directory of their node; with fewer privileges, each pod needs an agent of its own (SidecarAgent)',
  gone: 'running clients keep the last bytes, which nobody updates; new clients still find the directory; after a restart of the node, clients wait until an agent has made it again',
};
export const TMPFS = {
  ...DIRECTORY,
  less: `${DIRECTORY.less}. The memory is a tmpfs of its own: only that stops a writer at the size, and gives all files one label if SELinux is enforcing`,
};
export const DESCRIPTORS = {
  less: 'the agent passes its memory over a socket, for which two pods need a directory of their node; with fewer privileges, each pod needs an agent of its own (SidecarAgent)',
  gone: 'clients keep what they mapped, which nobody updates; new clients cannot connect, and a new agent makes new memory',
};
export const CLAIM = 'The clients name a claim that the platform granted, so they need no hostPath';
export const HOST_PATH =
  'The clients use hostPath; a claim (ClientVolume.persistentVolumeClaim()) would keep them within Pod Security "restricted"';

export const without = ({ less, gone }: typeof DIRECTORY, volume: string) => ({
  whyNotLess: `${less}. ${volume}`,
  withoutAgent: gone,
});
