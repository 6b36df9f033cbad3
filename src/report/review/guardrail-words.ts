import { code, count, some } from './markdown';
import { gapsOf, type GuardrailGap } from '../../sharing/guardrail-gaps';
import type { Guardrail } from '../../sharing/guardrails';

/** Says in the first line which guardrails do not refuse what they are there for, and why. */
export function guardrailWorry(guardrails: readonly Guardrail[]): string[] {
  const weak = guardrails
    .map(guardrail => ({ guardrail, gaps: gapsOf(guardrail) }))
    .filter(({ gaps }) => gaps.length > 0);
  const named = weak.map(
    ({ guardrail: { policy }, gaps }) =>
      `${code(policy.name)} ${[...new Set(gaps.map(shortWords))].join(' and ')}`,
  );
  const isDoubt = weak.every(({ gaps }) => gaps.every(({ kind }) => kind === 'doubtful'));
  const verb = isDoubt ? 'may' : weak.length === 1 ? 'does' : 'do';
  return weak.length === 0
    ? []
    : [
        `${count(weak.length, 'guardrail')} ${verb} not refuse all that ${weak.length === 1 ? 'it' : 'they'} should: ${some(named, 3)}`,
      ];
}

function shortWords(gap: GuardrailGap): string {
  switch (gap.kind) {
    case 'unbound':
      return `has no binding${gap.namespaces.length === 0 ? '' : ` for ${some(gap.namespaces.map(code))}`}`;
    case 'doubtful':
      return doubtWords(gap.namespaces);
    case 'onlyReports':
      return `only ${reportWords(gap.actions)} ${placeWords(gap)}`;
    case 'narrow':
      return 'leaves out what its conditions do not match';
    case 'failsOpen':
      return 'lets everything pass if it cannot be evaluated';
    case 'foreign':
      return 'has expressions that are not those of this library, so somebody must read them';
    case 'unlistedClaims':
      return `does not know ${count(gap.claims.length, 'claim')} of its namespaces`;
  }
}

/** Says where a policy is in force only if namespaces have labels that nobody can see here. */
export function doubtWords(namespaces: readonly string[]): string {
  return `may not be in force in ${some(namespaces.map(code))}, because its binding asks for other labels than the name`;
}

/** `warns and audits`: what is done instead of refusing. */
export function reportWords(actions: readonly string[]): string {
  return actions.length === 0
    ? 'exists'
    : actions.map(each => `${each.toLowerCase()}s`).join(' and ');
}

/** Where a binding is in force. */
export function placeWords({
  namespaces,
  isForAll,
}: {
  readonly namespaces: readonly string[];
  readonly isForAll: boolean;
}): string {
  if (isForAll) {
    return 'everywhere';
  }
  return namespaces.length > 0 ? `in ${some(namespaces.map(code))}` : 'where its selector matches';
}
