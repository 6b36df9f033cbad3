import { labelMatch, labelledPod } from './label-match';
import type { Rule } from './rule';

export const SHM119: Rule = {
  id: 'SHM119',
  title: 'no policy in these manifests wires the contract that a label asks for',
  severity: 'note',
  why: 'The API server wires a pod with the label only if the policies of the contract are in force. Without them, the pod runs without the memory, unless it has the scheduling gate cdk8s-shared-memory/wired.',
  fix: 'lint the policies in the same run, or pass the contract to lint (--contract routes.contract.json); the platform team makes them with new ClientInjection(...)',
  fact: 'A pod that is created before a policy is in force is neither wired nor refused; seen on Kubernetes 1.37.',
  link: 'https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/',
  wrong: labelledPod('readOnly.v1', ' # SHM119 note', false),
  right: labelledPod('readOnly.v1', '', true),
  check: ({ labelUses }) =>
    labelUses.flatMap(use =>
      use.outcome.kind === 'noPolicy'
        ? [
            labelMatch(
              use,
              `the label asks for contract ${use.contract}, which no policy of these manifests wires, so nothing else about it was checked`,
            ),
          ]
        : [],
    ),
};
