import type { OutputFile, Rendered } from './output';
import { InputError, show } from '../errors';
import { at, textOf } from '../kube/json';
import { isKubernetes } from '../read/source';

/**
 * Checks for output that cdk8s would write without an error, although a file or an object would be
 * lost: two files with the same path, two objects with the same identity in a file, and documents
 * that are not Kubernetes objects.
 */
export function checkOutput(files: readonly OutputFile[]): void {
  const written = new Map<string, OutputFile>();
  for (const file of files) {
    const other = written.get(file.path);
    if (other) {
      throw sameFile(file, other);
    }
    written.set(file.path, file);
    checkObjects(file.documents);
  }
}

/**
 * Checks the objects of one file. They are applied together, so if two have the same identity, the
 * second one replaces the first.
 */
function checkObjects(documents: readonly Rendered[]): void {
  const known = new Map<string, string>();
  for (const { json, from } of documents.flatMap(withItems)) {
    const missing = missingIn(json);
    if (missing !== undefined) {
      throw new InputError(from, {
        code: 'SHM023',
        field: missing,
        given: show(at(json, ...missing.split('.'))),
        allowed: 'apiVersion, kind and metadata.name, as kubectl apply needs them',
        fix: 'let the construct render them, or remove it',
      });
    }
    const name = at(json, 'metadata', 'name');
    if (name === undefined) {
      continue;
    }
    const [group, kind, namespace] = [
      textOf(at(json, 'apiVersion')).replace(/\/?[^/]*$/, ''),
      textOf(at(json, 'kind')),
      textOf(at(json, 'metadata', 'namespace') ?? ''),
    ];
    const identity = JSON.stringify([group, kind, namespace, name]);
    const other = known.get(identity);
    if (other !== undefined) {
      throw new InputError(from, {
        code: 'SHM022',
        field: 'metadata.name',
        given: `${kind} ${namespace === '' ? '' : `${namespace}/`}${textOf(name)}, which ${other === from ? 'it renders twice' : `${other} renders too`}`,
        allowed:
          'one object of a kind and name in a file: kubectl apply would keep the last one alone',
        fix: 'give one of them another name or namespace, or remove it',
      });
    }
    known.set(identity, from);
  }
}

/** Returns an object and, if it is a List, its items: kubectl applies each of them. */
function withItems(document: Rendered): Rendered[] {
  const items = textOf(at(document.json, 'kind')).endsWith('List')
    ? at(document.json, 'items')
    : undefined;
  return Array.isArray(items)
    ? [document, ...items.flatMap(json => withItems({ json, from: document.from }))]
    : [document];
}

/**
 * Returns the first missing field that each Kubernetes object must have. A List has no name, and an
 * object for `kubectl create` can have a generateName instead.
 */
function missingIn(json: unknown): string | undefined {
  if (!isKubernetes(json)) {
    return typeof at(json, 'apiVersion') === 'string' && at(json, 'apiVersion') !== ''
      ? 'kind'
      : 'apiVersion';
  }
  const isNamed = ['name', 'generateName'].some(
    field => ![undefined, null, ''].includes(at(json, 'metadata', field) as string),
  );
  return isNamed || textOf(at(json, 'kind')).endsWith('List') ? undefined : 'metadata.name';
}

function sameFile(file: OutputFile, other: OutputFile): InputError {
  return new InputError(file.from, {
    code: 'SHM022',
    field: 'file',
    given: `${file.path}, to which ${other.from} is written, too`,
    allowed: 'a file of its own for each chart or object: the second would replace the first',
    fix: 'write YamlOutputType.FILE_PER_CHART; or FOLDER_PER_CHART_FILE_PER_RESOURCE, with one of them in a chart of its own; or give it another name',
  });
}
