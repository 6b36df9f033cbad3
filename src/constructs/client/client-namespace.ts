import { ApiObject, type Size } from 'cdk8s';
import { Construct } from 'constructs';
import {
  CLIENT_NAMESPACE_PROPS,
  CONTAINER_MEMORY_OPTIONS,
  QUOTA_OPTIONS,
  type ClientContainerMemory,
  type ClientNamespaceProps,
  type ClientQuota,
  type PodSecurityLevel,
} from './client-namespace-props';
import { InputError, show } from '../../errors';
import { formatBytes } from '../../kube/quantity';
import { POD_SECURITY_ENFORCE } from '../../kube/well-known';
import {
  hostUse,
  POD_SECURITY_LEVELS,
  paidInPod,
  type PodSecurityLevelName,
} from '../../model/client/client-needs';
import { optionsOf } from '../../options';
import { addEdit } from '../../wire/hook';
import { specOf } from '../contract/agent-contract';
import { clusterScoped } from '../support/cluster-scoped';
import { explain } from '../support/explain';
import { checkNamespaceName } from '../support/input-values';
import { renderFirst } from '../support/namespace-first';
import { bytesOf } from '../support/size-bytes';

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
    this.name = optionsOf(props, where, CLIENT_NAMESPACE_PROPS).name;
    checkNamespaceName(props.name, 'name', where, 'choose such a name');
    const clients = (props.contracts ?? []).map(contract => specOf(contract, where));
    const sidecars = (props.sidecarContracts ?? []).map(contract => specOf(contract, where));
    if (clients.length + sidecars.length === 0) {
      this.fail(
        'contracts',
        [],
        'the contracts of its workloads',
        'name them, or make a plain Namespace',
      );
    }
    const uses = clients.flatMap(spec =>
      hostUse(spec).map(use => `${use} of contract ${spec.name}`),
    );
    this.namespace(this.level(props.podSecurity, uses), uses);
    const paid = paidInPod(clients, sidecars);
    if (props.containerMemory) {
      this.limitRange(
        optionsOf(props.containerMemory, `${where} containerMemory`, CONTAINER_MEMORY_OPTIONS),
        paid,
      );
    }
    if (props.quota) {
      this.quota(optionsOf(props.quota, `${where} quota`, QUOTA_OPTIONS), paid);
    }
  }

  private level(
    given: PodSecurityLevel | undefined,
    uses: readonly string[],
  ): PodSecurityLevelName {
    if (given !== undefined && !POD_SECURITY_LEVELS.includes(given)) {
      this.fail(
        'podSecurity',
        given,
        'PodSecurityLevel.RESTRICTED, BASELINE or PRIVILEGED',
        'write one of them, or leave it out',
      );
    }
    const least = uses.length > 0 ? 'privileged' : 'restricted';
    if (given !== undefined && given !== 'privileged' && least === 'privileged') {
      this.fail(
        'podSecurity',
        given,
        `PodSecurityLevel.PRIVILEGED: every other level refuses ${uses.join(', ')}`,
        'leave it out, and limit pods to their grants with a ClientPolicy; or choose memory that needs no host access',
      );
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

  private limitRange(
    { defaultLimit, defaultRequest, max }: ClientContainerMemory,
    paid: Paid,
  ): void {
    const [limit, request, most] = [
      this.bytes(defaultLimit),
      defaultRequest && this.bytes(defaultRequest),
      max && this.bytes(max),
    ];
    if (request !== undefined && request > limit) {
      this.fail(
        'containerMemory.defaultRequest',
        formatBytes(request),
        `at most the default limit, ${formatBytes(limit)}`,
        'lower it, or raise the limit',
      );
    }
    if (most !== undefined && limit > most) {
      this.fail(
        'containerMemory.max',
        formatBytes(most),
        `at least the default limit, ${formatBytes(limit)}`,
        'raise it, or lower the limit',
      );
    }
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

  private quota({ pods, requests, limits }: ClientQuota, paid: Paid): void {
    if (!Number.isSafeInteger(pods) || pods < 1) {
      this.fail(
        'quota.pods',
        pods,
        'a whole number from 1',
        'write how many pods may exist at once',
      );
    }
    const memory = (own: Size) => formatBytes(this.bytes(own) + pods * paid.bytes);
    this.explained(
      'ResourceQuota',
      {
        hard: {
          pods: String(pods),
          ...(requests && { 'requests.memory': memory(requests) }),
          ...(limits && { 'limits.memory': memory(limits) }),
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

  private bytes(size: Size): number {
    const bytes = bytesOf(size, this.node.path);
    if (!Number.isSafeInteger(bytes) || bytes <= 0) {
      throw new InputError(this.node.path, {
        code: 'SHM003',
        field: 'size',
        given: show(bytes),
        allowed: 'a positive whole number of bytes',
        fix: 'write a size like Size.mebibytes(256)',
      });
    }
    return bytes;
  }

  private fail(field: string, given: unknown, allowed: string, fix: string): never {
    throw new InputError(this.node.path, {
      code: 'SHM007',
      field,
      given: typeof given === 'string' ? given : show(given),
      allowed,
      fix,
    });
  }
}

type Paid = ReturnType<typeof paidInPod>;
