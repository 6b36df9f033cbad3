import { ApiObject } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import { shiftConflicts } from './shift-conflicts';
import { describeIn, InputChecks, InputError, type Problem } from '../../errors';
import { shiftEdit, split, type ShiftSpec } from '../../model/rollout/shift';
import { meantOptions, type OptionNames } from '../../options';
import { addEdit } from '../../wire/hook';
import { type Access } from '../contract/access';
import { type Accounting } from '../contract/accounting';
import { specOf, type AgentContract } from '../contract/agent-contract';
import { oneTarget, type Target } from '../support/targets';

/** Properties of `WorkloadShift`. */
export interface WorkloadShiftProps {
  /** The contract through which `to` gets the agent's memory. `to` is attached to it. */
  readonly contract: AgentContract;

  /** The Deployment that still has the agent inside, or a construct that holds exactly one. */
  readonly from: IConstruct;

  /**
   * Its twin without the agent: a Deployment with another selector, whose pods the same Service
   * selects.
   */
  readonly to: IConstruct;

  /**
   * The replicas of both together. Neither Deployment should set a number of its own, unless it is
   * this one.
   */
  readonly replicas: number;

  /**
   * How much has been shifted, in percent of the replicas: 0 to 100. The result is rounded to whole
   * pods, but rounding never leaves a side without pods. With 0, `to` has no pod yet. With 100,
   * `from` is left out of the YAML; kubectl apply does not delete it, unless it prunes.
   */
  readonly shifted: number;

  /**
   * The containers of `to` that use the memory, by name.
   *
   * @default - the only container
   */
  readonly containers?: string[];

  /**
   * What `to` may do with the memory.
   *
   * @default Access.READ_ONLY
   */
  readonly access?: Access;

  /**
   * What the memory limits of `to` include.
   *
   * @default Accounting.KEEP_LIMITS
   */
  readonly accounting?: Accounting;
}

const PROPS: OptionNames<WorkloadShiftProps> = {
  access: true,
  accounting: true,
  containers: true,
  contract: true,
  from: true,
  replicas: true,
  shifted: true,
  to: true,
};

/**
 * Shifts a workload from a Deployment with the agent inside to its twin without it: it splits the
 * replicas, attaches the twin to the contract, and checks that Services and PodDisruptionBudgets
 * select both. To go on, or to go back, change `shifted`.
 *
 * YAML: `spec.replicas` of both, the annotation `cdk8s-shared-memory/shift` on both, and what
 * `contract.attachTo(to)` adds.
 *
 * Errors: SHM007 for numbers that cannot be split, for selectors that overlap, for a Service or
 * PodDisruptionBudget of the app that selects only one of both, and for a HorizontalPodAutoscaler
 * of the app that scales one of them; SHM008 for anything but Deployments; SHM010 if a Deployment
 * sets other replicas. Errors about other objects are reported when the app is validated, before
 * anything is written.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector
 *
 * @example
 * new WorkloadShift(chart, 'shift', {
 *   contract: routes,
 *   from: oldDeployment,
 *   to: newDeployment,
 *   replicas: 8,
 *   shifted: 25,
 * });
 */
export class WorkloadShift extends Construct {
  /** The Deployment that has the agent inside. If `shifted` is 100, it is not in the YAML. */
  public readonly from: ApiObject;

  /** Its twin without the agent. */
  public readonly to: ApiObject;

