import type { ApiObjectMetadata, Duration } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-27';
import type { AgentPriority } from './agent-priority';
import { SERVING_OPTIONS, type ServingOptions } from './serve';
import type { OptionNames } from '../../options';
import type { AgentContract } from '../contract/agent-contract';
import type { AgentUpdate } from '../rollout/agent-update';

/** Properties of `NodeAgent`. */
export interface NodeAgentProps extends ServingOptions {
  /** The contract that the agent serves. Its namespace is the namespace of the DaemonSet. */
  readonly contract: AgentContract;

  /**
   * The containers of the agent. Each must have a memory limit; the one that serves the memory pays
   * for all of it.
   */
  readonly containers: kplus.ContainerProps[];

  /**
   * Init containers of the agent itself; they run after the library's.
   *
   * @default - none
   */
  readonly initContainers?: kplus.ContainerProps[];

  /**
   * Additional volumes of the pod. A volume that a container mounts need not be listed here.
   *
   * @default - none
   */
  readonly volumes?: kplus.Volume[];

  /**
   * The service account of the agent.
   *
   * @default - the namespace's default account
   */
  readonly serviceAccount?: kplus.IServiceAccount;

  /**
   * Whether the pod gets a token of its service account.
   *
   * @default false
   */
  readonly automountServiceAccountToken?: boolean;

  /**
   * The name of the DaemonSet.
   *
   * @default - the name of the contract
   */
  readonly name?: string;

  /**
   * The labels that select the pods, if the agent takes over a DaemonSet that is already live: a
   * selector is immutable, so it must be the one that the live DaemonSet has. The pods get these
   * labels in addition to the library's own.
   *
   * @default - `cdk8s-shared-memory/agent: <name>` and `cdk8s-shared-memory/wave: base`
   */
  readonly selectorLabels?: { readonly [key: string]: string };

  /**
   * Labels and annotations of the DaemonSet. Its name and namespace come from `name` and the
   * contract.
   *
   * @default - none
   */
  readonly metadata?: ApiObjectMetadata;

  /**
   * Labels and annotations of the pods, in addition to those of the selector.
   *
   * @default - none
   */
  readonly podMetadata?: ApiObjectMetadata;

  /**
   * The priority of the pods; REVIEW.md says what they may preempt.
   *
   * @default AgentPriority.nodeCritical()
   */
  readonly priority?: AgentPriority;

  /**
   * How a new version comes to the nodes: in a rolling update, when somebody deletes the pod, or in
   * waves. By default, it is a rolling update of one node at a time.
   *
   * @default AgentUpdate.rolling()
   */
  readonly update?: AgentUpdate;

  /**
   * The runtime class of the pods, for example nvidia.
   *
   * @default - the default runtime of the nodes
   * @see https://kubernetes.io/docs/concepts/containers/runtime-class/
   */
  readonly runtimeClassName?: string;

  /**
   * Tolerations in addition to that of the contract, as Kubernetes has them, for example
   * `[{ key: 'nvidia.com/gpu', operator: 'Exists' }]`.
   *
   * @default - none
   */
  readonly tolerations?: { readonly [field: string]: any }[];

  /**
   * Capabilities of the serving container, for example `['IPC_LOCK']`. Each is a host privilege in
   * REVIEW.md.
   *
   * @default - none: all capabilities are dropped
   */
  readonly capabilities?: string[];

  /**
   * Devices of the serving container: extended resources and how many of each, for example
   * `{ 'nvidia.com/gpu': 1 }`.
   *
   * @default - none
   */
  readonly devices?: { readonly [resource: string]: number };

  /**
   * How long the agent has between SIGTERM and SIGKILL.
   *
   * @default Duration.seconds(30)
   */
  readonly terminationGracePeriod?: Duration;
}

/** The names of these properties. */
export const NODE_AGENT_PROPS: OptionNames<NodeAgentProps> = {
  ...SERVING_OPTIONS,
  automountServiceAccountToken: true,
  capabilities: true,
  containers: true,
  contract: true,
  devices: true,
  initContainers: true,
  metadata: true,
  name: true,
  podMetadata: true,
  priority: true,
  runtimeClassName: true,
  selectorLabels: true,
  serviceAccount: true,
  terminationGracePeriod: true,
  tolerations: true,
  update: true,
  volumes: true,
};
