import { isAbsent, podDefault } from './api-defaults';
import { at, equal, isObject, objectsOf, type Json, type JsonObject } from '../kube/json';
import { sameQuantity } from '../kube/quantity';

/** A field with a different meaning for Kubernetes in two objects. */
export interface Difference {
  /**
   * Path of the field, separated by dots. Items of a list are identified by name:
   * `spec.containers[web].image`.
   */
  readonly path: string;
  readonly from: Json | undefined;
  readonly to: Json | undefined;
}

/**
 * The kind of object that a field belongs to. In a pod spec, the API server sets defaults for
 * absent fields.
 */
type Where = 'object' | 'podSpec' | 'inPod';

/**
 * Maps whose values are quantities (`QUANTITIES`), and fields that are a quantity themselves
 * (`QUANTITY`).
 */
const QUANTITIES = ['limits', 'requests', 'capacity', 'hard', 'overhead'];
const QUANTITY = ['sizeLimit', 'divisor'];

/**
 * Maps with keys that the user chooses. In these maps, an empty string is a value and does not
 * count as absent.
 */
const OWN_KEYS = ['annotations', 'data', 'labels', 'matchLabels', 'nodeSelector', 'stringData'];

/**
 * Returns the fields that differ for Kubernetes. These are not differences: equal quantities with
 * different spellings, the order of keys, and absent, `null` or empty values. In a pod spec, a
 * default that only one side writes is not a difference either. The order of a list is a
 * difference.
 */
export function differences(
  before: Json | undefined,
  after: Json | undefined,
  where: Where = 'object',
): Difference[] {
  const found: Difference[] = [];
  compare(before, after, { path: '', key: '', quantities: false, where, found });
  return found;
}

/** Returns the differences between two pod templates, in metadata and spec. */
export function templateDifferences(
  before: Json | undefined,
  after: Json | undefined,
): Difference[] {
  const [old, now] = [before, after].map(template => at(template, 'metadata') ?? {});
  const metadata = differences(old, now).map(each => ({
    ...each,
    path: `metadata.${each.path}`,
  }));
  return [
    ...metadata.filter(({ path }) => path !== 'metadata.creationTimestamp'),
    ...differences(at(before, 'spec'), at(after, 'spec'), 'podSpec'),
  ];
}

interface Context {
  readonly path: string;
  readonly key: string;
  readonly quantities: boolean;
  readonly ownKeys?: boolean;
  readonly where: Where;
  readonly found: Difference[];
}

function compare(before: Json | undefined, after: Json | undefined, context: Context): void {
  const { path, key, quantities, found } = context;
  if (isObject(before) && isObject(after)) {
    compareObjects(before, after, context);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    compareLists(before, after, context);
    return;
  }
  if (!context.ownKeys && isAbsent(key, before) && isAbsent(key, after)) {
    return;
  }
  if (quantities && sameQuantity(before, after)) {
    return;
  }
  if (!equal(before, after)) {
    found.push({ path, from: before, to: after });
  }
}

function compareObjects(before: JsonObject, after: JsonObject, context: Context): void {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  for (const key of keys) {
    const ofPod = context.where === 'podSpec';
    const valueIn = (holder: JsonObject) => {
      const value = at(holder, key);
      return isAbsent(key, value) && context.where !== 'object'
        ? (podDefault(key, holder, ofPod) ?? value)
        : value;
    };
    let [from, to] = [valueIn(before), valueIn(after)];
    // If a map is absent on one side, its fields are compared one by one, so that the result names
    // each of them.
    if (isAbsent(key, from) && isObject(to) && isMap(key)) {
      from = {};
    }
    if (isAbsent(key, to) && isObject(from) && isMap(key)) {
      to = {};
    }
    compare(from, to, {
      ...context,
      path: joined(context.path, key),
      key,
      quantities: QUANTITIES.includes(context.key) || QUANTITY.includes(key),
      ownKeys: OWN_KEYS.includes(context.key),
      where: ofPod ? 'inPod' : context.where,
    });
  }
}

function isMap(key: string): boolean {
  return isAbsent(key, {});
}

function compareLists(before: Json[], after: Json[], context: Context): void {
  const { path, found } = context;
  const by = ['mountPath', 'name'].find(field => isKeyed(before, field) && isKeyed(after, field));
  if (by !== undefined) {
    compareKeyed(objectsOf(before), objectsOf(after), by, context);
    return;
  }
  if (before.length === after.length && [...before, ...after].every(isObject)) {
    before.forEach((item, i) =>
      compare(item, after[i], { ...context, path: `${path}[${i}]`, key: '', quantities: false }),
    );
    return;
  }
  if (!equal(before, after)) {
    found.push({ path, from: before, to: after });
  }
}

/**
 * Compares lists whose items have unique names. A new item is then one difference, instead of one
 * difference for each item after it.
 */
function compareKeyed(
  before: JsonObject[],
  after: JsonObject[],
  by: string,
  context: Context,
): void {
  const { path, found } = context;
  const named = (items: JsonObject[]) =>
    new Map(items.map(item => [String(item[by]), item] as const));
  const [old, now] = [named(before), named(after)];
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    compare(old.get(name), now.get(name), {
      ...context,
      path: `${path}[${name}]`,
      key: '',
      quantities: false,
    });
  }
  const order = (items: Map<string, JsonObject>, others: Map<string, JsonObject>) =>
    [...items.keys()].filter(name => others.has(name));
  const [was, is] = [order(old, now), order(now, old)];
  if (!equal(was, is)) {
    found.push({ path: `${path} (order)`, from: was, to: is });
  }
}

function isKeyed(items: readonly Json[], field: string): boolean {
  const names = items.map(item => at(item, field));
  return (
    names.every(name => typeof name === 'string' && name !== '') &&
    new Set(names).size === names.length
  );
}

function joined(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) {
    return `${path}[${JSON.stringify(key)}]`;
  }
  return path === '' ? key : `${path}.${key}`;
}
