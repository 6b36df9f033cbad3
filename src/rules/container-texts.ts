import { itemsOf, objectsOf } from '../kube/json';
import type { Container } from '../kube/pod-template';

/** Returns the texts of a container's command, arguments and environment variables. */
export function containerTexts({ json }: Container): string[] {
  return [
    ...itemsOf(json.command),
    ...itemsOf(json.args),
    ...objectsOf(json.env).map(({ value }) => value),
  ].filter(text => typeof text === 'string');
}
