import type { Injection } from './injections';
import type { LabelUse } from './label-uses';
import { policyConflicts } from './policy-checks';
import type { Problem } from '../errors';
import { at, isObject, itemsOf, keysOf, objectsOf, textOf, type JsonObject } from '../kube/json';
import { NODE_OS } from '../kube/well-known';
import { clientEdit } from '../model/client/client-edit';
import type { AccessKind, ContractSpec } from '../model/contract/contract-spec';
import { containersAnnotation, parseUseValue, useValue } from '../model/injection/use-label';
import type { Pod } from '../read/pod';
import { apply } from '../wire/apply';

/** What the API server does with a pod that asks for a contract by its label. */
export type LabelOutcome =
  | {
      readonly kind: 'wired';
      /** Whether the policies are not among the manifests, so that no grant was seen. */
      readonly unseen?: true;
    }
  /** No policy of these manifests wires the contract. */
  | { readonly kind: 'noPolicy' }
  | LabelRefusal;

/** Why the API server refuses a pod that asks for a contract by its label. */
export type LabelRefusal =
  /** Policies wire the contract, but not for this value or not in this namespace. */
  | {
      readonly kind: 'notGranted';
      readonly granted: readonly string[];
      /** Whether the policies are not among the manifests, so that no grant was seen. */
      readonly unseen?: true;
    }
  /** The controller of a DaemonSet chooses the node before the policy can. */
  | { readonly kind: 'daemonSet'; readonly label: string }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] };

/** A label that asks for a contract, with what comes of it. */
export interface JudgedUse extends LabelUse {
  readonly outcome: LabelOutcome;
}

/**
 * Returns the objects of labelled pods as the API server makes them when it creates the pods, and
 * what comes of each label.
 *
 * @param seen the policies that wire pods by their labels
 * @param contracts contracts whose policies are not among them, but in force
 */
export function admittedPods(
  seen: readonly Injection[],
  uses: readonly LabelUse[],
  contracts: readonly ContractSpec[],
): { admitted: ReadonlyMap<Pod, JsonObject>; judged: readonly JudgedUse[] } {
  const isSeen = ({ name, version }: ContractSpec) =>
    seen.some(({ spec }) => spec.name === name && spec.version === version);
  const elsewhere = contracts.filter(contract => !isSeen(contract)).flatMap(injectedAnywhere);
  const injections = [...seen, ...elsewhere];
  const admitted = new Map<Pod, JsonObject>();
  const judged = uses.map((use): JudgedUse => {
    const found = injectionFor(use, injections);
    if ('kind' in found) {
      return { ...use, outcome: found };
    }
    const result = wired(admitted.get(use.pod) ?? use.pod.manifest.json, use, found.spec);
    if ('problems' in result) {
      return { ...use, outcome: { kind: 'refused', problems: result.problems } };
    }
    admitted.set(use.pod, result.json);
    return {
      ...use,
      outcome: { kind: 'wired', ...(found.policy === undefined ? { unseen: true as const } : {}) },
    };
  });
  return { admitted, judged };
}

function injectionFor(
  { pod, contract, value }: LabelUse,
  injections: readonly Injection[],
): Injection | LabelOutcome {
  const ofContract = injections.filter(({ spec }) => spec.name === contract);
  const { namespace, kind } = pod.manifest;
  const here = ofContract.filter(
    ({ namespaces }) => !namespaces || !namespace || namespaces.includes(namespace),
  );
  const found = here.find(each => each.value === value);
  if (ofContract.length === 0) {
    return { kind: 'noPolicy' };
  }
  if (!found) {
    const granted = [...new Set(here.map(each => each.value))].sort();
    const isUnseen = ofContract.every(({ policy }) => policy === undefined);
    return { kind: 'notGranted', granted, ...(isUnseen ? { unseen: true as const } : {}) };
  }
  const { key, value: nodes } = found.spec.nodes.label;
  return kind === 'DaemonSet' && key !== NODE_OS
    ? { kind: 'daemonSet', label: `${key}: ${nodes}` }
    : found;
}

function wired(
  json: JsonObject,
  { pod, contract, value }: LabelUse,
  spec: ContractSpec,
): { json: JsonObject } | { problems: readonly Problem[] } {
  const template = pod.path.slice(0, -'/spec'.length);
  const asked = at(pod.metadata, 'annotations', containersAnnotation(contract));
  const containers =
    typeof asked === 'string' ? asked.split(',').map(name => name.trim()) : ('only' as const);
  const access = parseUseValue(value)?.access ?? 'readOnly';
  const edit = clientEdit(spec, template, { access, containers, addToLimits: false });
  const applied = apply(json, [edit]);
  const used = containers === 'only' ? ordinaryContainers(json, pod.path) : containers;
  const problems = [...applied.problems, ...policyConflicts(json, pod.path, edit, used)];
  return problems.length > 0 ? { problems } : { json: addedLast(json, applied.json, pod.path) };
}

function ordinaryContainers(json: JsonObject, spec: string): string[] {
  return objectsOf(at(json, ...keysOf(spec), 'containers')).map(({ name }) => textOf(name));
}

/**
 * Puts added init containers behind those of the manifest, so that the indexes of these stay those
 * of the file. Their order means nothing to a reader of the pod.
 */
function addedLast(before: JsonObject, after: JsonObject, path: string): JsonObject {
  const keys = [...keysOf(path), 'initContainers'];
  const [old, now] = [before, after].map(json => itemsOf(at(json, ...keys)));
  const added = now.length - old.length;
  if (added === 0 || old.length === 0) {
    return after;
  }
  const replaced = (here: unknown, [key, ...rest]: readonly string[]): unknown => {
    if (key === undefined) {
      return [...now.slice(added), ...now.slice(0, added)];
    }
    const object = isObject(here) ? here : {};
    return { ...object, [key]: replaced(object[key], rest) };
  };
  return replaced(after, keys) as JsonObject;
}

/** A contract whose policies are elsewhere. */
function injectedAnywhere(spec: ContractSpec): Injection[] {
  const accesses: AccessKind[] =
    spec.clients === 'readWrite' ? ['readOnly', 'readWrite'] : ['readOnly'];
  return accesses.map(access => ({ spec, value: useValue(spec, access) }));
}
