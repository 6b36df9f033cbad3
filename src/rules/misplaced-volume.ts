import type { RuleMatch } from './rule-match';
import { workloadWords } from './rule-words';
import type { Volume } from '../read/pod';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';
import { missedFiles } from '../sharing/missed-files';

type Advice = Required<Pick<RuleMatch, 'fix'>> & Pick<RuleMatch, 'remedies'>;

/**
 * Returns what to do about volumes whose size does not fit. If SHM123 says that the memory of the
 * node belongs in the place of one of them, this comes first, and no remedy makes room for it.
 */
export function sizeAdvice(
  marked: MarkedManifests,
  markedPod: MarkedPod,
  volumes: readonly Volume[],
  advice: Advice,
): Advice {
  for (const { other, room } of missedFiles(marked).get(markedPod) ?? []) {
    const volume = room.kind === 'default' ? undefined : room.volume;
    if (volume && volumes.includes(volume)) {
      return {
        fix: `see SHM123 first: if ${volume.name} gives way to the memory that ${workloadWords(other.pod.manifest)} has on the node, this finding goes away; if it stays: ${advice.fix}`,
      };
    }
  }
  return advice;
}
