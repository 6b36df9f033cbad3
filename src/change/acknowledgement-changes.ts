import type { ObjectPair, PlacedManifest } from './object-pairs';
import type { AcknowledgementChange } from './set-changes';
import { at, equal } from '../kube/json';
import { readAcknowledgements, type ReadAcknowledgement } from '../model/contract/acknowledgement';

/**
 * Returns the acknowledgements that differ between the sides of each object. One that cannot be
 * read acknowledges nothing, so it counts as absent.
 */
export function acknowledgementChanges(pairs: readonly ObjectPair[]): AcknowledgementChange[] {
  return pairs.flatMap(({ of, before, after }) => {
    const [old, now] = [byAnnotation(before), byAnnotation(after)];
    return [...new Set([...now.keys(), ...old.keys()])]
      .sort()
      .flatMap((annotation): AcknowledgementChange[] => {
        const [from, to] = [old.get(annotation), now.get(annotation)];
        const { rule, contract } = (to ?? from) as ReadAcknowledgement;
        const sides = { from: accepted(from), to: accepted(to) };
        return equal(sides.from, sides.to)
          ? []
          : [{ of, rule, ...(contract === undefined ? {} : { contract }), ...sides }];
      });
  });
}

function byAnnotation(side: PlacedManifest | undefined): Map<string, ReadAcknowledgement> {
  const annotations = at(side?.manifest.json, 'metadata', 'annotations');
  return new Map(
    readAcknowledgements(annotations).acknowledgements.map(each => [each.annotation, each]),
  );
}

function accepted(read: ReadAcknowledgement | undefined): AcknowledgementChange['to'] {
  return read && { reason: read.reason, until: read.until ?? null };
}
