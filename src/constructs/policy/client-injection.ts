import { type ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { describeIn, InputChecks } from '../../errors';
import { isDnsSubdomain } from '../../kube/names';
import { NAMESPACE_NAME } from '../../kube/well-known';
import type { AccessKind, ContractSpec } from '../../model/contract/contract-spec';
import { claimName, SUFFIXES } from '../../model/contract/node-layout';
import { injectsAnnotation } from '../../model/injection/injected-contract';
import { whyNotInjected } from '../../model/injection/injection-check';
import { injectionSpec, useGuardSpec, wiredSpec } from '../../model/injection/injection-policies';
import { INJECTS_ANNOTATION } from '../../model/injection/injects-annotation';
import { useGuardName, useValue } from '../../model/injection/use-label';
import { meantOptions, type OptionNames } from '../../options';
import { addEdit } from '../../wire/hook';
import { Access } from '../contract/access';
import { specOf, type AgentContract } from '../contract/agent-contract';
import {
  grantedUses,
  requireSameContract,
  reservedNames,
  reserveName,
} from '../support/app-registry';
import { clusterScoped } from '../support/cluster-scoped';
import { explain } from '../support/explain';
import { allowedAccess, checkNamespaceName } from '../support/input-values';

/** Properties of `ClientInjection`. */
export interface ClientInjectionProps {
  /** The contract that pods join. Its clients must use claims: a label has no host privilege. */
  readonly contract: AgentContract;

  /** The namespaces whose pods may join. Each needs a `ContractGrant`. */
  readonly namespaces: string[];

  /**
   * The most that a pod may ask for in its label.
   *
   * @default Access.READ_ONLY
   */
  readonly access?: Access;

  /**
   * The beginning of the names of the policies, a DNS subdomain.
   *
   * @default "NAMESPACE-CONTRACT-VERSION"
   */
  readonly name?: string;
}

const PROPS: OptionNames<ClientInjectionProps> = {
  access: true,
  contract: true,
  name: true,
  namespaces: true,
};

/**
 * Lets pods join a contract with one label, whoever makes them: a chart, kustomize, an operator.
 * The API server itself wires a pod when it is created (MutatingAdmissionPolicy, Kubernetes 1.36 or
 * newer). Nothing runs for it.
 *
 * A pod with the label `cdk8s-shared-memory/use.CONTRACT: readOnly.VERSION` gets what `attachTo()`
 * writes into a workload: volume, mounts, variables, group, node selector, toleration, and the step
 * that waits. Its only container shares the memory; of several containers, the annotation
 * `cdk8s-shared-memory/containers.CONTRACT` names those that do. Both go on the pod template.
 *
 * For each access, one policy wires the pod, and one refuses a pod that is not wired exactly so,
 * with a sentence for its author. One more policy refuses the label everywhere else in the cluster.
 * A policy takes some seconds to be in force. Until then, a pod with the scheduling gate
 * `cdk8s-shared-memory/wired` stays SchedulingGated instead of running without the memory.
 *
 * All versions of a contract must be injected by one app, because they share the last policy.
 *
 * Errors: SHM001 for names, SHM007 for a contract that admission cannot wire, and for a namespace
 * that is given twice or, although the app has grants of the contract, has none; SHM011 for two
 * injections of one contract name in one namespace; SHM012 for access.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/
 *
 * @example
 * new ClientInjection(chart, 'join', { contract: routes, namespaces: ['shop'] });
 */
export class ClientInjection extends Construct {
  /** The policies that wire pods and check the result, each followed by its binding. */
  public readonly policies: ApiObject[] = [];

  /**
   * @param scope a chart
   * @param id id of the construct
   * @param props contract, namespaces, access
   */
  public constructor(scope: Construct, id: string, props: ClientInjectionProps) {
    super(scope, id);
    const where = this.node.path;
    const checks = new InputChecks(this);
    const meant = meantOptions(props, checks, PROPS);
    const { access = Access.READ_ONLY, namespaces } = meant;
    const read = checks.try(() => specOf(meant.contract, where));
    const base = meant.name ?? (read && `${read.namespace}-${read.name}-${read.version}`);
    this.check(read, namespaces, base, checks);
    const allowed = read && checks.try(() => allowedAccess(read, access, where));
    if (read) {
      checks.try(() => requireSameContract(this, read));
    }
    const { spec, ...right } = checks.end({ allowed, base, spec: read });
    const accesses: AccessKind[] =
      right.allowed === Access.READ_WRITE ? ['readOnly', 'readWrite'] : ['readOnly'];
    this.node.addValidation({ validate: () => this.withoutGrant(spec, namespaces, accesses) });
    for (const each of accesses) {
      this.inject(spec, each, `${right.base}-${SUFFIXES[each]}`, namespaces);
    }
    this.guard(
      spec,
      namespaces.flatMap(namespace =>
        accesses.map(each => ({ namespace, value: useValue(spec, each) })),
      ),
    );
  }

  private check(
    spec: ContractSpec | undefined,
    namespaces: readonly string[],
    base: string | undefined,
    checks: InputChecks,
  ): void {
    const { fail } = checks;
    if (!Array.isArray(namespaces) || namespaces.length === 0) {
      fail(
        'SHM007',
        'namespaces',
        namespaces,
        'a list of one or more namespaces',
        "write namespaces: ['shop']",
      );
    } else {
      this.checkNamespaces(spec, namespaces, checks);
    }
    const why = spec && whyNotInjected(spec);
    if (why) {
      fail('SHM007', 'contract', `contract ${spec.name} with ${why.given}`, why.allowed, why.fix);
    }
    if (base === undefined) {
      return;
    }
    if (!isDnsSubdomain(`${base}-ro`)) {
      fail(
        'SHM001',
        'name',
        base,
        'a DNS subdomain of at most 250 characters',
        'choose such a name',
      );
    }
    checks.try(() =>
      reserveName(
        this,
        'MutatingAdmissionPolicy',
        base,
        'one ClientInjection with this name',
        'give one of them another name',
      ),
    );
  }

  private checkNamespaces(
    spec: ContractSpec | undefined,
    namespaces: readonly string[],
    checks: InputChecks,
  ): void {
    for (const [i, namespace] of namespaces.entries()) {
      checks.try(() =>
        checkNamespaceName(
          namespace,
          `namespaces[${i}]`,
          this.node.path,
          'name a namespace of clients',
        ),
      );
      if (namespaces.indexOf(namespace) < i) {
        checks.fail('SHM007', 'namespaces', namespace, 'each namespace once', 'write it once');
      } else if (spec) {
        checks.try(() =>
          reserveName(
            this,
            'injection',
            `${spec.name} ${spec.version} in namespace ${namespace}`,
            'one injection of a contract name and version in a namespace: the label names no more than these',
            'put the namespaces into one ClientInjection, or give one of the contracts another name',
          ),
        );
      }
    }
  }

  /**
   * Returns the errors for namespaces without the claims that the policies mount. If no grant of
   * the contract is in the app, they are in another one.
   */
  private withoutGrant(
    spec: ContractSpec,
    namespaces: readonly string[],
    accesses: readonly AccessKind[],
  ): string[] {
    const claims = accesses.flatMap(access =>
      spec.memory.map(memory => claimName(spec, memory, access)),
    );
    const granted = reservedNames(this, 'claim');
    const isGrantedHere = granted.some(each => claims.includes(each.slice(each.indexOf('/') + 1)));
    return namespaces.flatMap(namespace => {
      const missing = claims.filter(claim => !granted.includes(`${namespace}/${claim}`));
      return !isGrantedHere || missing.length === 0
        ? []
        : [
            describeIn(this.node.path, {
              code: 'SHM007',
              field: 'namespaces',
              given: `${namespace}, which has no grant for ${[...new Set(missing)].join(', ')}`,
              allowed:
                'namespaces with a ContractGrant of the contract, and no more access than it',
              fix: granted.some(each => claims.some(claim => each === `${namespace}/${claim}`))
                ? 'give its ContractGrant access: Access.READ_WRITE, or leave access out here'
                : `add new ContractGrant(chart, '${namespace}', { contract, namespace: '${namespace}' }), or leave the namespace out`,
            }),
          ];
    });
  }

  private inject(
    spec: ContractSpec,
    access: AccessKind,
    name: string,
    namespaces: readonly string[],
  ): void {
    const selector = {
      matchExpressions: [{ key: NAMESPACE_NAME, operator: 'In', values: [...namespaces].sort() }],
    };
    const make = (id: string, kind: string, body: object) => {
      const object = clusterScoped(this, `${id}-${SUFFIXES[access]}`, {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind,
        metadata: { name },
        ...{ spec: body },
      });
      this.policies.push(object);
      return object;
    };
    const wires = make('wires', 'MutatingAdmissionPolicy', injectionSpec(spec, access));
    addEdit(wires, {
      owner: 'ClientInjection',
      key: 'ClientInjection',
      operations: [
        {
          do: 'explain',
          reason: `ClientInjection: wires pods that ask for contract ${spec.name} with the label ${useValue(spec, access)}, when they are created`,
        },
        {
          do: 'annotate',
          annotation: INJECTS_ANNOTATION.key,
          value: injectsAnnotation(spec),
          reason: 'ClientInjection: the contract that the expressions below wire, for reports',
        },
      ],
    });
    make('wires-binding', 'MutatingAdmissionPolicyBinding', {
      policyName: name,
      matchResources: { namespaceSelector: selector },
    });
    explain(
      make('checks', 'ValidatingAdmissionPolicy', wiredSpec(spec, access)),
      'ClientInjection',
      `refuses a pod with this label that is not wired exactly as contract ${spec.name} needs`,
    );
    make('checks-binding', 'ValidatingAdmissionPolicyBinding', {
      policyName: name,
      validationActions: ['Deny', 'Audit'],
      matchResources: { namespaceSelector: selector },
    });
  }

  /** Adds the uses to the guard of the contract's label, which the first injection makes. */
  private guard(
    { name }: ContractSpec,
    uses: readonly { readonly namespace: string; readonly value: string }[],
  ): void {
    const known = grantedUses(this, name);
    const isFirst = known.length === 0;
    known.push(...uses);
    if (!isFirst) {
      return;
    }
    const guard = useGuardName(name);
    explain(
      clusterScoped(this, 'guard', {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name: guard },
        spec: Lazy.any({ produce: () => useGuardSpec(name, known) }),
      }),
      'ClientInjection',
      `refuses the label of contract ${name} wherever no policy wires the pod, in the whole cluster`,
    );
    clusterScoped(this, 'guard-binding', {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: guard },
      spec: { policyName: guard, validationActions: ['Deny', 'Audit'] },
    });
  }
}
