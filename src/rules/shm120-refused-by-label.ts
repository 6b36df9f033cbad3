import { labelMatch, labelledPod } from './label-match';
import type { Rule } from './rule';
import { containersAnnotation } from '../model/injection/use-label';
import type { JudgedUse } from '../sharing/admitted-pods';

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
      const refusal = refusalWords(use);
      return refusal === undefined
        ? []
        : [labelMatch(use, `pods that ask for contract ${use.contract} are refused: ${refusal}`)];
    }),
};

function refusalWords({ outcome, contract }: JudgedUse): string | undefined {
  switch (outcome.kind) {
    case 'wired':
    case 'noPolicy':
      return undefined;
    case 'notGranted':
      return outcome.granted.length === 0
        ? 'no use of it is granted to the namespace'
        : `the namespace may use ${outcome.granted.join(' and ')}`;
    case 'daemonSet':
      return `the controller of a DaemonSet chooses the nodes before the policy can; write the node selector ${outcome.label} into the DaemonSet and mount the claim there`;
    case 'refused':
      return outcome.problems
        .map(({ code, field, given, allowed }) =>
          code === 'SHM009'
            ? `the annotation ${containersAnnotation(contract)} has ${given}; allowed are ${allowed}`
            : `${field} is ${given}; allowed is ${allowed}`,
        )
        .join('. ');
  }
}
