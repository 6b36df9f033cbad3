import { readFiles } from './read/input-files';
import { findingsJson, type FindingJson } from './report/finding-json';
import { configOf, failsAt, type Config } from './rules/config';
import { findingsInManifests, unreadableInput } from './rules/engine';

/**
 * The rules as a validation of `cdk8s synth`. In cdk8s.yaml:
 *
 * ```yaml
 * validations:
 *   - package: ./node_modules/cdk8s-shared-memory
 *     version: 0.0.0 # of the package; cdk8s-cli asks for it
 *     class: SharedMemoryValidation
 *     properties: { pack: strict, failOn: warning }
 * ```
 *
 * Properties: `pack` (`recommended` or `strict`), `failOn` (`error`, `warning`, `note` or `never`),
 * `rules` (severities or `off` by id), and `today`, the day on which acknowledgements are judged.
 * The report names the construct of each finding. Where it fails, cdk8s ends with 2; the manifests
 * are written.
 */
export class SharedMemoryValidation {
  private readonly config: Config;
  private readonly today: string;

  /** @param properties what cdk8s.yaml has as `properties` */
  public constructor(properties: any = {}) {
    const { today, ...config } = properties ?? {};
    this.config = configOf(config, 'SharedMemoryValidation properties');
    this.today = String(today ?? new Date().toISOString().slice(0, 10));
  }

  /**
   * Called by cdk8s-cli after synthesis.
   *
   * @param context the ValidationContext of cdk8s-cli: its manifests are read, its report is
   * written
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

/** A finding as cdk8s-cli reports it; it finds the construct by the name of the object. */
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
        locations: [path || '/', `line ${line}, column ${column}`],
      },
    ],
  };
}
