import { UNREADABLE_MARK } from './acknowledgement-rules';
import type { AcknowledgementFinding } from './set-acknowledgements';
import { at, isObject, pointer } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { PREFIX } from '../model/annotation-codec';
import { ANNOTATION_KINDS } from '../model/annotation-kinds';
import { acknowledgementAnnotation } from '../model/contract/acknowledgement';
import { markAnnotation } from '../model/contract/contract-mark';
import { containersAnnotation, useLabel } from '../model/injection/use-label';
import { AGENT_LABEL, WAVE_LABEL } from '../model/rollout/wave';
import type { MarkedManifests } from '../sharing/marked-manifests';

/** What annotations and labels of this library are called, or how their names begin. */
const NAMES = {
  annotations: {
    whole: ANNOTATION_KINDS.map(({ key }) => key),
    beginnings: [acknowledgementAnnotation(''), markAnnotation(''), containersAnnotation('')],
  },
  labels: { whole: [AGENT_LABEL, WAVE_LABEL], beginnings: [useLabel('')] },
} as const;

/**
 * Returns a finding for each annotation and label with the prefix of this library that nothing
 * reads: most likely a misspelled one. Labels of nodes are the users' own.
 */
export function unknownNameFindings({ set, pods }: MarkedManifests): AcknowledgementFinding[] {
  const templates = pods
    .filter(({ pod }) => pod.path !== '/spec')
    .flatMap(({ pod: { manifest, metadata, path } }) =>
      unknownIn(manifest, metadata, path.slice(0, -'/spec'.length)),
    );
  const objects = set.manifests
    .filter(({ kind }) => kind !== 'Node')
    .flatMap(manifest => unknownIn(manifest, at(manifest.json, 'metadata'), ''));
  return [...objects, ...templates];
}

function unknownIn(manifest: Manifest, metadata: unknown, below: string): AcknowledgementFinding[] {
  return (['annotations', 'labels'] as const).flatMap(field => {
    const { whole, beginnings } = NAMES[field];
    const given = at(metadata, field);
    const unknown = Object.keys(isObject(given) ? given : {}).filter(
      key =>
        key.startsWith(PREFIX) &&
        !(whole as readonly string[]).includes(key) &&
        !beginnings.some(each => key.startsWith(each)),
    );
    const what = field === 'annotations' ? 'annotation' : 'label';
    const known = [...whole, ...beginnings.map(each => `${each}NAME`)].sort();
    return unknown.map((key): AcknowledgementFinding => ({
      rule: UNREADABLE_MARK,
      manifest,
      path: `${below}${pointer('metadata', field, key)}`,
      message: `${key} is no ${what} of this library, so nothing reads it`,
      fix: `write one of ${known.join(', ')}, or remove it; if a newer version of this library wrote it, use that version`,
    }));
  });
}
