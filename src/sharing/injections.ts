import { at, itemsOf, objectsOf, textOf, type JsonObject } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { NAMESPACE_NAME } from '../kube/well-known';
import type { ContractSpec } from '../model/contract/contract-spec';
import { readInjects } from '../model/injection/injected-contract';
import { INJECTS_ANNOTATION } from '../model/injection/injects-annotation';
import { useLabel, useValue } from '../model/injection/use-label';
import type { ManifestSet } from '../read/manifest-set';

/** A policy that wires pods: the contract, the value of the label, and the namespaces. */
export interface Injection {
  readonly spec: ContractSpec;
  readonly value: string;
  /** Absent if the contract was given without a policy: it holds everywhere. */
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
    const namespaces = bindings
      .filter(binding => at(binding.json, 'spec', 'policyName') === name)
      .flatMap(binding =>
        objectsOf(
          at(binding.json, 'spec', 'matchResources', 'namespaceSelector', 'matchExpressions'),
        ),
      )
      .filter(({ key, operator }) => key === NAMESPACE_NAME && operator === 'In')
      .flatMap(({ values }) => itemsOf(values).map(textOf));
    return value === useValue(spec, 'readOnly') || value === useValue(spec, 'readWrite')
      ? [{ spec, value, namespaces, policy }]
      : [];
  });
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
