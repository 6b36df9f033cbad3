import type { ObjectPair } from './object-pairs';
import type { GonePart } from './set-changes';
import { at, textOf } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { readGrant } from '../model/client/grant';
import { readMarks } from '../model/contract/contract-mark';

/**
 * Returns the objects that no longer exist, each with its former part in a contract. `null` if it
 * had none.
 */
export function goneParts(pairs: readonly ObjectPair[]): Map<ObjectPair, GonePart | null> {
  const claims = new Set(
    pairs.flatMap(({ before }) =>
      before && readGrant(before.manifest) ? [claimOf(before.manifest)] : [],
    ),
  );
  return new Map(
    pairs.flatMap(pair =>
      pair.before && !pair.after ? [[pair, partOf(pair.before.manifest, claims)] as const] : [],
    ),
  );
}

function partOf(manifest: Manifest, claims: ReadonlySet<string>): GonePart | null {
  const { marks } = readMarks(at(manifest.json, 'metadata', 'annotations'));
  if (marks.some(({ side }) => side === 'agent')) {
    return 'agent';
  }
  if (marks.length > 0) {
    return 'client';
  }
  const claim =
    manifest.kind === 'PersistentVolumeClaim' &&
    claims.has(`${manifest.namespace ?? ''}/${manifest.name}`);
  return claim || readGrant(manifest) ? 'grant' : null;
}

function claimOf({ json }: Manifest): string {
  return `${textOf(at(json, 'spec', 'claimRef', 'namespace'))}/${textOf(at(json, 'spec', 'claimRef', 'name'))}`;
}
