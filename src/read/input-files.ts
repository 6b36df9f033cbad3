import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isKubernetes, readDocuments, Source, STDIN, TEMPLATE, type Unreadable } from './source';
import { isObject, textOf } from '../kube/json';
import { manifestsOf, type Manifest } from '../kube/manifest';

/** The objects to check, and the problems in reading them. */
export interface Inputs {
  readonly sources: readonly Source[];
  readonly manifests: readonly Manifest[];
  readonly problems: readonly Unreadable[];
  /** Files found in a folder that contain no Kubernetes object. */
  readonly passedOver: readonly string[];
}

/** An error in the arguments or the configuration that the user passed: nothing can be checked. */
export class UsageError extends Error {}

/** Names of folders that are not searched for manifests. */
export const PASSED_OVER = ['node_modules', '.git'];

/** Checks whether a file found in a folder is read, by its extension. */
export function isManifestName(name: string): boolean {
  return /\.(ya?ml|json)$/i.test(name);
}

/** A file with manifests. Its bytes can come from any place, for example from a git revision. */
export interface InputFile {
  readonly name: string;
  /**
   * Whether the user named the file itself, instead of a folder that contains it. Such a file must
   * contain objects.
   */
  readonly given: boolean;
  /** Returns the content. Throws an error if the file cannot be read. */
  bytes(): Buffer;
}

/**
 * Reads files, folders (all .yaml, .yml and .json files in them, recursively), and `-`, the
 * standard input.
 *
 * @param passesOver whether files without objects are passed over also if they are given
 */
export function readFiles(paths: readonly string[], passesOver = false): Inputs {
  const problems: Unreadable[] = [];
  const failed = failedIn(problems);
  const seen = new Set<string>();
  const files = new Map<string, InputFile>(); // reads each file once, even if given several times
  for (const file of paths.flatMap(path => filesOf(path, seen, failed))) {
    const key = file.name === '-' ? file.name : resolve(file.name);
    const known = files.get(key);
    const given = !passesOver && (file.given || known?.given === true);
    files.set(key, { ...(known ?? file), given });
  }
  return readInputs([...files.values()], problems);
}

/**
 * Reads the given files. Adds problems to the list that is passed, which may already contain
 * problems in finding the files.
 */
export function readInputs(files: readonly InputFile[], problems: Unreadable[] = []): Inputs {
  const [sources, manifests, passedOver]: [Source[], Manifest[], string[]] = [[], [], []];
  const failed = failedIn(problems);
  for (const file of files) {
    const { name, given } = file;
    const text = contentOf(file, failed);
    if (text === undefined) {
      continue;
    }
    if (!given && !text.includes('apiVersion')) {
      passedOver.push(name);
      continue;
    }
    const source = new Source(name === '-' ? STDIN : name, text);
    const read = readDocuments(source);
    const objects = read.documents.filter(({ value }) => isKubernetes(value));
    if (objects.length === 0 && read.problems.length === 0 && !given) {
      passedOver.push(name);
      continue;
    }
    sources.push(source);
    problems.push(...read.problems);
    if (
      given &&
      read.problems.length === 0 &&
      read.documents.every(({ value }) => value === null || value === undefined)
    ) {
      problems.push({
        source,
        message: text.trim() === '' ? 'an empty file' : 'no object, comments at most',
        fix: 'give a file with Kubernetes objects',
      });
    }
    for (const document of read.documents) {
      const { value } = document;
      if (isObject(value) && isKubernetes(value)) {
        const found = manifestsOf(value, document, '', pointer =>
          problems.push({ source, place: document.place(pointer), ...NO_OBJECT }),
        );
        manifests.push(...found);
        for (const { json, base } of found) {
          problems.push(...notText(source, json, pointer => document.place(base + pointer)));
        }
      } else if (value !== null && value !== undefined) {
        problems.push({
          source,
          place: document.place(''),
          ...(source.text.includes('{{') ? TEMPLATE : isContract(value) ? CONTRACT : NO_OBJECT),
        });
      }
    }
  }
  return { sources, manifests, problems, passedOver };
}

