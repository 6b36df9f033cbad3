import { type App } from 'cdk8s';
import { findingOf, type Finding, RulePack } from './finding';
import { synthesize } from './synthesis';
import { InputError, show } from '../errors';
import { isObject } from '../kube/json';
import { manifestsOf } from '../kube/manifest';
import { optionsOf, type OptionNames } from '../options';
import { isKubernetes } from '../read/source';
import { findingsInManifests } from '../rules/engine';

/** Options of `Review.synth()`. */
export interface ReviewSynthOptions {
  /**
   * Which rules hold, and how severe they are.
   *
   * @default RulePack.RECOMMENDED
   */
  readonly pack?: RulePack;
}

/** Options of `Review.of()`. */
export interface ReviewOptions {
  /**
   * Which rules hold, and how severe they are.
   *
   * @default RulePack.RECOMMENDED
   */
  readonly pack?: RulePack;

  /**
   * The day on which acknowledgements are judged: `2027-03-31`.
   *
   * @default - dates are not judged: the same objects give the same findings on any day
   */
  readonly today?: string;
}

const SYNTH: OptionNames<ReviewSynthOptions> = { pack: true };
const OF: OptionNames<ReviewOptions> = { pack: true, today: true };

/**
 * What is to be said about rendered objects, for tests of your own; and review-ready output for
 * apps that are no `ReviewApp`.
 *
 * @example
 * const { findings } = Review.of(Testing.synth(chart));
 * const errors = findings.filter(each => each.severity === FindingSeverity.ERROR);
 */
export class Review {
  /**
   * Writes what `ReviewApp.synth()` would write, for an app of another class.
   *
   * It may be called from the app's own `synth()`, and the app may come from another copy of cdk8s.
   *
   * @param app the app, whose options hold: its output folder, type and file extension, and whether
   * it records metadata
   * @param options which rules the reports are made by; days are judged by `lint` alone
   */
  public static synth(app: App, options: ReviewSynthOptions = {}): void {
    synthesize(app, {
      recordsMetadata: recordsMetadata(app),
      pack: optionsOf(options, 'Review.synth', SYNTH).pack ?? RulePack.RECOMMENDED,
    });
  }

  /**
   * Judges rendered objects, of this library or anybody's, as `cdk8s-shared-memory lint` would.
   *
   * @param objects what `Testing.synth(chart)` or `chart.toJson()` gives; all of them are judged
   * together
   * @param options which rules hold, and on which day
   */
  public static of(objects: any[], options: ReviewOptions = {}): Review {
    const wrong = Array.isArray(objects) ? objects.find(object => !isKubernetes(object)) : objects;
    if (wrong !== undefined || !Array.isArray(objects)) {
      throw new InputError('Review.of', {
        code: 'SHM007',
        field: 'objects',
        given: show(wrong),
        allowed: 'a list of rendered Kubernetes objects',
        fix: 'write Review.of(Testing.synth(chart))',
      });
    }
    const { pack = RulePack.RECOMMENDED, today } = optionsOf(options, 'Review.of', OF);
    const manifests = objects.flatMap(object => (isObject(object) ? manifestsOf(object) : []));
    return new Review(findingsInManifests(manifests, { pack, today }).map(findingOf));
  }

  private constructor(
    /** What was found, in the order of the objects; acknowledged findings too. */
    public readonly findings: Finding[],
  ) {}
}

/**
 * cdk8s keeps this option to itself; where it is not found, the environment decides, as by default.
 */
function recordsMetadata(app: App): boolean {
  const option: unknown = Reflect.get(app, 'recordConstructMetadata');
  return typeof option === 'boolean'
    ? option
    : process.env.CDK8S_RECORD_CONSTRUCT_METADATA === 'true';
}
