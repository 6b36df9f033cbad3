import { App, type AppProps } from 'cdk8s';
import { RulePack } from './finding';
import { synthesize, synthesizeYaml } from './synthesis';

/** Options of `ReviewApp`: those of `App`, and what its reports are made by. */
export interface ReviewAppProps extends AppProps {
  /**
   * Which rules hold in `REVIEW.md` and `review.sarif`, and how severe they are.
   *
   * @default RulePack.RECOMMENDED
   */
  readonly pack?: RulePack;
}

/**
 * An App whose output is meant to be reviewed: each field that this library adds, and each finding
 * that was acknowledged, carries its reason as a YAML comment.
 *
 * Beside the manifests it writes `REVIEW.md`, which says what is shared with whom, why, and who
 * pays; `review.sarif`, the findings for code scanning; and where nodes, waves or workloads are
 * brought over step by step, `RUNBOOK.md`, the commands of each step. In Helm format they are
 * beside `templates`, not in it. Comments aside, manifests and bytes are those of `App`, and `cdk8s
 * synth` works as always. Findings do not stop `synth()`: `cdk8s-shared-memory lint` and
 * `SharedMemoryValidation` are the gates, and they alone look at the date.
 *
 * Everything is rendered before anything is written: where an object cannot be rendered, or a
 * validation fails, what an earlier run wrote stays as it was. (`cdk8s synth` itself empties its
 * output folder before it starts the app.)
 *
 * Errors: SHM022 where two objects, two apps, or a manifest and a report, would be written over
 * each other; SHM023 for what is no Kubernetes object; SHM024 where the output folder cannot be
 * written.
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
   * @param props configuration options, with the defaults of `App`: the output folder is
   * `CDK8S_OUTDIR`, or else `dist`, and each chart is one file
   */
  public constructor(props: ReviewAppProps = {}) {
    super(props);
    this.recordsMetadata =
      props.recordConstructMetadata ?? process.env.CDK8S_RECORD_CONSTRUCT_METADATA === 'true';
    this.pack = props.pack ?? RulePack.RECOMMENDED;
  }

  /**
   * Writes all manifests to the output folder, with the reasons for their fields as comments,
   * `REVIEW.md` and `review.sarif`.
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
