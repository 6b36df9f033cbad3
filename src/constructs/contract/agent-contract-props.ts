import type { Access } from './access';
import type { Acknowledgement } from './acknowledgements';
import type { AgentNodes } from './agent-nodes';
import type { ClientUser } from './client-user';
import type { ClientVolume } from './client-volume';
import type { ContractEnv } from './contract-env';
import type { Payer } from './payer';
import type { ReadyWhen } from './ready-when';
import type { SharedMemory } from './shared-memory';
import type { OptionNames } from '../../options';

/** A directory of the node that a contract may share. */
export interface AllowedNodePath {
  /** The directory on the node: an absolute path. */
  readonly path: string;

  /** Why pods may have it, in one line for the reviewer. */
  readonly reason: string;
}

/** Properties of `AgentContract`. */
export interface AgentContractProps {
  /**
   * The name of the contract: a DNS label of at most 40 characters. Also the name of the agent's
   * DaemonSet, unless you give it another one.
   */
  readonly name: string;

  /** The namespace of the agent: a DNS label. Part of the path on the node. */
  readonly namespace: string;

  /**
   * The version of the data layout: a DNS label of at most 20 characters. It is part of the path on
   * the node and of the names of grants, so a client of another version waits instead of reading
   * bytes that it does not understand.
   */
  readonly version: string;

  /** What is shared. */
  readonly memory: SharedMemory[];

  /**
   * The nodes that have the agent.
   *
   * @default AgentNodes.all(), which puts the node selector `kubernetes.io/os: linux` on both sides
   */
  readonly nodes?: AgentNodes;

  /**
   * The user that owns and writes the memory, from 0 to 2147483647: `runAsUser` of the agent. With
   * 0, the agent runs as root, which REVIEW.md lists as a host privilege.
   *
   * @default - none, which is allowed only for memory without a directory of this library: System V
   * memory, `Backing.devShm()` and `Backing.existing()`. A `NodeAgent` then runs as the user of its
   * image, and not as root
   */
  readonly ownerId?: number;

  /**
   * The group that may read the memory, from 1 to 2147483647: `runAsGroup` of the agent, and one of
   * the `supplementalGroups` of each client.
   *
   * @default - none, which is allowed only for memory without a directory of this library: System V
   * memory, `Backing.devShm()` and `Backing.existing()`
   */
  readonly groupId?: number;

  /**
   * The most that any client may do with the memory.
   *
   * @default Access.READ_ONLY
   */
  readonly clients?: Access;

  /**
   * How a client's pod reaches the directory of a memory.
   *
   * @default ClientVolume.persistentVolumeClaim(), which needs a ContractGrant for each client
   * namespace
   */
  readonly clientVolume?: ClientVolume;

  /**
   * What each client waits for before its own containers start.
   *
   * @default - the mount of a directory waits until the agent's init step has created it; nothing
   * else waits
   */
  readonly readyWhen?: ReadyWhen;

  /**
   * Which side pays for the memories. Its memory limits must be large enough for them.
   *
   * @default Payer.AGENT
   */
  readonly chargedTo?: Payer;

  /**
   * Whether both sides need the node's process namespace, for example to look up each other's
   * processes: `hostPID: true`. With a `SidecarAgent`, `shareProcessNamespace: true` instead.
   *
   * @default false
   */
  readonly hostPid?: boolean;

  /**
   * Whether both sides need the node's network, for example to first connect over the loopback:
   * `hostNetwork: true`, and `dnsPolicy: ClusterFirstWithHostNet`, because ClusterFirst would find
   * no Services. With a `SidecarAgent`, nothing is written: the containers of a pod share their
   * network.
   *
   * @default false
   * @see https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy
   */
  readonly hostNetwork?: boolean;

