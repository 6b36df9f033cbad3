import type { Edit, Operation } from '../../wire/edit';
import {
  annotationIn,
  API_VERSION_SCHEMA,
  encodeAnnotation,
  PREFIX,
  type AnnotationKind,
} from '../annotation-codec';

/** A shift of replicas from one Deployment to its twin, as recorded in the annotation of both. */
export interface ShiftSpec {
  readonly from: string;
  readonly to: string;
  readonly replicas: number;
  /** Percentage of the replicas that run in `to`. */
  readonly shifted: number;
}

/** The annotation of both Deployments of a shift. */
export const SHIFT_ANNOTATION: AnnotationKind = {
  key: `${PREFIX}shift`,
  schema: {
    description: 'The annotation cdk8s-shared-memory/shift of both Deployments of a shift.',
    type: 'object',
    required: ['apiVersion', 'from', 'to', 'replicas', 'shifted', 'side'],
    properties: {
      apiVersion: API_VERSION_SCHEMA,
      from: { type: 'string' },
      to: { type: 'string' },
      replicas: { type: 'integer', minimum: 1 },
      shifted: { type: 'number', minimum: 0, maximum: 100 },
      side: { enum: ['from', 'to'] },
    },
    additionalProperties: false,
  },
};

/**
 * Splits the replicas between both sides. Rounding never leaves a side without replicas: only 0 and
 * 100 percent do.
 */
export function split(
  replicas: number,
  shifted: number,
): { readonly from: number; readonly to: number } {
  const rounded = Math.round((replicas * shifted) / 100);
  const to =
    shifted <= 0 ? 0 : shifted >= 100 ? replicas : Math.min(Math.max(rounded, 1), replicas - 1);
  return { from: replicas - to, to };
}

/** Returns the edit for one side of a shift, which sets its number of replicas. */
export function shiftEdit(shift: ShiftSpec, side: 'from' | 'to', template: string): Edit {
  const owner = `WorkloadShift ${shift.from} to ${shift.to}`;
  const own = split(shift.replicas, shift.shifted)[side];
  const share = side === 'to' ? shift.shifted : 100 - shift.shifted;
  const how = side === 'to' ? 'without its own agent' : 'with the agent inside';
  const why =
    own * 100 === share * shift.replicas
      ? `because ${share}% of the workload runs ${how}`
      : `the nearest to the ${share}% of the workload that is to run ${how}`;
  const operations: Operation[] = [
    {
      do: 'set',
      in: 'object',
      path: ['spec', 'replicas'],
      value: own,
      // values that may be overwritten: the defaults of cdk8s-plus, and the total that is split
      over: [1, 2, shift.replicas],
      reason: `${owner}: ${own} of ${shift.replicas}, ${why}`,
    },
    {
      do: 'annotate',
      annotation: SHIFT_ANNOTATION.key,
      value: encodeAnnotation({ ...shift, side }),
      reason: `${owner}: the stage of the rollout`,
    },
  ];
  return { owner, key: 'WorkloadShift', template, operations };
}

/**
 * Reads the shift that a Deployment is part of from its annotations. Absent if it is part of none.
 */
export function readShift(
  annotations: unknown,
): (ShiftSpec & { readonly side: 'from' | 'to' }) | undefined {
  return annotationIn(annotations, SHIFT_ANNOTATION);
}
