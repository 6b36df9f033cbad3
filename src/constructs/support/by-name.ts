/**
 * Returns a map in the order of its names. What becomes a list in YAML must not depend on the order
 * that the user's map has: `Map.of()` of Java has another one in each run.
 */
export function byName<T>(map: { readonly [name: string]: T }): { [name: string]: T } {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Returns a map in the order of the user, which decides what `$(NAME)` in a variable can refer to.
 * In Java, a map need not have one, so there the order is that of the names.
 */
export function inUserOrder<T>(map: { readonly [name: string]: T }): { [name: string]: T } {
  return process.env.JSII_AGENT?.startsWith('Java') === true ? byName(map) : { ...map };
}