const NO_OBJECT = {
  message: 'no Kubernetes object: apiVersion and kind are missing',
  fix: 'give rendered manifests, as kubectl apply takes them',
};

const CONTRACT = {
  message: 'a contract in JSON form, which no cluster has: what is made of it can be checked',
  fix: 'give the manifests of its agent and clients; `review` tells who shares what in them',
};

/** Checks whether a document is a contract, as `AgentContract.toFile()` writes it. */
function isContract(value: unknown): boolean {
  return isObject(value) && textOf(value.apiVersion ?? '').startsWith('cdk8s-shared-memory/');
}

/**
 * Returns a problem for each name or namespace that YAML reads as a boolean or a number, for
 * example `n` or `yes`. kubectl rejects such names.
 */
function notText(
  source: Source,
  value: object,
  placeOf: (pointer: string) => Unreadable['place'],
): Unreadable[] {
  const metadata = (value as { metadata?: unknown }).metadata;
  if (!isObject(metadata)) {
    return [];
  }
  return ['name', 'namespace']
    .filter(field => typeof metadata[field] === 'boolean' || typeof metadata[field] === 'number')
    .map(field => ({
      source,
      place: placeOf(`/metadata/${field}`),
      message: `metadata.${field} is no text: kubectl reads it as ${textOf(metadata[field])}`,
      fix: 'put it in quotes',
    }));
}

type Failed = (name: string, message: string, fix: string) => void;

function failedIn(problems: Unreadable[]): Failed {
  return (name, message, fix) => {
    problems.push({ source: new Source(name, ''), message, fix });
  };
}

function filesOf(path: string, seen: Set<string>, failed: Failed): InputFile[] {
  const file = (name: string, given: boolean): InputFile => ({
    name,
    given,
    bytes: () => readFileSync(name === '-' ? 0 : name),
  });
  if (path === '-') {
    return [file(path, true)];
  }
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (error) {
    throw new UsageError(`${path}: ${reasonOf(error)}`);
  }
  return isFolder ? below(path, seen, failed).map(name => file(name, false)) : [file(path, true)];
}

/**
 * Returns the files below a folder, sorted by name. Skips a folder that was already visited through
 * another path, for example a symbolic link.
 */
function below(folder: string, seen: Set<string>, failed: Failed): string[] {
  let names: string[];
  try {
    const real = realpathSync(folder);
    if (seen.has(real)) {
      return [];
    }
    seen.add(real);
    names = readdirSync(folder).sort();
  } catch (error) {
    failed(folder, `cannot be read: ${reasonOf(error)}`, 'make it readable, or leave it out');
    return [];
  }
  return names.flatMap(name => {
    if (PASSED_OVER.includes(name)) {
      return [];
    }
    const path = join(folder, name);
    try {
      const stat = statSync(path);
      if (stat.isDirectory()) {
        return below(path, seen, failed);
      }
      return stat.isFile() && isManifestName(name) ? [path] : [];
    } catch (error) {
      if (isManifestName(name)) {
        failed(path, `cannot be read: ${reasonOf(error)}`, 'make it readable, or remove the link');
      }
      return [];
    }
  });
}

function contentOf({ name, bytes: read }: InputFile, failed: Failed): string | undefined {
  let bytes: Buffer;
  try {
    bytes = read();
  } catch (error) {
    failed(name, `cannot be read: ${reasonOf(error)}`, 'make it readable, or leave it out');
    return undefined;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    failed(name, 'not UTF-8 text', 'save it as UTF-8, as kubectl reads it');
    return undefined;
  }
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'no permission',
  ELOOP: 'a link that leads to itself',
  EISDIR: 'a folder',
};

/** Describes why a file could not be read. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? message;
}
