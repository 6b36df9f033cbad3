import { type IConstruct } from 'constructs';
import { restrictedEdit } from '../../model/client/restricted-edit';
import { attachToEach, attachToOne, type Attachable } from '../support/attaching';
import { TARGET_OPTIONS, type TargetOptions } from '../support/targets';

/**
 * A Pod Security level that a workload must meet.
 *
 * @example
 * PodSecurity.restricted().attachTo(api);
 */
export class PodSecurity {
  /**
   * The level "restricted": what it asks for is filled in if the workload does not say it. A
   * contradiction, for example a hostPath volume, is an error.
   *
   * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
   */
  public static restricted(): PodSecurity {
    return new PodSecurity();
  }

  private constructor() {}

  /**
   * Fills in what a workload still lacks: `runAsNonRoot`, `seccompProfile: RuntimeDefault`, and for
   * each container `allowPrivilegeEscalation: false` and `capabilities.drop: [ALL]`.
   *
   * @param target the workload, or a construct that holds exactly one
   * @param options which workload if there are several
   */
  public attachTo(target: IConstruct, options: TargetOptions = {}): void {
    attachToOne(attachable(target), options, TARGET_OPTIONS);
  }

  /**
   * Fills in the same in every workload at or below a construct.
   *
   * @param scope a construct that holds workloads, for example a chart
   */
  public attachToAll(scope: IConstruct): void {
    attachToEach(attachable(scope), {}, {});
  }
}

function attachable(target: IConstruct): Attachable<object, true> {
  return {
    owner: 'PodSecurity.restricted()',
    target,
    using: () => true,
    edit: ({ template }) => restrictedEdit(template),
  };
}
