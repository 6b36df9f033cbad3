import type { ComparedSets } from './compared-sets';
import type { ChangedPolicyField, PolicyChange } from './policy-change';
import { entryChanges } from './policy-entries';
import type { GainsAndLosses, ObjectRef } from './set-changes';
import {
  at,
  canonical,
  equal,
  isObject,
  itemsOf,
  objectsOf,
  textOf,
  type Json,
} from '../kube/json';
import type { Manifest } from '../kube/manifest';
import {
  selectedNamespaces,
  withoutNames,
  type SelectedNamespaces,
} from '../sharing/selected-namespaces';

/**
 * Returns what policies no longer deny (gained) or newly deny (lost): validations, the failure
 * policy, the entries of lists, and bindings with the action Deny.
 */
export function policyChanges(sets: ComparedSets): GainsAndLosses<PolicyChange> {
  const [gained, lost]: [PolicyChange[], PolicyChange[]] = [[], []];
  const addChanges = (from: readonly PolicyChange[], to: readonly PolicyChange[]) => {
    const isIn = (list: readonly PolicyChange[], change: PolicyChange) =>
      list.some(each => canonical(each) === canonical(change));
    gained.push(...from.filter(each => !isIn(to, each)));
    lost.push(...to.filter(each => !isIn(from, each)));
  };
  for (const { of, before, after } of sets.pairs) {
    const [old, now] = [before?.manifest, after?.manifest];
    if (of.kind === 'ValidatingAdmissionPolicyBinding') {
      addChanges(heldBy(of, old, now), heldBy(of, now, old));
      gained.push(...fieldChanges(of, changedFields(DECIDING_OF_BINDING, old, now)));
    }
    if (of.kind === 'ValidatingAdmissionPolicy' && old && now) {
      addChanges(refusedBy(of, old), refusedBy(of, now));
      const entries = entryChanges(sets, of, old, now);
      gained.push(...entries.gained);
      lost.push(...entries.lost);
      const others = variableChanges(old, now).filter(
        ({ field }) => !entries.fields.includes(field),
      );
      gained.push(...fieldChanges(of, [...changedFields(DECIDING, old, now), ...others]));
    }
  }
  return { gained, lost };
}

/** The fields of policies that decide what is refused, beside those that are compared alone. */
const DECIDING = ['matchConstraints', 'matchConditions', 'paramKind'];
const DECIDING_OF_BINDING = ['matchResources', 'paramRef'];

function fieldChanges(of: ObjectRef, fields: readonly ChangedPolicyField[]): PolicyChange[] {
  return fields.length === 0 ? [] : [{ kind: 'policyFields', of, fields }];
}

/** Returns those of some fields that differ. */
function changedFields(
  deciding: readonly string[],
  before: Manifest | undefined,
  after: Manifest | undefined,
): ChangedPolicyField[] {
  if (!before || !after) {
    return [];
  }
  return deciding.flatMap((field): ChangedPolicyField[] => {
    const [from, to] = [before, after].map(({ json }) => at(json, 'spec', field));
    return equal(decided(from) ?? null, decided(to) ?? null)
      ? []
      : [{ field: `spec.${field}`, from, to }];
  });
}

/** Returns the variables that differ, by their names, with their expressions. */
function variableChanges(before: Manifest, after: Manifest): ChangedPolicyField[] {
  const [was, is] = [before, after].map(
    ({ json }) =>
      new Map(
        objectsOf(at(json, 'spec', 'variables')).map(({ name = '', expression }) => [
          textOf(name),
          expression,
        ]),
      ),
  );
  return [...new Set([...was.keys(), ...is.keys()])]
    .map(name => ({ field: `spec.variables[${name}]`, from: was.get(name), to: is.get(name) }))
    .filter(({ from, to }) => !equal(from ?? null, to ?? null));
}

/** Returns a field without the namespaces that a binding names, which are compared alone. */
function decided(value: Json | undefined): Json | undefined {
  const selector = at(value, 'namespaceSelector');
  return isObject(value) && isObject(selector)
    ? { ...value, namespaceSelector: withoutNames(selector) ?? null }
    : value;
}

/**
 * Returns the namespaces whose pods a binding holds to its policy. Empty if the binding does not
 * deny.
 */
function heldBy(
  of: ObjectRef,
  binding: Manifest | undefined,
  other: Manifest | undefined,
): PolicyChange[] {
  if (!actionsOf(binding).includes('Deny')) {
    return [];
  }
  const bound = boundBy(binding);
  const instead = actionsOf(other);
  const isSame = other !== undefined && equal(boundBy(other), bound);
  const isSofter = instead.length > 0 && !instead.includes('Deny') && isSame;
  // of a binding that denies on both sides, what else it asks for is told as a field that differs
  const asksForMore = selectorOf(binding).asksForMore && !(isSame && instead.includes('Deny'));
  return [
    {
      ...{ kind: 'policyBinding', of, ...bound },
      ...(asksForMore ? { asksForMore } : {}),
      ...(isSofter ? { instead } : {}),
    },
  ];
}

function actionsOf(binding: Manifest | undefined): string[] {
  return itemsOf(at(binding?.json, 'spec', 'validationActions')).map(textOf);
}

function selectorOf(binding: Manifest | undefined): SelectedNamespaces {
  return selectedNamespaces(at(binding?.json, 'spec', 'matchResources', 'namespaceSelector'));
}

function boundBy(binding: Manifest | undefined) {
  return {
    namespaces: [...(selectorOf(binding).named ?? [])],
    policy: textOf(at(binding?.json, 'spec', 'policyName') ?? ''),
  };
}

function refusedBy(of: ObjectRef, { json }: Manifest): PolicyChange[] {
  const validations = objectsOf(at(json, 'spec', 'validations'))
    .map(({ expression = '' }) => textOf(expression))
    .filter(expression => expression.trim() !== 'true'); // refuses nothing
  const refused = validations.map((expression): PolicyChange => ({
    kind: 'policyValidation',
    of,
    expression,
  }));
  return at(json, 'spec', 'failurePolicy') === 'Ignore'
    ? refused
    : [...refused, { kind: 'policyFailure', of }];
}
