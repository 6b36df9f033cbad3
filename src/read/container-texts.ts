import { at, itemsOf, textOf } from '../kube/json';
import { cleanPath } from '../kube/path';
import type { Container } from '../kube/pod-template';

/** A text of a container, and its field below the container, as a JSON pointer. */
interface ContainerText {
  readonly text: string;
  readonly field: string;
  /** The name of the variable, if it is the value of one. */
  readonly variable?: string;
}

/** A System V key that a container names, and the field that names it. */
export interface NamedKey {
  /** As written. */
  readonly text: string;
  readonly key: number;
  /** The environment variable or the option that has it. */
  readonly name: string;
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

/** What a key can be: a number of 32 bits other than 0, which is IPC_PRIVATE. */
const KEY = '0x[0-9a-f]{1,8}';
const KEY_VALUE = new RegExp(`^(?:${KEY}|[1-9][0-9]{0,9})$`, 'i');
const KEY_OPTION = new RegExp(`(?<![\\w-])(--[\\w.-]+)=(${KEY})(?!\\w)`, 'gi');
/** Words of a name that ends in KEY, and says of what: SHM_KEY, APP_IPC_KEY, --shm-key, SHMKEY. */
const KEY_NAME =
  /(^|[^a-z])(shm|shmem|ipc|sysv)([^a-z].*)?[^a-z]key$|(^|[^a-z])(shm|shmem|ipc|sysv)key$/i;

/**
 * Returns the System V keys of a container: in variables whose names say that they have one, and in
 * options like `--shm-key=0x...`. An API key is none.
 */
export function namedKeys(container: Container): NamedKey[] {
  return textsWithFields(container)
    .flatMap(({ text, field, variable }) =>
      variable === undefined
        ? [...text.matchAll(KEY_OPTION)]
            .filter(([, name]) => KEY_NAME.test(name))
            .map(([, name, key]) => ({ text: key, name, field }))
        : KEY_NAME.test(variable) && KEY_VALUE.test(text)
          ? [{ text, name: variable, field }]
          : [],
    )
    .map(each => ({ ...each, key: Number(each.text) }))
    .filter(({ key }) => key > 0 && key < 2 ** 32);
}

function textsWithFields({ json }: Container): ContainerText[] {
  return [
    ...['command', 'args'].flatMap(list =>
      itemsOf(at(json, list)).map((text, i) => ({ text, field: `${list}/${i}` })),
    ),
    ...itemsOf(json.env).map((each, i) => ({
      text: at(each, 'value'),
      field: `env/${i}/value`,
      variable: textOf(at(each, 'name') ?? ''),
    })),
  ].filter((each): each is ContainerText => typeof each.text === 'string');
}
