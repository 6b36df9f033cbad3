import type { ObjectRef, RefusedChange } from './model';
import type { Pair } from './objects';
import { objectWords } from './words';
import { immutableChanges, type Frozen } from '../../kube/immutable';
import { at, isObject, type Json } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import { selects } from '../../kube/selector';
import { readGrant } from '../../model/grants';

/** What of the changes apply fails with: fields that are immutable, and selectors that do not match their own pods. */
export function refusedChanges(pairs: readonly Pair[]): RefusedChange[] {
  return pairs.flatMap(({ of, fields, before, after }) => {
    if (!after || (before && fields.length === 0)) { return []; }
    const frozen = before ? immutableChanges(before.manifest.json, after.manifest.json).map(each => refused(of, before.manifest, each)) : [];
    return [...frozen, ...unmatched(of, after.manifest)];
  });
}

function refused(of: ObjectRef, before: Manifest, { path, from, to, may }: Frozen): RefusedChange {
  const secret = (of.kind === 'Secret' && path !== 'type' && path !== 'immutable') || /\.env\b/.test(path); // this goes into comments of pull requests
  const show = (value: Json | undefined) => value === undefined || value === null ? 'absent' : secret ? 'not shown' : shown(value);
  return {
    of, field: path, from: show(from), to: show(to), certainty: may === undefined ? 'refused' : 'may', why: may ?? 'immutable', fix: fixOf(of, before, path),
  };
}

/** What to do instead; deleting is said where it is safe to say. */
function fixOf(of: ObjectRef, before: Manifest, path: string): string {
  const target = `${of.kind.toLowerCase()} ${of.name}${of.namespace === null ? '' : ` -n ${of.namespace}`}`;
  const grant = readGrant(before);
  if (grant) { return `give contract ${grant.leaf.contract} a new version: it has volumes and claims of its own`; }
  switch (of.kind) {
    case 'DaemonSet': case 'Deployment': case 'ReplicaSet':
      return `take the selector back; or kubectl delete ${target} --cascade=orphan, then apply: pods stay; those that the new selector does not match are nobody's, until they are deleted by hand`;
    case 'StatefulSet':
      return path.startsWith('spec.selector')
        ? `take the selector back; or kubectl delete ${target}, then apply: its pods end, its claims stay`
        : `kubectl delete ${target} --cascade=orphan, then apply: its pods stay and are taken over; claims that are there stay as they are`;
    case 'Job': return `give it a new name; or kubectl delete ${target}, then apply: its pods end, and it runs again`;
    case 'Pod': return /\.resources\b/.test(path)
      ? 'cpu and memory of running containers: kubectl patch --subresource resize, from Kubernetes 1.33 on; else delete the Pod, then apply'
      : `kubectl delete ${target}, then apply; a Deployment replaces its pods by itself`;
    case 'PersistentVolume': return 'make another volume under a new name, and claims of it';
    case 'PersistentVolumeClaim': return 'make another claim under a new name, and name it in the pods';
    case 'ConfigMap': case 'Secret': return 'give it a new name, and name that in the pods';
    case 'Service': return 'take the address back; or delete the Service, then apply: its clients lose it in between';
    default: return `kubectl delete ${target}, then apply`;
  }
}

const WITH_SELECTOR = ['DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'];

function unmatched(of: ObjectRef, { json, apiVersion, kind }: Manifest): RefusedChange[] {
  const [selector, labels] = [at(json, 'spec', 'selector'), at(json, 'spec', 'template', 'metadata', 'labels')];
  if (!WITH_SELECTOR.includes(kind) || apiVersion !== 'apps/v1' || !isObject(selector) || selects(selector, labels)) { return []; }
  return [{
    of,
    field: 'spec.template.metadata.labels',
    from: `selector ${shown(selector)}`,
    to: isObject(labels) ? shown(labels) : 'absent',
    certainty: 'refused',
    why: 'the selector must match the labels of the template',
    fix: `give the template of ${objectWords(of)} the labels of its selector`,
  }];
}

const LONGEST = 120;

/** A value, shortened: some are whole scripts. */
function shown(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text;
}
