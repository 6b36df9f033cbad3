import { labelledPod, labelMatch, labelRefusal } from './label-match';
import type { Rule } from './rule';

export const SHM120: Rule = {
  id: 'SHM120',
  title: 'the API server refuses pods with this label as they are',
  severity: 'error',
  why: 'The policies of the contract wire a labelled pod completely, or refuse it. If they refuse it, the controller of the workload creates no pod.',
  fix: 'change what the message names, or attach the workload with attachTo()',
  fact: 'kubectl shows the refusal of a Pod; for a Deployment, it is a FailedCreate event of the ReplicaSet; seen on Kubernetes 1.37.',
  link: 'https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/',
  wrong: labelledPod('readOnly.v2', ' # SHM120 error', true),
  right: labelledPod('readOnly.v1', '', true),
  check: ({ labelUses }) =>
    labelUses.flatMap(use => {
      const { contract, outcome } = use;
      return outcome.kind === 'wired' || outcome.kind === 'noPolicy'
        ? []
        : [
            labelMatch(
              use,
              `pods that ask for contract ${contract} are refused: ${labelRefusal(contract, outcome)}`,
            ),
          ];
    }),
};
