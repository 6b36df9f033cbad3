/**
 * Why fields are there: JSON pointer into the rendered object -> reasons, in the order they were
 * given. '' is the whole object.
 */
export type Reasons = ReadonlyMap<string, readonly string[]>;

// One map for the whole process, so that a ReviewApp of one copy of the library prints the reasons
// of another copy's edits.
const KEY = Symbol.for('cdk8s-shared-memory.reasons');
const registry = globalThis as { [KEY]?: WeakMap<object, Reasons> };

const NONE: Reasons = new Map();

/**
 * Remembers the reasons of a rendered object, by its identity: charts hand the same object on to
 * the writer.
 */
export function keepReasons(rendered: object, reasons: Reasons): void {
  (registry[KEY] ??= new WeakMap()).set(rendered, reasons);
}

/** The reasons of a rendered object; empty for an object that nobody edited. */
export function reasonsOf(rendered: unknown): Reasons {
  return registry[KEY]?.get(rendered as object) ?? NONE;
}
