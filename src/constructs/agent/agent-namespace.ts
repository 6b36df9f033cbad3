import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { AgentPriority, PRIORITIES } from './agent-priority';
import { InputChecks } from '../../errors';
import { POD_SECURITY_ENFORCE } from '../../kube/well-known';
import { meantOptions, type OptionNames } from '../../options';
import { addEdit } from '../../wire/hook';
import { onPriorityClass } from '../support/app-registry';
import { clusterScoped } from '../support/cluster-scoped';
import { checkNamespaceName, partOf } from '../support/input-values';
import { renderFirst } from '../support/namespace-first';

/** Properties of `AgentNamespace`. */
export interface AgentNamespaceProps {
  /** The name of the namespace: the `namespace` of the contracts that are served from it. */
  readonly name: string;

  /**
   * The priority of agents that are served from it and are not in this app, or that
   * `contract.serveFrom()` made agents. The classes of each `NodeAgent`, `NodeGuard` and
   * `StartupTaint` of this app in the namespace are known anyway.
   *
   * @default AgentPriority.nodeCritical()
   */
  readonly priority?: AgentPriority;
}

const PROPS: OptionNames<AgentNamespaceProps> = { name: true, priority: true };

/**
 * The namespace of agents: a Namespace with the Pod Security label that agents need, and, for each
 * of the classes `system-node-critical` and `system-cluster-critical` that its pods have, the
 * ResourceQuota without which some clusters (for example GKE) refuse such pods outside kube-system.
 * These are the class of `priority`, and those of the pods that the same app renders into the
 * namespace. Keep other workloads out of it.
 *
 * @see
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/#limit-priority-class-consumption-by-default
 *
 * @example
 * new AgentNamespace(chart, 'namespace', { name: 'node-agents' });
 */
export class AgentNamespace extends Construct {
  /** The name of the namespace. */
  public readonly name: string;

  /**
   * @param scope a chart
   * @param id id of the construct
   * @param props the name
   */
  public constructor(scope: Construct, id: string, props: AgentNamespaceProps) {
    super(scope, id);
    const where = this.node.path;
    const checks = new InputChecks(this);
    const { name, priority = AgentPriority.nodeCritical() } = meantOptions(props, checks, PROPS);
    this.name = name;
    checks.try(() => checkNamespaceName(name, 'name', where, 'choose such a name'));
    const priorityClass = checks.try(() =>
      partOf(priority, '_spec', 'priority', PRIORITIES, where),
    );
    const { className } = checks.end({ priorityClass }).priorityClass;
    const namespace = clusterScoped(this, 'Default', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
    renderFirst(namespace);
    addEdit(namespace, {
      owner: 'AgentNamespace',
      key: 'AgentNamespace',
      operations: [
        {
          do: 'explain',
          reason: 'AgentNamespace: only for agents; whoever may create pods here controls the node',
        },
        {
          do: 'set',
          in: 'object',
          path: ['metadata', 'labels', POD_SECURITY_ENFORCE],
          value: 'privileged',
          reason:
            'AgentNamespace: agents use hostPath or hostIPC, which Pod Security refuses at "baseline" and "restricted"',
        },
      ],
    });
    if (className !== undefined) {
      this.admit(className, 'Quota');
    }
    onPriorityClass(this, name, used => {
      if (used !== className) {
        this.admit(used, `Quota-${used}`);
      }
    });
  }

  /** Admits pods of a priority class, if clusters limit it to namespaces with such a quota. */
  private admit(className: string, id: string): void {
    if (!className.startsWith('system-')) {
      return;
    }
    const quota = new ApiObject(this, id, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: className, namespace: this.name },
      spec: {
        hard: { pods: '1G' },
        scopeSelector: {
          matchExpressions: [{ operator: 'In', scopeName: 'PriorityClass', values: [className] }],
        },
      },
    });
    addEdit(quota, {
      owner: 'AgentNamespace',
      key: 'AgentNamespace',
      operations: [
        {
          do: 'explain',
          reason: `AgentNamespace: admits pods of priority class ${className} if the cluster limits them to namespaces with such a quota; it limits nothing itself`,
        },
      ],
    });
  }
}
