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
   * Selects the rules that are checked, and their severities.
   *
   * @default RulePack.RECOMMENDED
   */
  readonly pack?: RulePack;
}

/** Options of `Review.of()`. */
export interface ReviewOptions {
  /**
   * Selects the rules that are checked, and their severities.
   *
   * @default RulePack.RECOMMENDED
   */
  readonly pack?: RulePack;

  /**
   * The current day, which decides whether acknowledgements have expired: `2027-03-31`.
   *
   * @default - acknowledgements do not expire, so the same objects have the same findings on any
   * day
   */
  readonly today?: string;
}

const SYNTH: OptionNames<ReviewSynthOptions> = { pack: true };
const OF: OptionNames<ReviewOptions> = { pack: true, today: true };

/**
 * The findings in rendered objects, for your own tests. Also writes reviewable output for apps that
 * do not extend `ReviewApp`.
 *
 * @example
 * for (const finding of Review.of(Testing.synth(chart)).findings) {
 *   if (finding.severity === FindingSeverity.ERROR) {
 *     console.log(finding.message);
 *   }
 * }
 */
export class Review {
  /**
   * Writes the output of `ReviewApp.synth()` for an app of another class.
   *
   * You can call this method from the app's own `synth()`. The app may come from another copy of
   * cdk8s.
   *
   * @param app the app; its output folder, output type, file extension and metadata option are used
   * @param options the rules for the reports; whether acknowledgements have expired is not checked
   */
  public static synth(app: App, options: ReviewSynthOptions = {}): void {
    synthesize(app, {
      recordsMetadata: recordsMetadata(app),
      pack: optionsOf(options, 'Review.synth', SYNTH).pack ?? RulePack.RECOMMENDED,
    });
  }

  /**
   * Checks rendered objects as `cdk8s-shared-memory lint` does. The objects need not be created
   * with this library.
   *
   * @param objects the result of `Testing.synth(chart)` or `chart.toJson()`; all objects are
   * checked together
   * @param options the rules, and the current day
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
    /** All findings, including acknowledged ones, in the order of the objects. */
    public readonly findings: Finding[],
  ) {}
}

/**
 * Returns whether an app records construct metadata. This is a private option of cdk8s. If it
 * cannot be read, the environment variable decides, which is the default of cdk8s.
 */
function recordsMetadata(app: App): boolean {
  const option: unknown = Reflect.get(app, 'recordConstructMetadata');
  return typeof option === 'boolean'
    ? option
    : process.env.CDK8S_RECORD_CONSTRUCT_METADATA === 'true';
}
