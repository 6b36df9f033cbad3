import { ApiObject, Chart, Duration, Size } from 'cdk8s';
import { Construct } from 'constructs';
import { STARTUP_TAINT_PROPS, type StartupTaintProps } from './startup-taint-props';
import { InputChecks, show } from '../../errors';
import { isDnsLabel, isImage, isLabelValue, isQualifiedName } from '../../kube/names';
import { formatBytes } from '../../kube/quantity';
import {
  AUTOSCALER_PREFIX,
  removerEdit,
  removerPolicySpec,
  removerRules,
  removerSpec,
  startupTaintEdit,
  type AwaitedContract,
  type StartupTaintRemover,
  type StartupTaintSpec,
} from '../../model/node/startup-taint-remover';
import { meantOptions } from '../../options';
import { addEdit } from '../../wire/hook';
import { servingWorkloads, type ServingWorkload } from '../agent/serving-workloads';
import { recordPriorityClass, reserveName } from '../support/app-registry';
import { clusterScoped } from '../support/cluster-scoped';
import { secondsOf } from '../support/duration-seconds';
import { explain } from '../support/explain';
import { bytesOf } from '../support/size-bytes';

const LEAST_MEMORY = 64 * 1024 * 1024;

/**
 * A startup taint, for node pools that grow automatically. New nodes come with it, from the node
 * pool's own configuration (RUNBOOK.md has the text), so that nothing is scheduled there. It is
 * removed when all agents that belong on the node are ready. It is not added again: what happens to
 * an agent later is a matter of its clients' gate and of alerts.
 *
 * YAML: a toleration and a label on the agents, and no change to any client; a Deployment of one
 * replica in the agents' namespace, which runs as nobody; its ServiceAccount; a Role (list pods)
 * and a ClusterRole (get, list and patch nodes); and, because RBAC cannot say "only this taint", a
 * ValidatingAdmissionPolicy that refuses every other change of a node by this service account
 * (Kubernetes 1.30 or newer).
 *
 * Errors: SHM001 for the name, SHM002 for the key, SHM007 for agents of several namespaces and for
 * a chart of another one, SHM011 for a name or a key that another StartupTaint has, SHM013 for the
 * memory limit, SHM015 for the image, SHM029 for agents that serve nothing, SHM030 for the
 * interval.
 *
 * @see
 * https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md#startup-taints
 *
 * @example
 * new StartupTaint(chart, 'startup-taint', {
 *   agents: [agent],
 *   image: 'registry.example.com/kubectl:1.33',
 * });
 */
export class StartupTaint extends Construct {
  /** The key of the taint. Its value is "true", its effect NoSchedule. */
  public readonly key: string;

  /**
   * @param scope a chart
   * @param id id of the construct
   * @param props the agents, and the image with kubectl
   */
  public constructor(scope: Construct, id: string, props: StartupTaintProps) {
    super(scope, id);
    const checks = new InputChecks(this);
    const meant = meantOptions(props, checks, STARTUP_TAINT_PROPS);
    const { image, interval, key, memoryLimit, name, priorityClassName } = meant;
    const agents = checks.try(() => servingWorkloads(meant.agents, this.node.path));
    const contracts = contractsOf(agents ?? []);
    const only = contracts.length === 1 ? contracts[0].name : undefined;
    this.key = key ?? (only === undefined ? '' : `${AUTOSCALER_PREFIX}${only}-agent-not-ready`);
    const taint: StartupTaintSpec = { key: this.key, value: 'true', effect: 'NoSchedule' };
    const wanted: Wanted = {
      name: name ?? (only === undefined ? '' : `${only}-startup-taint`),
      namespace: agents?.[0].spec.namespace,
      contracts,
      image,
      interval: checks.try(() =>
        secondsOf(interval ?? Duration.seconds(10), 'interval', this.node.path),
      ),
      memoryLimit: checks.try(() =>
        bytesOf(memoryLimit ?? Size.mebibytes(256), this.node.path, 'memoryLimit'),
      ),
    };
    this.check(wanted, agents ?? [], checks);
    const cluster = `${wanted.namespace}-${wanted.name}`;
    if (agents) {
      this.reserve(wanted, cluster, checks);
    }
    const { served, ...right } = checks.end({ ...wanted, served: agents });
    const remover: StartupTaintRemover = { ...right, taint, priorityClassName };
    recordPriorityClass(this, remover.namespace, priorityClassName);
    this.tolerate(served, remover.taint);
    this.deployment(remover);
    this.access(remover, cluster);
    this.policy(remover, cluster);
  }

  /** Reserves the names of the objects, and the taint. */
  private reserve({ name, namespace }: Wanted, cluster: string, checks: InputChecks): void {
    const another = "give one of them another name: name: '...'";
    for (const [field, reserved, allowed, fix] of [
      [
        'Deployment',
        `${namespace}/${name}`,
        'one StartupTaint with this name and namespace',
        another,
      ],
      ['ClusterRole', cluster, 'one StartupTaint for each <namespace>-<name>', another],
      [
        'startup taint',
        this.key,
        'one StartupTaint with this key',
        "give all their agents to one StartupTaint, or write key: '...'",
      ],
    ]) {
      checks.try(() => reserveName(this, field, reserved, allowed, fix));
    }
  }

