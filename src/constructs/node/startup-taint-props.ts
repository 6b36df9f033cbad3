import type { Duration, Size } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { OptionNames } from '../../options';

/** Properties of `StartupTaint`. */
export interface StartupTaintProps {
  /**
   * The agents that a node waits for: NodeAgents, and workloads that serve through
   * `contract.serveFrom()`. All must be in one namespace. All agents that can be on one node belong
   * in one StartupTaint: if each had its own taint, they would wait for each other. An agent that
   * is left out is no error: it starts on a new node when the taint is removed, at the same time as
   * the first clients, and those whose memory has a gate wait for it. RUNBOOK.md names such agents.
   */
  readonly agents: IConstruct[];

  /**
   * An image with kubectl and a shell (sh, sleep, timeout, expr, rm), for example
   * registry.example.com/kubectl:1.33.
   */
  readonly image: string;

  /**
   * The key of the taint, which has the value "true" and the effect NoSchedule. The cluster
   * autoscaler treats each key with the prefix of the default as a startup taint; any other key
   * must be named in its flag `--startup-taint`.
   *
   * @default - `startup-taint.cluster-autoscaler.kubernetes.io/<contract>-agent-not-ready`; if the
   * agents serve several contracts, it must be given
   */
  readonly key?: string;

  /**
   * The name of the Deployment, of its service account and its Role: a DNS label. The
   * cluster-scoped objects are called `<namespace>-<name>`.
   *
   * @default - `<contract>-startup-taint`; if the agents serve several contracts, it must be given
   */
  readonly name?: string;

  /**
   * How long it waits between two checks. Each check lists the nodes of the agents, and the agents'
   * pods only while a node has the taint.
   *
   * @default Duration.seconds(10)
   */
  readonly interval?: Duration;

  /**
   * The memory limit of the pod that removes the taint, at least 64Mi: kubectl needs about 100 KiB
   * for each node of the contracts, and 50 MiB for itself.
   *
   * @default Size.mebibytes(256), enough for about 1,500 nodes
   */
  readonly memoryLimit?: Size;

  /**
   * The priority class of the pod that removes the taint.
   *
   * @default - none
   */
  readonly priorityClassName?: string;
}

/** The names of these properties. */
export const STARTUP_TAINT_PROPS: OptionNames<StartupTaintProps> = {
  agents: true,
  image: true,
  interval: true,
  key: true,
  memoryLimit: true,
  name: true,
  priorityClassName: true,
};
