import { UNREADABLE_ACKNOWLEDGEMENT, UNREADABLE_MARK } from './acknowledgement-rules';
import type { AcknowledgementFinding } from './set-acknowledgements';
import { at, isObject, pointer } from '../kube/json';
import { acknowledgementAnnotation } from '../model/contract/acknowledgement';
import { markAnnotation } from '../model/contract/contract-mark';
import type { MarkedManifests } from '../sharing/marked-manifests';

/**
 * Returns a finding for each annotation on a pod template that belongs on the workload. This
 * library does not read annotations on the template, because changing their text would restart
 * pods.
 */
export function templateAnnotationFindings({ pods }: MarkedManifests): AcknowledgementFinding[] {
  return pods.flatMap(({ pod: { manifest, metadata, path } }) => {
    const own = at(manifest.json, 'metadata');
    const annotations =
      path === '/spec' || !isObject(metadata.annotations) ? {} : metadata.annotations;
    return Object.keys(annotations).flatMap((annotation): AcknowledgementFinding[] => {
      const rule = annotation.startsWith(markAnnotation(''))
        ? UNREADABLE_MARK
        : annotation.startsWith(acknowledgementAnnotation(''))
          ? UNREADABLE_ACKNOWLEDGEMENT
          : undefined;
      if (!rule || at(own, 'annotations', annotation) !== undefined) {
        return [];
      }
      const place = `${path.slice(0, -'/spec'.length)}${pointer('metadata', 'annotations', annotation)}`;
      return [
        {
          rule,
          manifest,
          path: place,
          message: `${annotation} is on the pod template, where nothing reads it`,
          fix: `write it on the metadata of the ${manifest.kind} itself`,
        },
      ];
    });
  });
}