  /**
   * Whether SELinux may be enforcing on the nodes, as on those of OpenShift, RHEL and Fedora.
   * Without it, the agent fails there with `Permission denied`, because the container runtime gives
   * each pod SELinux categories of its own. With it:
   *
   * - The agent has `seLinuxOptions.level: s0`, so what it makes has no categories. The same
   * applies to clients that write, and to clients of `SharedMemory.descriptors()`. Pod Security
   * "restricted" allows it.
   * - Memory with a directory of this library is on a tmpfs, which is mounted with the label
   * `container_file_t:s0` if the kernel of the node has SELinux. `Backing.directory()` is an error.
   * - The first init step of the agent runs as `seLinuxOptions.type: spc_t`, which REVIEW.md lists
   * as a host privilege: no confined container may make directories in the /run of a node.
   *
   * The same YAML works on nodes without SELinux. Manifests do not tell which nodes enforce it, so
   * nothing compares the contracts of the same nodes: where it is enforcing, all of them need this.
   * An agent without it then fails in `prepare-*`, which names SELinux; or, with System V memory
   * alone, its clients get EACCES. Clients that write through a claim need
   * containerd 2 or CRI-O: containerd 1.7 fails to relabel the tmpfs. A `SidecarAgent` and
   * `PodSharedMemory` need none of this, because the containers of a pod have one level.
   *
   * @default false
   * @see https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#assign-selinux-labels-to-a-container
   */
  readonly seLinux?: boolean;

  /**
   * Environment variables of the containers that serve or share the memory, by name. They are
   * added in the order of their names.
   *
   * @default - none
   */
  readonly env?: { readonly [name: string]: ContractEnv };

  /**
   * The umask of the serving container, and of clients that can create files in the memory: three
   * octal digits, for example 007 for files that the group of the contract may read and write.
   * Clients that only read, and those of System V memory and descriptors, do not get it. No field
   * of Kubernetes sets a umask, so the library puts `sh -c 'umask 007; exec "$@"'` in front of the
   * container's command.
   * The command must be in the manifest, and the image must have sh. Probes and lifecycle hooks do
   * not get the umask.
   *
   * @default - the umask of the image and its container runtime, usually 022: the group can only
   * read what a process creates
   */
  readonly umask?: string;

  /**
   * The user that clients run as.
   *
   * @default ClientUser.own()
   */
  readonly clientUser?: ClientUser;

  /**
   * Who serves the memory, if it is neither a `NodeAgent` nor a workload with `serveFrom()`: a text
   * for reviewers, for example vineyard-operator. Nothing verifies it. No agent is then expected in
   * the manifests.
   *
   * @default - none: a workload of the app serves the contract
   */
  readonly servedBy?: string;

  /**
   * The team that answers for the contract: one line for reviewers and operators, for example
   * network-platform. REVIEW.md shows it. Nothing verifies it.
   *
   * @default - none
   */
  readonly team?: string;

  /**
   * The class of the data in the memory, in the words of your organization, for example
   * confidential. REVIEW.md shows it to whoever approves the clients. Nothing verifies it.
   *
   * @default - none
   */
  readonly dataClass?: string;

  /**
   * Directories of the node outside /run below which `Backing.existing()` may name one, each with
   * the reason for the reviewer.
   *
   * @default - none: only directories below /run
   */
  readonly allowedNodePaths?: AllowedNodePath[];

  /**
   * Acknowledgements of findings that the contract itself causes in all of its workloads: `SHM301`
   * with System V memory, `SHM303` with `Backing.devShm()`. They are written on the agents and
   * clients that have the cause.
   *
   * @default - none
   */
  readonly acknowledgements?: Acknowledgement[];
}

/** The names of these properties. */
export const AGENT_CONTRACT_PROPS: OptionNames<AgentContractProps> = {
  acknowledgements: true,
  allowedNodePaths: true,
  chargedTo: true,
  clientUser: true,
  clientVolume: true,
  clients: true,
  dataClass: true,
  env: true,
  groupId: true,
  hostNetwork: true,
  hostPid: true,
  memory: true,
  name: true,
  namespace: true,
  nodes: true,
  ownerId: true,
  readyWhen: true,
  seLinux: true,
  servedBy: true,
  team: true,
  umask: true,
  version: true,
};
