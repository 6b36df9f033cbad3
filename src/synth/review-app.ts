import { App, type AppProps } from 'cdk8s';
import { synthesize, synthesizeYaml } from './synthesis';

/**
 * An App whose output is meant to be reviewed: each field that this library adds carries its reason as a YAML comment.
 *
 * Comments aside, files and bytes are those of `App`, and `cdk8s synth` works as always. Everything is rendered before anything is written:
 * where an object cannot be rendered, or a validation fails, what an earlier run wrote stays as it was. (`cdk8s synth` itself empties its output
 * folder before it starts the app.)
 */
export class ReviewApp extends App {
  private readonly recordsMetadata: boolean;

  /**
   * Defines an app.
   *
   * @param props configuration options, with the defaults of `App`: the output folder is `CDK8S_OUTDIR`, or else `dist`, and each chart is one file
   */
  public constructor(props: AppProps = {}) {
    super(props);
    this.recordsMetadata = props.recordConstructMetadata ?? process.env.CDK8S_RECORD_CONSTRUCT_METADATA === 'true';
  }

  /**
   * Writes all manifests to the output folder, with the reasons for their fields as comments.
   */
  public synth(): void {
    synthesize(this, this.recordsMetadata);
  }

  /**
   * Renders all manifests as one YAML text, with the reasons for their fields as comments.
   *
   * @returns the documents of all charts, separated by `---`
   */
  public synthYaml(): string {
    return synthesizeYaml(this);
  }
}
