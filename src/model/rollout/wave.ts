import { NODE_HOSTNAME } from '../../kube/well-known';
import type { Edit } from '../../wire/edit';
import {
  annotationIn,
  API_VERSION_SCHEMA,
  encodeAnnotation,
  PREFIX,
  type AnnotationKind,
} from '../annotation-codec';

/**
 * Nodes that are grouped into waves by the value of a label, in rollout order. The last wave also
 * contains all nodes that belong to no other wave.
 */
export interface WavesSpec {
  readonly label: string;
  readonly order: readonly string[];
}

/** One wave, as read from the annotation of a DaemonSet. */
export interface ReadWave extends WavesSpec {
  readonly wave: string;
}

/** The label on an agent's pods that contains the name of the agent. */
export const AGENT_LABEL = `${PREFIX}agent`;

/** The key of both the wave label on an agent's pods and the wave annotation of its DaemonSet. */
export const WAVE_LABEL = `${PREFIX}wave`;

/**
 * The value of the wave label for an agent without waves, and for the last wave. They are the same
 * because a selector is immutable: an agent without waves may get waves later.
 */
export const BASE = 'base';

/** Returns the labels that select the pods of one wave of an agent. */
export function waveLabels(name: string, waves?: WavesSpec, wave?: string): Record<string, string> {
  return {
    [AGENT_LABEL]: name,
    [WAVE_LABEL]: waves && wave !== undefined && wave !== lastOf(waves) ? wave : BASE,
  };
}

/** Returns the name of the DaemonSet of a wave. The last wave keeps the name of the agent. */
export function waveName(name: string, waves: WavesSpec, wave: string): string {
  return wave === lastOf(waves) ? name : `${name}-${wave}`;
}

/**
 * Returns the edit that makes a DaemonSet serve one wave. It schedules the pods onto the nodes of
 * this wave only, and waits until the agent of another wave has left a node whose wave label
 * changed.
 */
export function waveEdit(name: string, waves: WavesSpec, wave: string): Edit {
  const owner = `NodeAgent ${name}`;
  const others = waves.order.slice(0, -1);
  const expression =
    wave === lastOf(waves)
      ? { key: waves.label, operator: 'NotIn', values: [...others] }
      : { key: waves.label, operator: 'In', values: [wave] };
  const own = waveLabels(name, waves, wave)[WAVE_LABEL];
  return {
    owner,
    key: 'NodeAgent wave',
    template: '/spec/template',
    operations: [
      {
        do: 'annotate',
        annotation: WAVE_LABEL,
        value: encodeAnnotation({ label: waves.label, order: [...waves.order], wave }),
        reason: `${owner}: wave ${wave}, ${waves.order.indexOf(wave) + 1} of ${waves.order.length}`,
      },
      {
        do: 'set',
        in: 'pod',
        path: [
          'affinity',
          'nodeAffinity',
          'requiredDuringSchedulingIgnoredDuringExecution',
          'nodeSelectorTerms',
        ],
        value: [{ matchExpressions: [expression] }],
        reason: `${owner}: the nodes of wave ${wave}${wave === lastOf(waves) ? ' (all that belong to no other wave)' : ''}, so that each node has exactly one agent`,
      },
      {
        do: 'include',
        in: 'pod',
        path: ['affinity', 'podAntiAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'],
        item: {
          labelSelector: {
            matchExpressions: [
              { key: AGENT_LABEL, operator: 'In', values: [name] },
              { key: WAVE_LABEL, operator: 'NotIn', values: [own] },
            ],
          },
          topologyKey: NODE_HOSTNAME,
        },
        reason: `${owner}: waits until the agent of another wave has left a node that moves between waves, because two agents would write the same memory`,
      },
    ],
  };
}

/** The annotation of the DaemonSet of one wave. */
export const WAVE_ANNOTATION: AnnotationKind = {
  key: WAVE_LABEL,
  schema: {
    description:
      'The annotation cdk8s-shared-memory/wave of the DaemonSet of one wave of an agent.',
    type: 'object',
    required: ['apiVersion', 'label', 'order', 'wave'],
    properties: {
      apiVersion: API_VERSION_SCHEMA,
      label: { type: 'string' },
      order: { type: 'array', minItems: 2, items: { type: 'string' } },
      wave: { type: 'string' },
    },
    additionalProperties: false,
  },
};

/**
 * Reads the wave of a DaemonSet from its annotations. Absent if it has none, or if the wave is not
 * part of the order.
 */
export function readWave(annotations: unknown): ReadWave | undefined {
  const read = annotationIn<ReadWave>(annotations, WAVE_ANNOTATION);
  return read?.order.includes(read.wave)
    ? { label: read.label, order: read.order, wave: read.wave }
    : undefined;
}

function lastOf({ order }: WavesSpec): string {
  return order[order.length - 1];
}
