import { immutableChanges } from './immutable-fields';
import type { ObjectPair } from './object-pairs';
import type { ObjectRef, RefusedChange } from './set-changes';
import { at, isObject } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { selects } from '../kube/selector';
import { readGrant } from '../model/client/grant';

/**
 * Returns the changes that `kubectl apply` fails for: changes of immutable fields, and selectors
 * that do not match the labels of their own pod template.
 */
export function refusedChanges(pairs: readonly ObjectPair[]): RefusedChange[] {
  return pairs.flatMap(({ of, fields, before, after }) => {
    if (!after || (before && fields.length === 0)) {
      return [];
    }
    return [
      ...(before ? frozenFields(of, before.manifest, after.manifest) : []),
      ...mismatchedSelector(of, after.manifest),
    ];
  });
}

function frozenFields(of: ObjectRef, before: Manifest, after: Manifest): RefusedChange[] {
  const grant = readGrant(before);
  return immutableChanges(before.json, after.json).map(({ path, from, to, doubt }) => ({
    of,
    field: path,
    from,
    to,
    because: 'immutable',
    ...(doubt === undefined ? {} : { doubt }),
    ...(grant ? { grant } : {}),
  }));
}

const WITH_SELECTOR = ['DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'];

function mismatchedSelector(of: ObjectRef, { json, apiVersion, kind }: Manifest): RefusedChange[] {
  const [selector, labels] = [
    at(json, 'spec', 'selector'),
    at(json, 'spec', 'template', 'metadata', 'labels'),
  ];
  if (
    !WITH_SELECTOR.includes(kind) ||
    apiVersion !== 'apps/v1' ||
    !isObject(selector) ||
    selects(selector, labels)
  ) {
    return [];
  }
  return [
    {
      of,
      field: 'spec.template.metadata.labels',
      from: selector,
      to: isObject(labels) ? labels : undefined,
      because: 'selectorMismatch',
    },
  ];
}
