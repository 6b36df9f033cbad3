import { forEachPod, type Rule } from './rule';
import type { PolicyGrant } from '../model/policy/policy-grants';
import { hostPrivileges, type HostPrivilege } from '../read/host-privileges';
import { guardrailsOf, type Guardrail } from '../sharing/guardrails';

const set = (use: string) => `apiVersion: v1
kind: Pod
metadata: { name: ledger, namespace: shop }
spec:
  ${use}
  containers:
    - name: ledger
      image: registry.example.com/ledger:1
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: clients
  annotations:
    cdk8s-shared-memory/client-policy: '{"apiVersion":"cdk8s-shared-memory/v1","grants":[]}'
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules: [{ apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods] }]
  validations: [{ expression: variables.hostNamespaces.size() == 0 }]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: clients }
spec:
  policyName: clients
  validationActions: [Deny]
  matchResources:
    namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: shop } }
`;

export const SHM319: Rule = {
  id: 'SHM319',
  title: 'a pod with a privilege that the ClientPolicy of its namespace refuses',
  severity: 'error',
  why: 'The API server creates no such pod. The Deployment shows 0 ready replicas, and its ReplicaSet has the event FailedCreate.',
  fix: 'add the contract and the namespace to the grants of the ClientPolicy, or do without the privilege',
  fact: 'A ClientPolicy refuses namespaces and directories of the node that none of its grants has, privileged containers, and capabilities that no container has by default; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/',
  wrong: set('hostPID: true # SHM319 error'),
  right: set('hostPID: false'),
  check: forEachPod(({ pod }, found, marked) => {
    const { namespace } = pod.manifest;
    const policies = guardrailsOf(marked.set).filter(
      each => isClientPolicy(each) && isInForce(each, namespace),
    );
    for (const { policy, grants = [] } of policies) {
      for (const privilege of hostPrivileges(pod)) {
        const what = refused(privilege, grants, namespace);
        if (what !== undefined) {
          found({
            manifest: pod.manifest,
            path: privilege.pointer,
            message: `ClientPolicy ${policy.name} refuses the pod: ${what}`,
          });
        }
      }
    }
  }),
};

/** Checks whether a policy is a ClientPolicy whose grants say what it refuses. */
function isClientPolicy({ grants, isUnconditional, limits }: Guardrail): boolean {
  return grants !== undefined && isUnconditional && limits === 'pods';
}

function isInForce({ bindings }: Guardrail, namespace: string | undefined): boolean {
  return bindings.some(
    ({ actions, isForAll, isWhole, namespaces }) =>
      isWhole &&
      actions.includes('Deny') &&
      (isForAll || (namespace !== undefined && namespaces.includes(namespace))),
  );
}

/** Returns what a ClientPolicy with these grants says of a privilege. Absent if it lets it pass. */
function refused(
  privilege: HostPrivilege,
  grants: readonly PolicyGrant[],
  namespace: string | undefined,
): string | undefined {
  const own = grants.filter(grant => grant.namespace === namespace);
  const to = `namespace ${namespace}`;
  switch (privilege.kind) {
    case 'hostNamespace':
      return own.some(({ use }) => use === privilege.field)
        ? undefined
        : `no grant gives ${to} ${privilege.field}`;
    case 'hostPath':
      return own.some(grant => grant.use === 'hostPath' && grant.path === privilege.path)
        ? undefined
        : `no grant gives ${to} ${privilege.path} of the node`;
    case 'privileged':
      return 'no grant gives a privileged container';
    case 'capability':
      return privilege.isDefault ? undefined : `no grant gives capability ${privilege.name}`;
    default:
      return undefined;
  }
}
