import { NODE_OS } from '../../kube/well-known';
import type { NodesSpec } from '../../model/contract/contract-spec';

/**
 * The nodes that have the agent. Agent and clients are scheduled by the same label, and tolerate
 * the same taint.
 *
 * @example
 * new AgentContract({
 *   name: 'routes',
 *   namespace: 'node-agents',
 *   version: 'v1',
 *   memory: [table],
 *   nodes: AgentNodes.dedicated('example.com/routes-agent', 'yes'),
 *   ownerId: 10001,
 *   groupId: 2000,
 * });
 */
export class AgentNodes {
  /** All Linux nodes: the node selector is `kubernetes.io/os: linux`. */
  public static all(): AgentNodes {
    return AgentNodes.labeled(NODE_OS, 'linux');
  }

  /**
   * Nodes with a label, which other workloads may use too. Prefer a label that you give to nodes
   * for this contract alone: RUNBOOK.md gives the label to nodes batch by batch, and takes it away
   * to go back. With the label of a node pool, the agents start on all of its nodes at once.
   *
   * @param key label key, for example example.com/routes-agent; a kubelet cannot give itself a
   * label with the prefix node-restriction.kubernetes.io/
   * @param value label value
   * @see
   * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-isolation-restriction
   */
  public static labeled(key: string, value: string): AgentNodes {
    return new AgentNodes({ label: { key, value } });
  }

  /**
   * Nodes with a label, and a NoSchedule taint of the same key and value that keeps other pods
   * away.
   *
   * @param key key of label and taint
   * @param value value of label and taint
   * @see https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
   */
  public static dedicated(key: string, value: string): AgentNodes {
    return new AgentNodes({ label: { key, value }, taint: { key, value, effect: 'NoSchedule' } });
  }

  private constructor(
    /** @internal */
    public readonly _spec: NodesSpec,
  ) {}
}
