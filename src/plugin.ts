import { readFiles } from './read/input-files';
import { findingsJson, type FindingJson } from './report/finding-json';
import { configOf, failsAt, type Config } from './rules/config';
import { findingsInManifests, unreadableInput } from './rules/engine';

/**
 * Runs the rules as a validation of `cdk8s synth`. In cdk8s.yaml:
 *
 * ```yaml
 * validations:
 *   - package: ./node_modules/cdk8s-shared-memory
 *     version: 0.0.0 # of the package; cdk8s-cli requires it
 *     class: SharedMemoryValidation
 *     properties: { pack: strict, failOn: warning }
 * ```
 *
 * Properties: `pack` (`recommended` or `strict`), `failOn` (`error`, `warning`, `note` or `never`),
 * `rules` (a severity or `off` by rule ID), and `today`, the day that decides whether
 * acknowledgements have expired (by default the current day, in UTC). The report names the
 * construct of each finding. If the validation fails, cdk8s exits with code 2, after it has written
 * the manifests.
 */
export class SharedMemoryValidation {
  private readonly config: Config;
  private readonly today: string;

  /** @param properties the `properties` of the validation in cdk8s.yaml */
  public constructor(properties: any = {}) {
    const { today, ...config } = properties ?? {};
    this.config = configOf(config, 'SharedMemoryValidation properties');
    this.today = String(today ?? new Date().toISOString().slice(0, 10));
  }

  /**
   * Called by cdk8s-cli after synthesis.
   *
   * @param context the ValidationContext of cdk8s-cli, which provides the manifests and receives
   * the report
   */
  public async validate(context: any): Promise<void> {
    const { manifests, problems } = readFiles(context.manifests);
    const records = findingsJson([
      ...problems.map(unreadableInput),
      ...findingsInManifests(manifests, {
        pack: this.config.pack,
        severities: this.config.rules,
        today: this.today,
      }),
    ]);
    const open = records.filter(({ acknowledged }) => acknowledged === null);
    for (const record of open) {
      context.report.addViolation(violationOf(record));
    }
    const count = (severity: string) =>
      String(open.filter(each => each.severity === severity).length);
    const failed = problems.length > 0 || failsAt(this.config.failOn ?? 'error', records);
    context.report.submit(failed ? 'failure' : 'success', {
      errors: count('error'),
      warnings: count('warning'),
      notes: count('note'),
      acknowledged: String(records.length - open.length),
    });
  }
}

/**
 * Converts a finding to a violation for cdk8s-cli, which finds the construct by the name of the
 * object.
 */
function violationOf({
  rule,
  severity,
  message,
  why,
  fix,
  file,
  line,
  column,
  name,
  path,
  docs,
}: FindingJson): object {
  return {
    ruleName: `${rule} (${severity})`,
    recommendation: `${message}. ${why}`,
    fix: `${fix} (${docs})`,
    violatingResources: [
      {
        resourceName: name ?? '',
        manifestPath: file ?? '',
        // cdk8s-cli counts these as the occurrences of the finding
        locations: [`${path || '/'} (line ${line}, column ${column})`],
      },
    ],
  };
}
