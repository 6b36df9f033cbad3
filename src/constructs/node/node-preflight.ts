import { Construct, type IConstruct } from 'constructs';
import { checkNodeTask, makeNodeTask } from './node-task-daemon-set';
import { InputChecks } from '../../errors';
import type { ContractSpec } from '../../model/contract/contract-spec';
import { preflight } from '../../model/node/preflight';
import { meantOptions, type OptionNames } from '../../options';
import { servingWorkloads, type ServingWorkload } from '../agent/serving-workloads';
import { type AgentNodes } from '../contract/agent-nodes';

/** Properties of `NodePreflight`. */
export interface NodePreflightProps {
  /**
   * The agents that the nodes will get: NodeAgents, and workloads that serve through
   * `contract.serveFrom()`. All must be in one namespace.
   */
  readonly agents: IConstruct[];

  /**
   * An image with sh, awk, cat, df, du, sort, stat and uname, for example
   * registry.example.com/busybox:1.36.
   */
  readonly toolImage: string;

  /**
   * The name of the DaemonSet: a DNS label.
   *
   * @default - `<contract>-preflight`; if the agents serve several contracts, it must be given
   */
  readonly name?: string;

  /**
   * The nodes that are checked.
   *
   * @default - those with the label `cdk8s-shared-memory/<name>: "yes"`, which an operator adds to
   * candidates and removes again; RUNBOOK.md has the commands
   */
  readonly nodes?: AgentNodes;
}

const PROPS: OptionNames<NodePreflightProps> = {
  agents: true,
  name: true,
  nodes: true,
  toolImage: true,
};

/**
 * Checks nodes before they get an agent: whether they have what its contracts need. Each check has
 * the least access that it needs, and runs only if a contract needs it:
 *
 * - kernel: for descriptors, 5.1 or newer;
 * - free memory of the node, compared with the sum of the contracts' sizes;
 * - `/run`: whether it is a tmpfs, its free space, and what earlier agents left in it (of another
 *   owner, of another backing, larger than the size);
 * - mount propagation, for `Backing.tmpfs()`, in a separate container, which the runtime refuses to
 *   start if `/run` does not propagate mounts;
 * - `/dev/shm` and `fs.protected_regular`, for `Backing.devShm()`: size, use, and whether `open`
 *   with O_CREAT of another user's object fails;
 * - `kernel.shmmax`, `shmall`, `shmmni` and `msgmni`, with what is used of them, for System V
 *   memory; the pod then has `hostIPC`, because the kernel counts per IPC namespace;
 * - `RemoveIPC` of systemd-logind, for System V memory and `Backing.devShm()` of a user who could
 *   log in;
 * - the mode of SELinux, and, for contracts with `seLinux: true`, the label of the tmpfs or
 *   hugetlbfs that an earlier agent mounted.
 *
 * The verdict on a node is in the log of the init container `preflight`, in its exit code, and in
 * its termination message; the pod is ready if nothing is wrong. A warning depends on something
 * that the manifests do not say, and stops nothing. The kubelet repeats the checks, so a node that
 * was repaired passes automatically. A pod cannot see the versions of its kubelet and of the
 * container runtime; RUNBOOK.md has commands for them.
 *
 * YAML: a DaemonSet in the agents' namespace, whose pods run as nobody without capabilities, and
 * mount directories of the node to read them. It changes nothing.
 *
 * Errors: SHM001 for the name, SHM007 for agents of several namespaces and for a chart of another
 * one, SHM011 for a name that another one has, SHM015 for the image, SHM029 for agents that serve
 * nothing.
 *
 * @see https://docs.kernel.org/admin-guide/sysctl/kernel.html#shmall
 * @see https://www.freedesktop.org/software/systemd/man/latest/logind.conf.html#RemoveIPC=
 *
 * @example
 * new NodePreflight(chart, 'preflight', {
 *   agents: [agent],
 *   toolImage: 'registry.example.com/busybox:1.36',
 * });
 */
export class NodePreflight extends Construct {
  /** The name of the DaemonSet. */
  public readonly name: string;

  /**
   * @param scope a chart
   * @param id id of the construct
   * @param props the agents, and the image of the checks
   */
  public constructor(scope: Construct, id: string, props: NodePreflightProps) {
    super(scope, id);
    const checks = new InputChecks(this);
    const { agents, name, nodes, toolImage } = meantOptions(props, checks, PROPS);
    const served = checks.try(() => servingWorkloads(agents, this.node.path));
    const expected = largest(served ?? []);
    const contracts = expected.map(({ spec }) => spec);
    this.name = name ?? (contracts.length === 1 ? `${contracts[0].name}-preflight` : '');
    const label = checks.try(() =>
      checkNodeTask(this, {
        task: 'preflight',
        contracts,
        name: this.name,
        image: { given: toolImage, tools: 'sh, awk, cat, df, du, sort, stat and uname' },
        nodes,
      }),
    );
    makeNodeTask(
      this,
      `checks, before nodes get an agent, that they have what ${contracts.map(spec => `contract ${spec.name}`).join(' and ')} needs`,
      preflight(this.name, expected, checks.end({ label }).label, toolImage),
    );
  }
}

/**
 * Returns each contract once. If several agents divide its nodes between them, it has the largest
 * of their sizes, because a candidate may become a node of any of them.
 */
function largest(served: readonly ServingWorkload[]): { spec: ContractSpec; marker: string }[] {
  const contracts = new Map<string, { spec: ContractSpec; marker: string }>();
  for (const { spec, marker } of served) {
    const known = contracts.get(spec.name);
    const memory = spec.memory.map(m => {
      const other = known?.spec.memory.find(({ name }) => name === m.name)?.size;
      return m.size === undefined ? m : { ...m, size: Math.max(m.size, other ?? 0) };
    });
    contracts.set(spec.name, { spec: { ...spec, memory }, marker });
  }
  return [...contracts.values()].sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
}
