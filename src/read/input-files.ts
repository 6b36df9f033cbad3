import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isKubernetes, readDocuments, Source, TEMPLATE, type Unreadable } from './source';
import { isObject, textOf } from '../kube/json';
import { manifestsOf, type Manifest } from '../kube/manifest';

/** What is to be judged, and what could not be read. */
export interface Inputs {
  readonly sources: readonly Source[];
  readonly manifests: readonly Manifest[];
  readonly problems: readonly Unreadable[];
  /** Files of a folder that hold no Kubernetes object. */
  readonly passedOver: readonly string[];
}

/** What was given cannot be used at all. */
export class UsageError extends Error {}

/** Folders in which no manifests are looked for. */
export const PASSED_OVER = ['node_modules', '.git'];

/** Whether a file of a folder is read. */
export function isManifestName(name: string): boolean {
  return /\.(ya?ml|json)$/i.test(name);
}

/** A file with manifests, wherever its bytes come from. */
export interface InputFile {
  readonly name: string;
  /** Named by itself, not found in a folder: then it must hold objects. */
  readonly given: boolean;
  /** Fails where it cannot be read. */
  bytes(): Buffer;
}

/**
 * Reads files, folders (all below them that ends in .yaml, .yml or .json), and `-`, the standard
 * input.
 */
export function readFiles(paths: readonly string[]): Inputs {
  const problems: Unreadable[] = [];
  const failed = failedIn(problems);
  const seen = new Set<string>();
  const files = new Map<string, InputFile>(); // each is read once, however it is named
  for (const file of paths.flatMap(path => filesOf(path, seen, failed))) {
    const key = file.name === '-' ? file.name : resolve(file.name);
    const known = files.get(key);
    files.set(key, { ...(known ?? file), given: file.given || known?.given === true });
  }
  return readInputs([...files.values()], problems);
}

/** Reads files that are found already, and adds to the problems that there were in finding them. */
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
    const source = new Source(name === '-' ? '<stdin>' : name, text);
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
          ...(source.text.includes('{{') ? TEMPLATE : NO_OBJECT),
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

/** kubectl reads `n` and `yes` as booleans, and refuses them as names. */
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
 * The files below a folder, in the order of their names. A folder that a link leads to once more is
 * passed over.
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

/** Why a file could not be read, in words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? message;
}
