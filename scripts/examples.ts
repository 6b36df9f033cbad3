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
  /**
   * Where an example is one app at several times: what `build` can be told to stand at, in their
   * order.
   */
  readonly STAGES?: readonly string[];
  build(app: App, images?: Record<string, string>, stage?: string): void;
}

/** The names of all examples below a folder, in alphabetical order. */
export function exampleNames(root = EXAMPLES): string[] {
  return readdirSync(root)
    .filter(name => existsSync(join(root, name, 'main.ts')))
    .sort();
}

/** Loads an example. */
export function loadExample(name: string, root = EXAMPLES): Example {
  return load(join(root, name, 'main')) as Example;
}

/** Renders an example into a folder; one with stages into a folder for each. */
export function renderExample(name: string, outdir: string, root = EXAMPLES): void {
  const { STAGES = [undefined], IMAGES, build } = loadExample(name, root);
  for (const stage of STAGES) {
    const app = new ReviewApp({ outdir: stage === undefined ? outdir : join(outdir, stage) });
    build(app, IMAGES, stage);
    app.synth();
  }
}

/** The folders that an example renders, below the folder of all examples. */
export function foldersOf(name: string, root = EXAMPLES): string[] {
  return loadExample(name, root).STAGES?.map(stage => join(name, stage)) ?? [name];
}