  /**
   * @param scope a chart
   * @param id id of the construct
   * @param props both Deployments, the replicas, and how much has been shifted
   */
  public constructor(scope: Construct, id: string, props: WorkloadShiftProps) {
    super(scope, id);
    const where = this.node.path;
    const checks = new InputChecks(this);
    const meant = meantOptions(props, checks, PROPS);
    const { access, accounting, containers, contract } = meant;
    checks.try(() => specOf(contract, where));
    this.checkNumbers(meant, checks);
    const sides = {
      from: checks.try(() => this.deployment('from', meant.from)),
      to: checks.try(() => this.deployment('to', meant.to)),
    };
    const isSame = sides.from !== undefined && sides.from.object === sides.to?.object;
    if (isSame) {
      checks.add({
        code: 'SHM007',
        field: 'to',
        given: `${sides.from?.object.name}, which is also given as from`,
        allowed: 'another Deployment',
        fix: 'make a twin of the Deployment, without the agent',
      });
    }
    const isGone = split(meant.replicas, meant.shifted).from === 0;
    if (sides.from && !isSame) {
      // at 100 percent, all of it is left out: better said at the first stage than at the last
      this.checkAlone(meant.from, sides.from.object, checks);
    }
    const { from, to } = checks.end(sides);
    this.from = from.object;
    this.to = to.object;
    const shift: ShiftSpec = {
      from: from.object.name,
      to: to.object.name,
      replicas: props.replicas,
      shifted: props.shifted,
    };
    contract.attachTo(to.object, {
      ...(access === undefined ? {} : { access }),
      ...(accounting === undefined ? {} : { accounting }),
      ...(containers === undefined ? {} : { containers }),
    });
    for (const [side, { object, template }] of [
      ['from', from],
      ['to', to],
    ] as const) {
      addEdit(object, shiftEdit(shift, side, template));
    }
    this.whenValidated(() => shiftConflicts(from.object, to.object, isGone));
    if (isGone) {
      props.from.node.scope?.node.tryRemoveChild(props.from.node.id);
    }
  }

  private checkNumbers({ replicas, shifted }: WorkloadShiftProps, checks: InputChecks): void {
    const fail = (field: string, given: unknown, allowed: string, fix: string) =>
      checks.fail('SHM007', field, given, allowed, fix);
    if (!Number.isInteger(replicas) || replicas < 1) {
      fail(
        'replicas',
        replicas,
        'a whole number of at least 1',
        'write the replicas of both together',
      );
    }
    if (!Number.isFinite(shifted) || shifted < 0 || shifted > 100) {
      fail(
        'shifted',
        shifted,
        'a number from 0 to 100',
        'write how much has been shifted, in percent',
      );
    }
    if (replicas === 1 && shifted > 0 && shifted < 100) {
      fail(
        'shifted',
        shifted,
        '0 or 100, because one replica cannot be split',
        'shift all of it at once, or write two replicas',
      );
    }
  }

  private deployment(field: 'from' | 'to', given: IConstruct): Target {
    const target = oneTarget(given, {});
    if (target.object.kind === 'Deployment') {
      return target;
    }
    throw new InputError(this.node.path, {
      code: 'SHM008',
      field,
      given: `a ${target.object.kind}`,
      allowed: 'a Deployment, because its pods are alike, so some of them can belong to the twin',
      fix:
        target.object.kind === 'StatefulSet'
          ? 'attach the StatefulSet itself, and roll it out pod by pod with updateStrategy.rollingUpdate.partition'
          : 'attach the workload itself: contract.attachTo(...)',
    });
  }

  /**
   * Other constructs may be created later, and a workload must not be rendered twice. So everything
   * is checked when the app is validated.
   */
  private whenValidated(problemsOf: () => Problem[]): void {
    let isRight = false;
    this.node.addValidation({
      validate: () => {
        if (isRight) {
          return [];
        } // cdk8s validates the whole app once more for each chart
        const problems = problemsOf();
        isRight = problems.length === 0;
        return problems.map(problem => describeIn(this.node.path, problem));
      },
    });
  }

  /** Checks that a construct holds nothing but the Deployment that is left out. */
  private checkAlone(given: IConstruct, object: ApiObject, { add }: InputChecks): void {
    const inside = given.node
      .findAll()
      .filter((each): each is ApiObject => ApiObject.isApiObject(each) && each !== object);
    for (const { kind, name } of inside) {
      add({
        code: 'SHM007',
        field: 'from',
        given: `a construct that also contains ${kind} ${name}, which would be left out too`,
        allowed: 'a Deployment with nothing else in it',
        fix: 'make the Service next to both Deployments, with a selector that selects both, or give the Deployment itself',
      });
    }
  }
}
