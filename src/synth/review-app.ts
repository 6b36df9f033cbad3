import { App, type AppProps } from 'cdk8s';
import { RulePack } from './finding';
import { synthesize, synthesizeYaml } from './synthesis';

/** Options of `ReviewApp`: those of `App`, and the rules for its reports. */
export interface ReviewAppProps extends AppProps {
  /**
   * Selects the rules for `REVIEW.md` and `review.sarif`, and their severities.
   *
   * @default RulePack.RECOMMENDED
   */
  readonly pack?: RulePack;
}

/**
 * An App whose output is meant to be reviewed: each field that this library adds, and each finding
 * that was acknowledged, has its reason as a YAML comment.
 *
 * In addition to the manifests, the app writes these reports:
 *
 * - `REVIEW.md` explains which memory is shared with whom, why, and who pays for it.
 * - `review.sarif` contains the findings for code scanning.
 * - `RUNBOOK.md` contains the commands of each step, if nodes, waves or workloads are rolled out
 *   step by step.
 *
 * In Helm format, the reports are written next to the folder `templates`, not into it. Except for
 * the comments, the manifests are identical to those of `App`, byte by byte, and `cdk8s synth`
 * works as usual. Findings do not stop `synth()`, and it does not check whether acknowledgements
 * have expired. Use `SharedMemoryValidation` or the command `cdk8s-shared-memory lint` for both.
 *
 * All files are rendered before any is written: if an object cannot be rendered, or a validation
 * fails, the files of an earlier run stay unchanged. (`cdk8s synth` itself empties its output
 * folder before it starts the app.)
 *
 * Errors: SHM022 if two objects, two apps, or a manifest and a report would overwrite each other;
 * SHM023 if a construct renders something that is not a Kubernetes object; SHM024 if the output
 * folder cannot be written.
 *
 * @example
 * const app = new ReviewApp();
 * new Chart(app, 'shop', { namespace: 'shop' });
 * app.synth();
 */
export class ReviewApp extends App {
  private readonly recordsMetadata: boolean;
  private readonly pack: RulePack;

  /**
   * Defines an app.
   *
   * @param props configuration options with the defaults of `App`: the output folder is
   * `CDK8S_OUTDIR` or, if that is not set, `dist`, and each chart is written to one file
   */
  public constructor(props: ReviewAppProps = {}) {
    super(props);
    this.recordsMetadata =
      props.recordConstructMetadata ?? process.env.CDK8S_RECORD_CONSTRUCT_METADATA === 'true';
    this.pack = props.pack ?? RulePack.RECOMMENDED;
  }

  /**
   * Writes all manifests, with the reasons for their fields as comments, and all reports to the
   * output folder.
   */
  public synth(): void {
    synthesize(this, { recordsMetadata: this.recordsMetadata, pack: this.pack });
  }

  /**
   * Renders all manifests as one YAML text, with the reasons for their fields as comments.
   *
   * @returns the documents of all charts, separated by `---`
   */
  public synthYaml(): string {
    return synthesizeYaml(this, this.pack);
  }
}
