import { InputError, show } from '../../errors';
import { isDnsSubdomain } from '../../kube/names';

/** The ways to choose a priority, for messages. */
export const PRIORITIES =
  'AgentPriority.nodeCritical(), .clusterCritical(), .ofClass() or .clusterDefault()';

/**
 * The priority of an agent's pods: what they may preempt, and what may preempt or evict them.
 * Clients depend on them, so it should be above that of clients.
 *
 * @example
 * new AgentNamespace(chart, 'namespace', {
 *   name: 'node-agents',
 *   priority: AgentPriority.ofClass('agents'),
 * });
 */
export class AgentPriority {
  /**
   * `priorityClassName: system-node-critical`, the highest. If there is no room for the agent, the
   * scheduler preempts any other pod of its node, even one with a PodDisruptionBudget if there is
   * no other. The kubelet evicts the agent last, and a graceful shutdown of the node ends it last.
   * Outside kube-system, some clusters admit this class only with a ResourceQuota, which
   * `AgentNamespace` makes.
   *
   * @see
   * https://kubernetes.io/docs/tasks/administer-cluster/guaranteed-scheduling-critical-addon-pods/
   */
  public static nodeCritical(): AgentPriority {
    return new AgentPriority({ className: 'system-node-critical' });
  }

  /**
   * `priorityClassName: system-cluster-critical`, the second highest: like `nodeCritical()`, but
   * pods of that class preempt and outlive the agent.
   */
  public static clusterCritical(): AgentPriority {
    return new AgentPriority({ className: 'system-cluster-critical' });
  }

  /**
   * A PriorityClass of the cluster. With `preemptionPolicy: Never` in it, the agent preempts
   * nothing and waits for room.
   *
   * Errors: SHM001 for a name that no PriorityClass of a user can have.
   *
   * @param name its name; not one that begins with `system-`
   * @see https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
   */
  public static ofClass(name: string): AgentPriority {
    if (!isDnsSubdomain(name) || name.startsWith('system-')) {
      throw new InputError('AgentPriority', {
        code: 'SHM001',
        field: 'name',
        given: show(name),
        allowed: 'the name of a PriorityClass: a DNS subdomain that does not begin with "system-"',
        fix: 'write its name, or AgentPriority.nodeCritical()',
      });
    }
    return new AgentPriority({ className: name });
  }

  /**
   * No class: no `priorityClassName` in the YAML, so the pods get the cluster's default class, or
   * priority 0 if it has none. If a node has no room for the agent, its clients wait, or read
   * memory that nobody writes.
   */
  public static clusterDefault(): AgentPriority {
    return new AgentPriority({});
  }

  private constructor(
    /** @internal */
    public readonly _spec: { readonly className?: string },
  ) {}
}
