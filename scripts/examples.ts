import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type App } from 'cdk8s';
import { ReviewApp } from 'cdk8s-shared-memory';

const EXAMPLES = join(__dirname, '..', 'examples');
const load = createRequire(__filename); // works alike under tsx and jest, which import() does not

/** What an example's main.ts exports. */
export interface Example {
  readonly IMAGES: Record<string, string>;
  /** As in '1.29'. The tests hold it against the schemas of Kubernetes. */
  readonly LEAST_KUBERNETES: string;
  build(app: App, images?: Record<string, string>): void;
}

/** The names of all examples, in alphabetical order. */
export function exampleNames(): string[] {
  return readdirSync(EXAMPLES).filter(name => existsSync(join(EXAMPLES, name, 'main.ts'))).sort();
}

/** Loads an example. */
export function loadExample(name: string): Example {
  return load(join(EXAMPLES, name, 'main')) as Example;
}

/** Renders an example into a folder. */
export function renderExample(name: string, outdir: string): void {
  const app = new ReviewApp({ outdir });
  loadExample(name).build(app);
  app.synth();
}
