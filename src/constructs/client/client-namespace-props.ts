import type { Size } from 'cdk8s';
import type { OptionNames } from '../../options';
import type { AgentContract } from '../contract/agent-contract';

/** A level of the Pod Security Standards. */
export enum PodSecurityLevel {
  /** Only hardened pods. */
  RESTRICTED = 'restricted',
  /** No known privilege escalation: no host namespace, no hostPath, no privileged container. */
  BASELINE = 'baseline',
  /**
   * Everything: whoever may create pods in such a namespace controls the node, unless a
   * `ClientPolicy` limits the pods to their grants.
   */
  PRIVILEGED = 'privileged',
}

/**
 * What containers of a namespace need for themselves, without shared memory: a LimitRange of type
 * Container.
 */
export interface ClientContainerMemory {
  /** The memory limit of a container that sets none. */
  readonly defaultLimit: Size;

  /**
   * The memory request of a container that sets none.
   *
   * @default - the default limit, as in Kubernetes
   */
  readonly defaultRequest?: Size;

  /**
   * The highest memory limit that a container may have.
   *
   * @default - no maximum
   */
  readonly max?: Size;
}

/** What the pods of a namespace need for themselves, without shared memory: a ResourceQuota. */
export interface ClientQuota {
  /** The highest number of pods at the same time. */
  readonly pods: number;

  /**
   * The sum of their memory requests.
   *
   * @default - not limited
   */
  readonly requests?: Size;

  /**
   * The sum of their memory limits. If it is set, Kubernetes refuses pods that have a container
   * without a limit: set `containerMemory` too, or a limit on each container.
   *
   * @default - not limited
   */
  readonly limits?: Size;
}

/** Properties of `ClientNamespace`. */
export interface ClientNamespaceProps {
  /** The name of the namespace. */
  readonly name: string;

  /** The contracts that its workloads are attached to. */
  readonly contracts: AgentContract[];

  /**
   * The contracts whose agent runs in its pods (`SidecarAgent`).
   *
   * @default - none
   */
  readonly sidecarContracts?: AgentContract[];

  /**
   * The Pod Security level that is enforced.
   *
   * @default - the strictest that admits clients of these contracts: "restricted", or "privileged"
   * if one of them needs hostIPC, hostPID, hostNetwork or hostPath
   */
  readonly podSecurity?: PodSecurityLevel;

  /**
   * Default and maximum of the memory limits of containers.
   *
   * @default - no LimitRange
   */
  readonly containerMemory?: ClientContainerMemory;

  /**
   * The number of pods, and the memory of all of them.
   *
   * @default - no ResourceQuota
   */
  readonly quota?: ClientQuota;
}

export const CONTAINER_MEMORY_OPTIONS: OptionNames<ClientContainerMemory> = {
  defaultLimit: true,
  defaultRequest: true,
  max: true,
};
export const QUOTA_OPTIONS: OptionNames<ClientQuota> = { limits: true, pods: true, requests: true };
export const CLIENT_NAMESPACE_PROPS: OptionNames<ClientNamespaceProps> = {
  containerMemory: true,
  contracts: true,
  name: true,
  podSecurity: true,
  quota: true,
  sidecarContracts: true,
};
