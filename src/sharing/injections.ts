import { selectedNamespaces } from './selected-namespaces';
import { at, textOf, type JsonObject } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import type { ContractSpec } from '../model/contract/contract-spec';
import { readInjects } from '../model/injection/injected-contract';
import { INJECTS_ANNOTATION } from '../model/injection/injects-annotation';
import { useLabel, useValue } from '../model/injection/use-label';
import type { ManifestSet } from '../read/manifest-set';

/** A policy that wires pods: the contract, the value of the label, and the namespaces. */
export interface Injection {
  readonly spec: ContractSpec;
  readonly value: string;
  /**
   * Absent if it may hold everywhere: its binding names no namespaces, or the contract was given
   * without a policy.
   */
  readonly namespaces?: readonly string[];
  /** Absent if the contract was given without a policy. */
  readonly policy?: Manifest;
}

/** Returns the policies of a set of objects that wire pods by their labels. */
export function injectionsOf(set: ManifestSet): Injection[] {
  const bindings = set.ofKind('MutatingAdmissionPolicyBinding');
  return set.ofKind('MutatingAdmissionPolicy').flatMap((policy): Injection[] => {
    const { name, json } = policy;
    const spec = contractIn(json);
    const label = spec && useLabel(spec.name);
    const value = at(
      json,
      'spec',
      'matchConstraints',
      'objectSelector',
      'matchLabels',
      label ?? '',
    );
    if (!spec || typeof value !== 'string') {
      return [];
    }
    const namespaces = wiredNamespaces(bindings, name);
    return value === useValue(spec, 'readOnly') || value === useValue(spec, 'readWrite')
      ? [{ spec, value, ...(namespaces && { namespaces }), policy }]
      : [];
  });
}

/** Returns the namespaces of the bindings of a policy. Absent if one of them names none. */
function wiredNamespaces(bindings: readonly Manifest[], policy: string): string[] | undefined {
  const selected = bindings
    .filter(({ json }) => at(json, 'spec', 'policyName') === policy)
    .map(({ json }) => selectedNamespaces(at(json, 'spec', 'matchResources', 'namespaceSelector')));
  return selected.some(({ named }) => named === undefined)
    ? undefined
    : selected.flatMap(({ named = [] }) => named);
}

/** Returns the policies whose contract is not valid, with the reasons. */
export function unreadableInjections(
  set: ManifestSet,
): { manifest: Manifest; annotation: string; why: string }[] {
  return set.ofKind('MutatingAdmissionPolicy').flatMap(manifest => {
    const text = annotationOf(manifest.json);
    try {
      if (text !== undefined) {
        readInjects(text);
      }
      return [];
    } catch (error) {
      const why = (error as Error).message;
      return [{ manifest, annotation: INJECTS_ANNOTATION.key, why }];
    }
  });
}

function contractIn(json: JsonObject): ContractSpec | undefined {
  const text = annotationOf(json);
  try {
    return text === undefined ? undefined : readInjects(text);
  } catch {
    return undefined; // unreadableInjections() reports it
  }
}

function annotationOf(json: JsonObject): string | undefined {
  const text = at(json, 'metadata', 'annotations', INJECTS_ANNOTATION.key);
  return text === undefined ? undefined : textOf(text);
}
