import { PREFIX, type AnnotationKind } from './annotation-codec';
import { GRANT_ANNOTATION } from './client/grant';
import { INJECTS_ANNOTATION } from './injection/injects-annotation';
import { NODE_TASK_ANNOTATION } from './node/node-task';
import { STARTUP_TAINT_ANNOTATION } from './node/startup-taint-remover';
import { CLIENT_POLICY_ANNOTATION } from './policy/policy-grants';
import { SHIFT_ANNOTATION } from './rollout/shift';
import { WAVE_ANNOTATION } from './rollout/wave';

/**
 * All annotations of this library that contain JSON, except the contract marks: a mark has one key
 * for each contract, so its keys cannot be listed.
 */
export const ANNOTATION_KINDS: readonly AnnotationKind[] = [
  WAVE_ANNOTATION,
  SHIFT_ANNOTATION,
  STARTUP_TAINT_ANNOTATION,
  NODE_TASK_ANNOTATION,
  CLIENT_POLICY_ANNOTATION,
  GRANT_ANNOTATION,
  INJECTS_ANNOTATION,
];

/**
 * Returns the name of an annotation's schema in the `definitions` of docs/mark.schema.json: the key
 * without the prefix of this library.
 */
export function definitionName({ key }: AnnotationKind): string {
  return key.slice(PREFIX.length);
}
