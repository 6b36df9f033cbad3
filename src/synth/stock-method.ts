/**
 * Returns the definition of a method by cdk8s itself, without the overrides of subclasses: the one
 * furthest up the prototype chain. The search starts at the object, because the object may come
 * from another copy of cdk8s.
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
