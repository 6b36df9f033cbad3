import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { ownLimits, ownQuota, type OwnLimits, type OwnQuota } from './client-namespace-memory';
import {
  CLIENT_NAMESPACE_PROPS,
  type ClientNamespaceProps,
  type PodSecurityLevel,
} from './client-namespace-props';
import { InputChecks, show } from '../../errors';
import { formatBytes } from '../../kube/quantity';
import { POD_SECURITY_ENFORCE } from '../../kube/well-known';
import {
  hostUse,
  POD_SECURITY_LEVELS,
  paidInPod,
  type PodSecurityLevelName,
} from '../../model/client/client-needs';
import { meantOptions } from '../../options';
import { addEdit } from '../../wire/hook';
import { specOf, type AgentContract } from '../contract/agent-contract';
import { clusterScoped } from '../support/cluster-scoped';
import { explain } from '../support/explain';
import { checkNamespaceName } from '../support/input-values';
import { renderFirst } from '../support/namespace-first';

/**
 * A namespace of clients. If its pods pay for shared memory (`Payer.CLIENT`, or a sidecar), its
 * limits leave room for that: the library adds the bytes of the contracts to the numbers that you
 * give, once for each container in the LimitRange, and once for each pod in the ResourceQuota.
 *
 * YAML: a Namespace with the label `pod-security.kubernetes.io/enforce`, written before the objects
 * of its chart that are in it; and, if you ask for them, a LimitRange and a ResourceQuota named
 * `shared-memory`.
 *
 * Errors: SHM001 for the name, SHM003 for sizes, SHM007 for a level that refuses clients of these
 * contracts, and for numbers that contradict each other.
 *
 * @see https://kubernetes.io/docs/concepts/policy/limit-range/
 * @see https://kubernetes.io/docs/concepts/policy/resource-quotas/
 *
 * @example
 * new ClientNamespace(chart, 'namespace', {
 *   name: 'shop',
 *   contracts: [routes],
 *   quota: { pods: 50, limits: Size.gibibytes(100) },
 * });
 */
export class ClientNamespace extends Construct {
  /** The name of the namespace. */
  public readonly name: string;

  /**
   * @param scope a chart
   * @param id id of the construct
   * @param props name, contracts and numbers
   */
  public constructor(scope: Construct, id: string, props: ClientNamespaceProps) {
    super(scope, id);
    const where = this.node.path;
    const checks = new InputChecks(this);
    const meant = meantOptions(props, checks, CLIENT_NAMESPACE_PROPS);
    const { containerMemory, contracts = [], name, quota, sidecarContracts = [] } = meant;
    this.name = name;
    checks.try(() => checkNamespaceName(name, 'name', where, 'choose such a name'));
    const specs = (all: readonly AgentContract[], field: string) =>
      all.flatMap(
        (contract, i) => checks.try(() => specOf(contract, where, `${field}[${i}]`)) ?? [],
      );
    const clients = specs(contracts, 'contracts');
    const sidecars = specs(sidecarContracts, 'sidecarContracts');
    if (contracts.length + sidecarContracts.length === 0) {
      checks.fail(
        'SHM007',
        'contracts',
        [],
        'the contracts of its workloads',
        'name them, or make a plain Namespace',
      );
    }
    const uses = clients.flatMap(spec =>
      hostUse(spec).map(use => `${use} of contract ${spec.name}`),
    );
    const level = this.level(meant.podSecurity, uses, checks);
    const limits = containerMemory && checks.try(() => ownLimits(containerMemory, where));
    const hard = quota && checks.try(() => ownQuota(quota, where));
    checks.end({});
    this.namespace(level, uses);
    const paid = paidInPod(clients, sidecars);
    if (limits) {
      this.limitRange(limits, paid);
    }
    if (hard) {
      this.quota(hard, paid);
    }
  }

  private level(
    given: PodSecurityLevel | undefined,
    uses: readonly string[],
    { add }: InputChecks,
  ): PodSecurityLevelName {
    if (given !== undefined && !POD_SECURITY_LEVELS.includes(given)) {
      add({
        code: 'SHM007',
        field: 'podSecurity',
        given: typeof given === 'string' ? given : show(given),
        allowed: 'PodSecurityLevel.RESTRICTED, BASELINE or PRIVILEGED',
        fix: 'write one of them, or leave it out',
      });
      return given;
    }
    const least = uses.length > 0 ? 'privileged' : 'restricted';
    if (given !== undefined && given !== 'privileged' && least === 'privileged') {
      add({
        code: 'SHM007',
        field: 'podSecurity',
        given,
        allowed: `PodSecurityLevel.PRIVILEGED: every other level refuses ${uses.join(', ')}`,
        fix: 'leave it out, and limit pods to their grants with a ClientPolicy; or choose memory that needs no host access',
      });
    }
    return given ?? least;
  }

  private namespace(level: PodSecurityLevelName, uses: readonly string[]): void {
    const namespace = clusterScoped(this, 'Default', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: this.name },
    });
    const reason =
      uses.length > 0
        ? `${uses.join(', ')}, which Pod Security refuses at "baseline" and "restricted"; a ClientPolicy limits pods to what was granted`
        : 'claims, and agents in the pod, need no access to the node';
    renderFirst(namespace);
    addEdit(namespace, {
      owner: 'ClientNamespace',
      key: 'ClientNamespace',
      operations: [
        {
          do: 'set',
          in: 'object',
          path: ['metadata', 'labels', POD_SECURITY_ENFORCE],
          value: level,
          reason: `ClientNamespace: ${reason}`,
        },
      ],
    });
  }

  private limitRange({ limit, most, request }: OwnLimits, paid: Paid): void {
    const memory = (own: number) => ({ memory: formatBytes(own + paid.bytes) });
    this.explained(
      'LimitRange',
      {
        limits: [
          {
            type: 'Container',
            default: memory(limit),
            ...(request === undefined ? {} : { defaultRequest: memory(request) }),
            ...(most === undefined ? {} : { max: memory(most) }),
          },
        ],
      },
      paid.bytes === 0
        ? 'what containers need for themselves; the agents pay for what is shared'
        : `each includes, in addition to what containers need for themselves, ${paid.why}`,
    );
  }

  private quota({ limits, pods, requests }: OwnQuota, paid: Paid): void {
    const memory = (own: number) => formatBytes(own + pods * paid.bytes);
    this.explained(
      'ResourceQuota',
      {
        hard: {
          pods: String(pods),
          ...(requests !== undefined && { 'requests.memory': memory(requests) }),
          ...(limits !== undefined && { 'limits.memory': memory(limits) }),
        },
      },
      paid.bytes === 0
        ? 'what pods need for themselves; the agents pay for what is shared'
        : `the memory includes, for each of ${pods} pods, ${paid.why}`,
    );
  }

  private explained(kind: string, spec: object, reason: string): void {
    const object = new ApiObject(this, kind, {
      apiVersion: 'v1',
      kind,
      metadata: { name: 'shared-memory', namespace: this.name },
      spec,
    });
    explain(object, 'ClientNamespace', reason);
  }
}

type Paid = ReturnType<typeof paidInPod>;
