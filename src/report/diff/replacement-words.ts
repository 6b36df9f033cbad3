import type { PodChange } from '../../change/set-changes';

/** What happens to running pods. */
export type PodOutcome = 'restart' | 'controller' | 'whenDeleted' | 'nextRun' | 'stay' | 'refused';

type Replacement = PodChange['replacement'];

/** Returns what happens to running pods if they are replaced in this way. */
export function replacementOutcome({ by }: Replacement): PodOutcome {
  switch (by) {
    case 'customController':
      return 'controller';
    case 'recreate':
    case 'rollingUpdate':
    case 'ordinals':
    case 'newImageInPlace':
      return 'restart';
    case 'onDelete':
    case 'newPodsOnly':
      return 'whenDeleted';
    case 'nextRun':
      return 'nextRun';
    case 'refused':
      return 'refused';
    default:
      return 'stay';
  }
}

/** Returns how pods are replaced, or why they are not. */
export function replacementWords(replacement: Replacement, metadataOnly: boolean): string {
  switch (replacement.by) {
    case 'customController':
      return `the controller of ${replacement.kind} decides`;
    case 'paused':
      return 'paused: its pods are replaced when the rollout is resumed';
    case 'noReplicas':
      return 'it has no pods: replicas 0';
    case 'recreate':
      return 'Recreate: all pods end before new ones start';
    case 'rollingUpdate':
      return `rolling update: maxUnavailable ${replacement.maxUnavailable}, maxSurge ${replacement.maxSurge}`;
    case 'onDelete':
      return 'OnDelete: each pod is replaced when somebody deletes it';
    case 'partitionBeyond':
      return `partition ${replacement.partition}: no pod has an ordinal that high`;
    case 'ordinals':
      return replacement.from === undefined
        ? 'rolling update, one by one, the highest ordinal first'
        : `rolling update, one by one: pods from ordinal ${replacement.from} on (partition)`;
    case 'nextRun':
      return 'from the next run on';
    case 'newPodsOnly':
      return 'existing pods stay as they are; new ones have the new template';
    case 'jobRunsOnce':
      return 'a Job creates its pods only once';
    case 'podTemplate':
      return 'a PodTemplate runs nothing by itself';
    case 'newImageInPlace':
      return 'the kubelet restarts each container whose image differs, in place';
    case 'inPlace':
      return 'the kubelet applies the change in place';
    case 'refused':
      return 'apply refuses the change: the object and its pods stay as they are';
    case 'sameTemplate':
      return metadataOnly
        ? 'only metadata of the workload changed'
        : 'the pod template is the same';
  }
}
