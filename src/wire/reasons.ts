/**
 * Why fields are set: a map from the JSON pointer of a field in the rendered object to its reasons,
 * in the order in which they were added. The pointer '' stands for the whole object.
 */
export type Reasons = ReadonlyMap<string, readonly string[]>;

// One map for the whole process, so that a ReviewApp of one copy of the library also prints the
// reasons of edits by another copy.
const KEY = Symbol.for('cdk8s-shared-memory.reasons');
const registry = globalThis as { [KEY]?: WeakMap<object, Reasons> };

const NONE: Reasons = new Map();

/**
 * Stores the reasons of a rendered object. The key is the identity of the object: charts pass the
 * same object on to the YAML writer.
 */
export function keepReasons(rendered: object, reasons: Reasons): void {
  (registry[KEY] ??= new WeakMap()).set(rendered, reasons);
}

/** Returns the reasons of a rendered object. Empty for an object without edits. */
export function reasonsOf(rendered: unknown): Reasons {
  return registry[KEY]?.get(rendered as object) ?? NONE;
}
