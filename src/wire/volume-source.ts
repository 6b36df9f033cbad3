import type { Draft } from './draft';
import { at, equal, isObject, itemsOf, textOf, type Json, type JsonObject } from '../kube/json';
import { realPath } from '../kube/path';
import { claimOf } from '../kube/persistent-volume';

/**
 * Checks whether a volume of the workload has the source of a volume that an edit adds: the same
 * directory of the node, or the same claim. Whether a container may write stands at its mount.
 *
 * Only for volumes whose source outlives the pod: two emptyDir volumes are never the same.
 *
 * @param mayCreate whether a hostPath that creates its directory counts as the same, too
 */
export function hasSourceOf(
  theirs: Json | undefined,
  ours: JsonObject,
  mayCreate = false,
): boolean {
  const [path, wanted] = [at(theirs, 'hostPath', 'path'), at(ours, 'hostPath', 'path')];
  if (typeof path === 'string' && typeof wanted === 'string') {
    return (
      realPath(path) === realPath(wanted) &&
      (typeOf(theirs) === typeOf(ours) || (mayCreate && typeOf(theirs) === 'DirectoryOrCreate'))
    );
  }
  const [claim, granted] = [theirs, ours].map(claimOf);
  if (claim !== undefined) {
    const isShut = at(theirs, 'persistentVolumeClaim', 'readOnly') === true;
    return claim === granted && (!isShut || at(ours, 'persistentVolumeClaim', 'readOnly') === true);
  }
  return false;
}

/** Checks whether a volume is a memory-medium emptyDir. */
export function isMemoryEmptyDir(volume: Json | undefined): boolean {
  return at(volume, 'emptyDir', 'medium') === 'Memory';
}

/** Describes the source of a volume for people: `emptyDir {"medium":"Memory"}`. */
export function sourceWords(volume: Json | undefined): string {
  const [source] = isObject(volume) ? Object.keys(volume).filter(key => key !== 'name') : [];
  return source === undefined ? 'no source' : `${source} ${JSON.stringify(at(volume, source))}`;
}

/** The type of a hostPath volume, with those as one that accept a directory and create nothing. */
function typeOf(volume: Json | undefined): string {
  const type = textOf(at(volume, 'hostPath', 'type') ?? '');
  return type === '' ? 'Directory' : type;
}

/** Checks whether two volumes are equal, apart from their names. */
export function equalSource(a: JsonObject, b: JsonObject): boolean {
  return equal({ ...a, name: '' }, { ...b, name: '' }) || hasSourceOf(a, b);
}

/** Checks whether a mount shows a whole volume, and not a part of it. */
export function showsWhole(mount: Json): boolean {
  return !at(mount, 'subPath') && !at(mount, 'subPathExpr');
}

/** Returns the index of the claim template of a StatefulSet with a name, or -1. */
export function claimTemplateIndex(draft: Draft, name: string): number {
  return itemsOf(draft.get(['spec', 'volumeClaimTemplates'])).findIndex(
    each => at(each, 'metadata', 'name') === name,
  );
}