  private check(
    { contracts, image, memoryLimit, name, namespace }: Wanted,
    served: readonly ServingWorkload[],
    { fail }: InputChecks,
  ): void {
    const isRead = served.length > 0; // otherwise the agents are wrong
    const several = `, because the agents serve several contracts: ${contracts.map(contract => contract.name).join(', ')}`;
    if ((isRead || name !== '') && !isDnsLabel(name)) {
      fail(
        'SHM001',
        'name',
        name || undefined,
        `a DNS label of at most 63 characters${name === '' ? several : ''}`,
        "write name: 'pool-startup-taint'",
      );
    }
    if ((isRead || this.key !== '') && !isQualifiedName(this.key)) {
      fail(
        'SHM002',
        'key',
        this.key || undefined,
        `a taint key${this.key === '' ? several : ''}`,
        `write key: '${AUTOSCALER_PREFIX}pool-agents-not-ready'`,
      );
    }
    if (!isImage(image)) {
      fail(
        'SHM015',
        'image',
        image,
        'an image with kubectl, sh, sleep, timeout, expr and rm',
        "write the one of your registry: image: 'registry.example.com/kubectl:1.33'",
      );
    }
    if (memoryLimit !== undefined && memoryLimit < LEAST_MEMORY) {
      fail(
        'SHM013',
        'memoryLimit',
        `${formatBytes(memoryLimit)}`,
        'at least 64Mi, which kubectl alone needs',
        'write Size.mebibytes(256), or leave it out',
      );
    }
    const chartNamespace = Chart.of(this).namespace;
    if (isRead && chartNamespace !== undefined && chartNamespace !== namespace) {
      fail(
        'SHM007',
        'agents',
        namespace,
        `agents of ${show(chartNamespace)}, the namespace of the chart`,
        'put the StartupTaint into the chart of the agents, or into one without a namespace',
      );
    }
    for (const unlabeled of served.filter(({ agent }) => !isLabelValue(agent))) {
      fail(
        'SHM002',
        'agents',
        unlabeled.agent,
        'agents whose names can be the value of a label: at most 63 characters',
        'give the workload a shorter name',
      );
    }
    const own = served.find(
      ({
        spec: {
          nodes: { taint },
        },
      }) => taint?.key === this.key,
    );
    if (own) {
      fail(
        'SHM007',
        'key',
        this.key,
        `a key other than that of the taint of contract ${own.spec.name}, which its nodes keep and its clients tolerate`,
        'leave the key out',
      );
    }
  }

  private tolerate(served: readonly ServingWorkload[], taint: StartupTaintSpec): void {
    for (const { object, agent, template } of served) {
      addEdit(object, startupTaintEdit('StartupTaint', taint, agent, template));
    }
  }

  private deployment(remover: StartupTaintRemover): void {
    const deployment = new ApiObject(this, 'Default', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: remover.name, namespace: remover.namespace },
      spec: removerSpec(remover),
    });
    addEdit(deployment, removerEdit('StartupTaint', remover));
  }

  private access({ name, namespace }: StartupTaintRemover, cluster: string): void {
    const rules = removerRules();
    const subjects = [{ kind: 'ServiceAccount', name, namespace }];
    const rbac = 'rbac.authorization.k8s.io';
    const account = new ApiObject(this, 'ServiceAccount', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace },
      automountServiceAccountToken: false,
    });
    explain(account, 'StartupTaint', 'the account of one Deployment; only its pods have the token');
    const role = new ApiObject(this, 'Role', {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name, namespace },
      rules: rules.role,
    });
    explain(role, 'StartupTaint', 'reads which agents are ready');
    const binding = new ApiObject(this, 'RoleBinding', {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name, namespace },
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects,
    });
    explain(binding, 'StartupTaint', 'lists only the pods of this namespace');
    const clusterRole = clusterScoped(this, 'ClusterRole', {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: cluster },
      rules: rules.clusterRole,
    });
    explain(
      clusterRole,
      'StartupTaint',
      `patches nodes; the ValidatingAdmissionPolicy ${cluster} narrows that down to one taint`,
    );
    const clusterBinding = clusterScoped(this, 'ClusterRoleBinding', {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: cluster },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: cluster },
      subjects,
    });
    explain(clusterBinding, 'StartupTaint', 'nodes have no namespace');
  }

  private policy(remover: StartupTaintRemover, cluster: string): void {
    const group = 'admissionregistration.k8s.io/v1';
    const policy = clusterScoped(this, 'Policy', {
      apiVersion: group,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: cluster },
      spec: removerPolicySpec(remover),
    });
    explain(
      policy,
      'StartupTaint',
      'what RBAC cannot say: this service account may remove one taint from nodes, and change nothing else of them',
    );
    const binding = clusterScoped(this, 'PolicyBinding', {
      apiVersion: group,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: cluster },
      spec: { policyName: cluster, validationActions: ['Deny', 'Audit'] },
    });
    explain(
      binding,
      'StartupTaint',
      'for all nodes; the policy applies to this service account alone',
    );
  }
}

/** What the properties ask for, as far as it can be read. */
interface Wanted {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly contracts: readonly AwaitedContract[];
  readonly image: string;
  readonly interval: number | undefined;
  readonly memoryLimit: number | undefined;
}

/** The contracts that agents serve, each with the agents that divide its nodes between them. */
function contractsOf(served: readonly ServingWorkload[]): AwaitedContract[] {
  return [...new Set(served.map(({ spec }) => spec.name))].sort().map(name => {
    const mine = served.filter(({ spec }) => spec.name === name);
    return {
      name,
      label: mine[0].spec.nodes.label,
      agents: [...new Set(mine.map(({ agent }) => agent))].sort(),
    };
  });
}
