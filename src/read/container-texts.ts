import { at, itemsOf } from '../kube/json';
import { cleanPath } from '../kube/path';
import type { Container } from '../kube/pod-template';

/** A text of a container, and its field below the container, as a JSON pointer. */
interface ContainerText {
  readonly text: string;
  readonly field: string;
}

/** An absolute path that a container names, and the field that names it. */
export interface NamedPath {
  /** Cleaned. */
  readonly path: string;
  readonly field: string;
}

/** Returns the texts of a container's command, arguments and environment variables. */
export function containerTexts(container: Container): string[] {
  return textsWithFields(container).map(({ text }) => text);
}

/** Returns the absolute paths in a container's command, arguments and variables. */
export function namedPaths(container: Container): NamedPath[] {
  // not the end of a relative path, or of one that begins with a variable
  return textsWithFields(container).flatMap(({ text, field }) =>
    (text.match(/(?<![\w.)}@-])\/[\w.@/-]+/g) ?? []).map(path => ({
      path: cleanPath(path),
      field,
    })),
  );
}

/** Returns the same paths without their fields. */
export function pathsIn(container: Container): string[] {
  return namedPaths(container).map(({ path }) => path);
}

function textsWithFields({ json }: Container): ContainerText[] {
  return [
    ...['command', 'args'].flatMap(list =>
      itemsOf(at(json, list)).map((text, i) => ({ text, field: `${list}/${i}` })),
    ),
    ...itemsOf(json.env).map((each, i) => ({ text: at(each, 'value'), field: `env/${i}/value` })),
  ].filter((each): each is ContainerText => typeof each.text === 'string');
}
