import type { Duration, Size } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { OptionNames } from '../../options';

/** Properties of `StartupTaint`. */
export interface StartupTaintProps {
  /**
   * The agents that a node waits for: NodeAgents, and workloads that serve by
   * `contract.serveFrom()`; all of one namespace. All agents that can be on one node belong into
   * one StartupTaint: with a taint for each, they would wait for each other.
   */
  readonly agents: IConstruct[];

  /**
   * An image with kubectl and a shell (sh, sleep, timeout, expr, rm), like
   * registry.example.com/kubectl:1.33.
   */
  readonly image: string;

  /**
   * The key of the taint, which has the value "true" and the effect NoSchedule. To the cluster
   * autoscaler each key with the prefix of the default is a startup taint; any other must be named
   * there by its flag `--startup-taint`.
   *
   * @default - `startup-taint.cluster-autoscaler.kubernetes.io/<contract>-agent-not-ready`; where
   * the agents serve several contracts, it must be given
   */
  readonly key?: string;

  /**
   * The name of the Deployment, of its service account and its Role: a DNS label. The
   * cluster-scoped objects are called `<namespace>-<name>`.
   *
   * @default - `<contract>-startup-taint`; where the agents serve several contracts, it must be
   * given
   */
  readonly name?: string;

  /**
   * How long it rests between two looks. Each look lists the nodes of the agents; their pods only
   * while a node has the taint.
   *
   * @default Duration.seconds(10)
   */
  readonly interval?: Duration;

  /**
   * The memory limit of the pod that takes the taint away, at least 64Mi: kubectl needs some 100
   * KiB for each node of the contracts, and 50 MiB for itself.
   *
   * @default Size.mebibytes(256), enough for some 1,500 nodes
   */
  readonly memoryLimit?: Size;

  /**
   * The priority class of the pod that takes the taint away.
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
