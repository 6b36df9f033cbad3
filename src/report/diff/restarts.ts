import { podFields } from './fields';
import type { ObjectRef, PodChange, RefusedChange } from './model';
import type { Pair } from './objects';
import type { JsonObject } from '../../kube/json';
import { podSpecs } from '../../kube/pod-template';
import { rolloutOf } from '../../kube/rollout';

/** What happens to the pods of each workload that is changed. */
export function podChanges(pairs: readonly Pair[], refused: readonly RefusedChange[]): PodChange[] {
  const frozen = new Set(refused.filter(({ certainty }) => certainty === 'refused').map(({ of }) => of));
  return pairs.flatMap(({ of, fields, before, after }) =>
    before && after && fields.length > 0 ? changeOf(of, fields, before.manifest.json, after.manifest.json, frozen.has(of)) : []);
}

function changeOf(of: ObjectRef, all: readonly string[], before: JsonObject, after: JsonObject, refused: boolean): PodChange[] {
  const paths = [...new Set([...podSpecs(after), ...podSpecs(before)])];
  if (paths.length === 0) { return []; }
  const metadataOnly = all.every(field => field.startsWith('metadata.'));
  const change = (outcome: PodChange['outcome'], how: string, fields: readonly string[]): PodChange[] => [{ of, outcome, how, fields, metadataOnly }];
  if (refused) { return change('refused', 'apply refuses the change: the object, and its pods, stay as they are', all); }
  const fields = [...new Set(paths.flatMap(path => podFields(path, before, after)))];
  if (fields.length === 0) { return change('stay', metadataOnly ? 'metadata of the workload alone' : 'the pod template is the same', all); }
  const { outcome, how } = rolloutOf(after, fields);
  return change(outcome, how, fields);
}
