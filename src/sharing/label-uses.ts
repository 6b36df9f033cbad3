import { textOf } from '../kube/json';
import { contractOfUseLabel } from '../model/injection/use-label';
import type { Pod } from '../read/pod';

/** A label of a pod that asks for the memory of a contract. */
export interface LabelUse {
  readonly pod: Pod;
  /** The key of the label. */
  readonly label: string;
  readonly contract: string;
  readonly value: string;
}

/** Returns the labels of pods that ask for the memory of contracts. */
export function labelUses(pods: readonly Pod[]): LabelUse[] {
  return pods
    .filter(({ isPartial, path }) => !isPartial && path.endsWith('/spec'))
    .flatMap(pod =>
      Object.keys(pod.labels).flatMap(label => {
        const contract = contractOfUseLabel(label);
        return contract === undefined
          ? []
          : [{ pod, label, contract, value: textOf(pod.labels[label]) }];
      }),
    );
}
