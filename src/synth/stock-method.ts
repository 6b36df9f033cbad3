/**
 * A method as cdk8s itself defines it: the definition furthest up the prototype chain, past the
 * overrides of all subclasses. It is found from the object, as the object may come from another
 * copy of cdk8s.
 */
export function stockMethod<T extends object, K extends string & keyof T>(
  object: T,
  name: K,
): T[K] {
  let found = object[name];
  for (
    let prototype = Object.getPrototypeOf(object);
    prototype !== null;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    if (Object.hasOwn(prototype, name)) {
      found = prototype[name];
    }
  }
  return found;
}
