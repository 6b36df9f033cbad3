import { type App } from 'cdk8s';
import { synthesize } from './synthesis';

/**
 * Review-ready output for apps that are no `ReviewApp`.
 */
export class Review {
  /**
   * Writes what `ReviewApp.synth()` would write, for an app of another class.
   *
   * It may be called from the app's own `synth()`, and the app may come from another copy of cdk8s.
   *
   * @param app the app, whose options hold: its output folder, type and file extension, and whether it records metadata
   */
  public static synth(app: App): void {
    synthesize(app, recordsMetadata(app));
  }

  private constructor() {}
}

/** cdk8s keeps this option to itself; where it is not found, the environment decides, as by default. */
function recordsMetadata(app: App): boolean {
  const option: unknown = Reflect.get(app, 'recordConstructMetadata');
  return typeof option === 'boolean' ? option : process.env.CDK8S_RECORD_CONSTRUCT_METADATA === 'true';
}
