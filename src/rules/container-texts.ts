import { itemsOf, objectsOf } from '../kube/json';
import { cleanPath } from '../kube/path';
import type { Container } from '../kube/pod-template';

/** Returns the texts of a container's command, arguments and environment variables. */
export function containerTexts({ json }: Container): string[] {
  return [
    ...itemsOf(json.command),
    ...itemsOf(json.args),
    ...objectsOf(json.env).map(({ value }) => value),
  ].filter(text => typeof text === 'string');
}

/** Returns the absolute paths in a container's command, arguments and variables, cleaned. */
export function pathsIn(container: Container): string[] {
  // not the end of a relative path, or of one that begins with a variable
  return containerTexts(container)
    .flatMap(text => text.match(/(?<![\w.)}@-])\/[\w.@/-]+/g) ?? [])
    .map(cleanPath);
}
