import { stringify } from 'yaml';
import type { LeftOut, LeftOutReason } from './adoption';
import { at, equal, objectsOf, textOf, type JsonObject } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { readDocuments, Source } from '../read/source';

/**
 * Returns the objects that must not become part of an app, with the reasons: somebody else makes
 * them, or their values change with each rendering.
 */
export function leftOutOf(manifests: readonly Manifest[]): LeftOut[] {
  return manifests.flatMap(manifest => {
    const because = reasonFor(manifest);
    return because ? [{ manifest, because }] : [];
  });
}

const HOOKS = [
  ['Helm', 'helm.sh/hook'],
  ['Argo CD', 'argocd.argoproj.io/hook'],
] as const;

function reasonFor({ json, kind }: Manifest): LeftOutReason | undefined {
  const field = (...path: string[]) => at(json, 'metadata', ...path);
  for (const [by, annotation] of HOOKS) {
    const hook = field('annotations', annotation);
    if (typeof hook === 'string') {
      return { kind: 'hook', by, hook };
    }
  }
  const [owner] = objectsOf(field('ownerReferences'));
  if (owner !== undefined) {
    return { kind: 'owned', by: `${textOf(owner.kind)}/${textOf(owner.name)}` };
  }
  if (field('uid') !== undefined || field('resourceVersion') !== undefined) {
    return { kind: 'live' };
  }
  if (field('name') === undefined) {
    return { kind: 'generateName' };
  }
  const isOfChart =
    field('labels', 'helm.sh/chart') !== undefined ||
    field('labels', 'chart') !== undefined ||
    field('labels', 'app.kubernetes.io/managed-by') === 'Helm';
  if (kind === 'Secret' && isOfChart) {
    return { kind: 'chartSecret' };
  }
  return isWritable(json) ? undefined : { kind: 'unwritable' };
}

/** Characters that kubectl does not read, or reads as line breaks, unless they are escaped. */
const NOT_PRINTABLE = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/;

/**
 * Checks whether kubectl reads an object as it is, after cdk8s has written it. The texts "0o644"
 * and "0X1F", for example, are written without quotes and read as numbers.
 */
function isWritable(json: JsonObject): boolean {
  const text = stringify(json, { keepUndefined: true, lineWidth: 0, version: '1.1' });
  const { documents, problems } = readDocuments(new Source('', text));
  return (
    !NOT_PRINTABLE.test(text) &&
    problems.length === 0 &&
    documents.length === 1 &&
    equal(documents[0].value, json)
  );
}
