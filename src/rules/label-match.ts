import type { RuleMatch } from './rule-match';
import { pointer } from '../kube/json';
import { containersAnnotation } from '../model/injection/use-label';
import type { JudgedUse, LabelRefusal } from '../sharing/admitted-pods';

/** Creates a match at a label of a pod that asks for a contract. */
export function labelMatch({ pod, label }: JudgedUse, message: string): RuleMatch {
  const metadata = `${pod.path.slice(0, -'/spec'.length)}/metadata`;
  return { manifest: pod.manifest, path: metadata + pointer('labels', label), message };
}

/** Returns why the API server refuses pods with the label of a contract. */
export function labelRefusal(contract: string, outcome: LabelRefusal): string {
  switch (outcome.kind) {
    case 'notGranted':
      return outcome.granted.length === 0
        ? 'no use of it is granted to the namespace'
        : `${outcome.unseen === true ? `contract ${contract} has` : 'the namespace may use'} ${outcome.granted.join(' and ')}`;
    case 'daemonSet':
      return `the controller of a DaemonSet chooses the nodes before the policy can; write the node selector ${outcome.label} into the DaemonSet and mount the claim there`;
    case 'refused':
      return outcome.problems
        .map(({ code, field, given, allowed }) =>
          code === 'SHM009'
            ? `the annotation ${containersAnnotation(contract)}: given ${given}; allowed ${allowed}`
            : `${field} is ${given}; allowed is ${allowed}`,
        )
        .join('. ');
  }
}

const CONTRACT = JSON.stringify({
  apiVersion: 'cdk8s-shared-memory/v1',
  name: 'routes',
  namespace: 'node-agents',
  version: 'v1',
  memory: [{ name: 'table', api: 'files', size: '64Mi', mountPath: '/run/routes' }],
  nodes: { label: { key: 'kubernetes.io/os', value: 'linux' } },
  ownerId: 10001,
  groupId: 2000,
  clients: 'readOnly',
});

/** Returns the example of a pod with the label, alone or with the policy that wires it. */
export function labelledPod(value: string, found: string, hasPolicy: boolean): string {
  const pod = `apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  labels:
    cdk8s-shared-memory/use.routes: ${value}${found}
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      resources: { limits: { memory: 256Mi } }
`;
  const policy = `---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata:
  name: node-agents-routes-v1-ro
  annotations:
    cdk8s-shared-memory/injects: '${CONTRACT}'
spec: # as ClientInjection writes it; the mutations are left out here
  matchConstraints:
    objectSelector: { matchLabels: { cdk8s-shared-memory/use.routes: readOnly.v1 } }
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: { name: node-agents-routes-v1-ro }
spec:
  policyName: node-agents-routes-v1-ro
  matchResources:
    namespaceSelector:
      matchExpressions: [{ key: kubernetes.io/metadata.name, operator: In, values: [shop] }]
`;
  return hasPolicy ? pod + policy : pod;
}
