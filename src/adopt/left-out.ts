import type { LeftOut, LeftOutReason } from './adoption';
import { at, objectsOf, textOf } from '../kube/json';
import type { Manifest } from '../kube/manifest';

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

function reasonFor({ json, kind }: Manifest): LeftOutReason | undefined {
  const field = (...path: string[]) => at(json, 'metadata', ...path);
  const hook = field('annotations', 'helm.sh/hook');
  if (typeof hook === 'string') {
    return { kind: 'hook', hook };
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
  return kind === 'Secret' && isOfChart ? { kind: 'chartSecret' } : undefined;
}
