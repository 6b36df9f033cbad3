/**
 * Returns a map in the order of its names. What becomes a list in YAML must not depend on the order
 * that the user's map has: `Map.of()` of Java has another one in each run.
 */
export function byName<T>(map: { readonly [name: string]: T }): { [name: string]: T } {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
