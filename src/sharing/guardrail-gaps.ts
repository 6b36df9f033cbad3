import { isDenying, type Binding, type Guardrail } from './guardrails';

/** What keeps a guardrail from refusing what it is there for. */
export type GuardrailGap =
  /** These manifests have no binding for it, or none for some of its namespaces. */
  | { readonly kind: 'unbound'; readonly namespaces: readonly string[] }
  /** The selectors of its bindings ask for other labels than the names of these namespaces. */
  | { readonly kind: 'doubtful'; readonly namespaces: readonly string[] }
  /** It only warns or audits. `namespaces` is empty if the binding names none. */
  | {
      readonly kind: 'onlyReports';
      readonly actions: readonly string[];
      readonly namespaces: readonly string[];
      readonly isForAll: boolean;
    }
  /** Conditions leave requests out. */
  | { readonly kind: 'narrow' }
  /** A request passes if it cannot be evaluated. */
  | { readonly kind: 'failsOpen' }
  /** Expressions that this library does not render. */
  | { readonly kind: 'foreign'; readonly fields: readonly string[] }
  /** Claims of grants that it does not know. */
  | { readonly kind: 'unlistedClaims'; readonly claims: readonly string[] };

/** Returns what keeps a guardrail from refusing what it is there for. Empty if nothing does. */
export function gapsOf(guardrail: Guardrail): GuardrailGap[] {
  const { bindings, failsOpen, unboundNamespaces, doubtfulNamespaces } = guardrail;
  const { foreignFields: fields, unlistedClaims: claims } = guardrail;
  const denying = bindings.filter(isDenying);
  const covered = (binding: Binding) =>
    denying.some(
      each =>
        each.isWhole &&
        (each.isForAll ||
          (binding.namespaces.length > 0 &&
            binding.namespaces.every(name => each.namespaces.includes(name)))),
    );
  return [
    ...(bindings.length === 0
      ? [{ kind: 'unbound', namespaces: [] } as const]
      : unboundNamespaces.length > 0
        ? [{ kind: 'unbound', namespaces: unboundNamespaces } as const]
        : []),
    ...(doubtfulNamespaces.length === 0
      ? []
      : [{ kind: 'doubtful', namespaces: doubtfulNamespaces } as const]),
    ...bindings
      .filter(each => !isDenying(each) && !covered(each))
      .map(({ actions, namespaces, isForAll }): GuardrailGap => ({
        kind: 'onlyReports',
        ...{ actions, namespaces, isForAll },
      })),
    ...(isNarrow(guardrail) ? [{ kind: 'narrow' } as const] : []),
    ...(failsOpen ? [{ kind: 'failsOpen' } as const] : []),
    ...(fields.length === 0 ? [] : [{ kind: 'foreign', fields } as const]),
    ...(claims.length === 0 ? [] : [{ kind: 'unlistedClaims', claims } as const]),
  ];
}

/**
 * Checks whether a ClientPolicy leaves pods of its namespaces out. Other policies have conditions
 * on purpose: those of a StartupTaint are for one account.
 */
function isNarrow({ grants, isUnconditional, bindings }: Guardrail): boolean {
  return grants !== undefined && (!isUnconditional || bindings.some(each => !each.isWhole));
}
