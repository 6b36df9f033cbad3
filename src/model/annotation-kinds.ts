import { PREFIX, type AnnotationKind } from './annotation-codec';
import { NODE_TASK_ANNOTATION } from './node/node-task';
import { STARTUP_TAINT_ANNOTATION } from './node/startup-taint-remover';
import { CLIENT_POLICY_ANNOTATION } from './policy/policy-grants';
import { SHIFT_ANNOTATION } from './rollout/shift';
import { WAVE_ANNOTATION } from './rollout/wave';

/**
 * The annotations of this library that hold JSON, besides the marks, of which there is one for each
 * contract.
 */
export const ANNOTATION_KINDS: readonly AnnotationKind[] = [
  WAVE_ANNOTATION,
  SHIFT_ANNOTATION,
  STARTUP_TAINT_ANNOTATION,
  NODE_TASK_ANNOTATION,
  CLIENT_POLICY_ANNOTATION,
];

/** The name by which docs/mark.schema.json has the schema of an annotation. */
export function definitionName({ key }: AnnotationKind): string {
  return key.slice(PREFIX.length);
}
