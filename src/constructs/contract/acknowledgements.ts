import { ApiObject } from 'cdk8s';
import { type IConstruct } from 'constructs';
import { InputChecks, InputError, show } from '../../errors';
import {
  acknowledgementEdit,
  scannersOf,
  wrongInAcknowledgement,
} from '../../model/contract/acknowledgement';
import type {
  AcknowledgementSpec,
  Scanner as ScannerName,
} from '../../model/contract/contract-spec';
import { meantOptions, type OptionNames } from '../../options';
import { addEdit } from '../../wire/hook';
import { podTemplatesOf } from '../support/targets';

/** Scanners that have annotations to suppress a finding. */
export enum Scanner {
  /** https://docs.kubelinter.io */
  KUBE_LINTER = 'kube-linter',
  /** https://polaris.docs.fairwinds.com */
  POLARIS = 'polaris',
  /** https://www.checkov.io */
  CHECKOV = 'checkov',
}

/** Says that somebody has seen a finding and accepts the risk. */
export interface Acknowledgement {
  /** The id of the rule, as in docs/rules.md: `SHM301`. */
  readonly rule: string;

  /**
   * Why the risk is accepted: one line, without `=` (Checkov ends with an error because of it) and
   * without `{{` (Helm evaluates it).
   */
  readonly reason: string;

  /**
   * The last day on which the acknowledgement holds, in UTC: `2027-03-31`. `cdk8s-shared-memory
   * lint` and the validation of `cdk8s synth` check it; the app never does.
   *
   * @default - it holds for ever
   */
  readonly until?: string;

  /**
   * Scanners whose own suppressions are written too, with the same reason, for exactly what cannot
   * be avoided. kube-linter, Polaris and Checkov have a check for SHM301 (hostIPC); Polaris has one
   * for SHM303 (the node's /dev/shm).
   *
   * @default - none: only this library's own annotation is written
   */
  readonly exportTo?: Scanner[];
}

const OPTIONS: OptionNames<Acknowledgement> = {
  exportTo: true,
  reason: true,
  rule: true,
  until: true,
};

const SCOPES = Symbol.for('cdk8s-shared-memory.acknowledgements');

/**
 * Acknowledgements of findings, for all workloads at and below a construct, including those that
 * are added later. They are annotations in the workloads' own metadata, so no pod restarts because
 * of them: `cdk8s-shared-memory/acknowledge.SHM301: 'until 2027-03-31: the vendor still uses System
 * V'`.
 *
 * An acknowledged finding stays in every report, with its reason. Errors: SHM021.
 *
 * @example
 * Acknowledgements.of(api).add({
 *   rule: 'SHM303',
 *   reason: 'the vendor library hard-codes /dev/shm; reviewed in SEC-812',
 *   until: '2027-06-30',
 * });
 */
export class Acknowledgements {
  /**
   * The acknowledgements of a construct.
   *
   * @param scope a workload, or a construct that holds some, such as a chart
   */
  public static of(scope: IConstruct): Acknowledgements {
    if (typeof scope?.node?.findAll !== 'function') {
      throw new InputError('Acknowledgements', {
        code: 'SHM021',
        field: 'scope',
        given: show(scope),
        allowed: 'a construct',
        fix: 'give a workload, or a construct that holds some',
      });
    }
    return new Acknowledgements(scope);
  }

  private constructor(private readonly scope: IConstruct) {}

  /**
   * Acknowledges a finding in all workloads of the construct. A second call with the same values
   * has no effect; another reason for the same rule is an error.
   *
   * @param acknowledgement which rule, why, and until when
   */
  public add(acknowledgement: Acknowledgement): void {
    const where = this.scope.node.path;
    const spec = acknowledgementOf(acknowledgement, where);
    const known = listOf(this.scope);
    const other = known.find(({ rule }) => rule === spec.rule);
    if (other && JSON.stringify(other) !== JSON.stringify(spec)) {
      throw new InputError(where, {
        code: 'SHM021',
        field: 'reason',
        given: show(spec.reason),
        allowed: `${show(other.reason)}, with which ${spec.rule} is already acknowledged here`,
        fix: 'give one reason for it',
      });
    }
    if (!other) {
      known.push(spec);
    }
  }
}

/** Checks an acknowledgement and returns its plain form. */
export function acknowledgementOf(given: Acknowledgement, where: string): AcknowledgementSpec {
  const checks = new InputChecks(where);
  const { rule, reason, until, exportTo } = meantOptions(given, checks, OPTIONS);
  const spec: AcknowledgementSpec = {
    rule,
    reason,
    ...(until === undefined ? {} : { until }),
    ...(exportTo === undefined ? {} : { exportTo: exportTo as ScannerName[] }),
  };
  for (const { field, allowed } of wrongInAcknowledgement(spec)) {
    checks.fail('SHM021', field, spec[field], allowed, 'see docs/rules.md of the package');
  }
  const scanners = scannersOf(rule);
  const none = Array.isArray(exportTo)
    ? exportTo.filter(scanner => !scanners.includes(scanner))
    : exportTo === undefined
      ? []
      : [exportTo];
  if (none.length > 0) {
    checks.fail(
      'SHM021',
      'exportTo',
      none,
      scanners.length === 0 ? `nothing: no scanner has a check for ${rule}` : scanners.join(', '),
      'leave it out',
    );
  }
  checks.end({});
  return spec;
}

/**
 * Returns the list of what is acknowledged at a construct. The first entry adds a validation, which
 * writes the acknowledgements into the workloads.
 *
 * A validation is the only code that cdk8s runs after all constructs exist and before it writes
 * anything, and an acknowledgement also holds for workloads that are added after it.
 */
function listOf(scope: IConstruct): AcknowledgementSpec[] {
  const holder = scope as IConstruct & { [SCOPES]?: AcknowledgementSpec[] };
  if (holder[SCOPES]) {
    return holder[SCOPES];
  }
  const list: AcknowledgementSpec[] = [];
  Object.defineProperty(holder, SCOPES, { value: list });
  scope.node.addValidation({
    validate: () => {
      for (const object of scope.node
        .findAll()
        .filter((each): each is ApiObject => ApiObject.isApiObject(each))) {
        for (const template of podTemplatesOf(object)) {
          list.forEach(each =>
            addEdit(object, acknowledgementEdit(each, template, scope.node.path || 'the app')),
          );
        }
      }
      return [];
    },
  });
  return list;
}
