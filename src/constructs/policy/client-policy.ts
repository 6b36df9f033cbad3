import { type ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checkedGrants } from './checked-grants';
import {
  checkAction,
  checkNamespaceActions,
  PolicyAction,
  VALIDATION_ACTIONS,
} from './policy-action';
import { InputChecks } from '../../errors';
import { isDnsLabel } from '../../kube/names';
import { NAMESPACE_NAME } from '../../kube/well-known';
import { encodeAnnotation } from '../../model/annotation-codec';
import { clientPolicySpec } from '../../model/policy/admission-policy';
import {
  CLIENT_POLICY_ANNOTATION,
  policyGrantsOf,
  type Granted,
} from '../../model/policy/policy-grants';
import { volumePolicySpec } from '../../model/policy/volume-policy';
import { writerEntries } from '../../model/policy/writer-checks';
import { meantOptions, type OptionNames } from '../../options';
import { addEdit } from '../../wire/hook';
import { type Access } from '../contract/access';
import { type AgentContract } from '../contract/agent-contract';
import { recordDenial, recordPolicy, reserveName } from '../support/app-registry';
import { clusterScoped } from '../support/cluster-scoped';
import { explain } from '../support/explain';
import { flag } from '../support/input-values';

/** What one client namespace may use of one contract. */
export interface ClientPolicyGrant {
  /** The client namespace. */
  readonly namespace: string;

  /** The contract. */
  readonly contract: AgentContract;

  /**
   * What the namespace may do, as in its `ContractGrant`.
   *
   * @default - what the contract allows its clients
   */
  readonly access?: Access;
}

/** Properties of `ClientPolicy`. */
export interface ClientPolicyProps {
  /**
   * Everything that the client namespaces may use. All grants of a namespace must be in one policy:
   * this policy refuses what it does not grant.
   */
  readonly grants: ClientPolicyGrant[];

  /**
   * What happens to a pod that uses more.
   *
   * @default PolicyAction.DENY
   */
  readonly action?: PolicyAction;

  /**
   * What happens in single client namespaces, where it is not `action`: to refuse pods in one
   * namespace after the other. PersistentVolumes have no namespace; for them, `action` holds.
   *
   * @default - `action` in every namespace
   */
  readonly namespaceActions?: { [namespace: string]: PolicyAction };

  /**
   * Whether PersistentVolumes are checked, too. A second policy, `<name>.volumes`, then lets
   * PersistentVolumes name the directories of the contracts, or a directory above or below, only as
   * the grants say: `local` with exactly this path, `claimRef` to the granted claim, and
   * `mountOptions: [ro]` where the namespace only reads. It holds for everybody in the cluster.
   * Volumes of other directories are not checked.
   *
   * All contracts of the directories must be granted in this policy: with a grant that only another
   * policy or nobody lists, the PersistentVolume is refused. Volumes of drivers (CSI) that reach
   * directories of the node are not seen.
   *
   * @default false
   */
  readonly persistentVolumes?: boolean;

  /**
   * The name of the policy, a DNS label. Each binding is called `<name>-<namespace>`.
   *
   * @default "shared-memory-clients"
   */
  readonly name?: string;
}

const PROPS: OptionNames<ClientPolicyProps> = {
  action: true,
  grants: true,
  name: true,
  namespaceActions: true,
  persistentVolumes: true,
};

/**
 * Limits pods of client namespaces to exactly what was granted to them: a
 * ValidatingAdmissionPolicy, and a binding for each namespace (Kubernetes 1.30 or newer). Only the
 * namespace of a pod decides, by the label `kubernetes.io/metadata.name` that the API server itself
 * gives it; nothing in the pod does.
 *
 * The policy then requires of a pod:
 *
 * - no hostPath but the granted ones, of type Directory;
 * - no hostIPC, hostPID and hostNetwork, unless a granted contract needs it;
 * - readOnly and no mount propagation on mounts of shared memory that is only read, in every kind
 *   of container;
 * - no fsGroup but the contract's, with a claim that may be written;
 * - a sizeLimit on memory-medium emptyDirs, with memory limits for the containers or the pod;
 * - of containers that write into shared memory: not root, not the user that owns the memory, and
 *   no way to the capabilities CHOWN, DAC_OVERRIDE, FOWNER and SETUID, because such a container
 *   could lock out the agent and all other clients; unless the contract's clients run as the owner;
 * - no generic ephemeral volume whose claim would have the name of a granted claim;
 * - no privileged container and no capability beyond Pod Security "baseline", which a namespace
 *   with hostPath or hostIPC cannot enforce; and, if the namespace enforces no level, the rest of
 *   "baseline" as Kubernetes 1.34 defines it.
 *
 * The user of an image is not known to the API server. With `runAsNonRoot: true` and without
 * `runAsUser`, an image can still run as the user that owns the memory.
 *
 * Errors: SHM001 for names, SHM007 for grants that contradict each other and for a `ContractGrant`
 * of the app to one of the namespaces which the policy does not have, SHM011 for a namespace in two
 * policies, SHM012 for access; SHM010 for a client of the app that writes as a user, or with
 * capabilities, that a policy with `PolicyAction.DENY` refuses in its namespace.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 *
 * @example
 * new ClientPolicy(chart, 'policy', { grants: [{ namespace: 'shop', contract: routes }] });
 */
export class ClientPolicy extends Construct {
  /** The ValidatingAdmissionPolicy. */
  public readonly policy: ApiObject;

  /** Its bindings, one for each namespace, in the order of their names. */
  public readonly bindings: ApiObject[];

  /** The ValidatingAdmissionPolicy of PersistentVolumes, if there is one. */
  public readonly volumePolicy?: ApiObject;

  /** Its binding, if there is one. */
  public readonly volumeBinding?: ApiObject;

  /**
   * @param scope a chart
   * @param id id of the construct
   * @param props grants, and what happens to pods that use more
   */
  public constructor(scope: Construct, id: string, props: ClientPolicyProps) {
    super(scope, id);
    const where = this.node.path;
    const checks = new InputChecks(this);
    const { fail } = checks;
    const meant = meantOptions(props, checks, PROPS);
    const { action = PolicyAction.DENY, name = 'shared-memory-clients' } = meant;
    if (!isDnsLabel(name)) {
      fail('SHM001', 'name', name, 'a DNS label of at most 63 characters', 'choose such a name');
    }
    checkAction(action, 'action', checks);
    const given = checks.try(() => checkedGrants(meant.grants, this)) ?? [];
    const persistentVolumes = checks.try(() =>
      flag(meant.persistentVolumes, 'persistentVolumes', where),
    );
    const namespaces = [...new Set(given.map(grant => grant.namespace))].sort();
    const { namespaceActions = {} } = meant;
    checkNamespaceActions(namespaceActions, namespaces, checks);
    const own = new Map(Object.entries(namespaceActions));
    const actionIn = (namespace: string) => own.get(namespace) ?? action;
    this.reserve(name, namespaces, checks);
    const { grants, ...right } = checks.end({ grants: given, persistentVolumes });
    this.policy = this.makePolicy(name, grants);
    this.bindings = namespaces.map(namespace =>
      this.makeBinding(name, namespace, actionIn(namespace)),
    );
    for (const namespace of namespaces) {
      const granted = grants.filter(grant => grant.namespace === namespace);
      recordPolicy(
        this,
        namespace,
        granted.map(({ spec }) => spec),
      );
      if (actionIn(namespace) === PolicyAction.DENY) {
        recordDenial(
          this,
          namespace,
          granted.filter(grant => writerEntries([grant]).length > 0).map(({ spec }) => spec),
        );
      }
    }
    if (right.persistentVolumes) {
      this.volumePolicy = this.makeVolumePolicy(`${name}.volumes`, grants);
      this.volumeBinding = this.makeVolumeBinding(`${name}.volumes`, action);
    }
  }

  /** Reserves the names of the policy, and the namespaces, which no other policy may limit. */
  private reserve(name: string, namespaces: readonly string[], checks: InputChecks): void {
    checks.try(() =>
      reserveName(
        this,
        'ValidatingAdmissionPolicy',
        name,
        'one ClientPolicy with this name',
        'give one of them another name',
      ),
    );
    for (const namespace of namespaces) {
      checks.try(() =>
        reserveName(
          this,
          'policy for namespace',
          namespace,
          'all grants of a namespace in one ClientPolicy: each policy refuses what it does not grant itself',
          'put the grants into one ClientPolicy',
        ),
      );
    }
  }

  private makePolicy(name: string, grants: readonly Granted[]): ApiObject {
    const policy = clusterScoped(this, 'Default', {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: clientPolicySpec(grants),
    });
    addEdit(policy, {
      owner: 'ClientPolicy',
      key: 'ClientPolicy',
      operations: [
        {
          do: 'explain',
          reason:
            'ClientPolicy: pods of client namespaces may use what their contracts grant, and nothing else of the node; each entry begins with the namespace that it is for',
        },
        {
          do: 'annotate',
          annotation: CLIENT_POLICY_ANNOTATION.key,
          value: encodeAnnotation({ grants: policyGrantsOf(grants).map(grant => ({ ...grant })) }),
          reason:
            'ClientPolicy: what the expressions below allow of the node, for reports and for `diff`',
        },
      ],
    });
    return policy;
  }

  private makeVolumePolicy(name: string, grants: readonly Granted[]): ApiObject {
    const policy = clusterScoped(this, 'volumes', {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: volumePolicySpec(grants),
    });
    explain(
      policy,
      'ClientPolicy',
      'PersistentVolumes may name the directories of the contracts only as the grants say; each entry of granted is a directory, the namespace and the name of a claim, and the access',
    );
    return policy;
  }

  private makeVolumeBinding(name: string, action: PolicyAction): ApiObject {
    const binding = clusterScoped(this, 'binding.volumes', {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: VALIDATION_ACTIONS[action] },
    });
    explain(
      binding,
      'ClientPolicy',
      'the whole cluster, because PersistentVolumes have no namespace',
    );
    return binding;
  }

  private makeBinding(name: string, namespace: string, action: PolicyAction): ApiObject {
    const binding = clusterScoped(this, `binding-${namespace}`, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: `${name}-${namespace}` },
      spec: {
        policyName: name,
        validationActions: VALIDATION_ACTIONS[action],
        matchResources: { namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: namespace } } },
      },
    });
    explain(
      binding,
      'ClientPolicy',
      `namespace ${namespace}, by the label that the API server gives it`,
    );
    return binding;
  }
}
