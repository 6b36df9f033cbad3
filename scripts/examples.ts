import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type App } from 'cdk8s';
import { ReviewApp } from 'cdk8s-shared-memory';

const EXAMPLES = join(__dirname, '..', 'examples');

/** What an example's main.ts exports. */
export interface Example {
  readonly IMAGES: Record<string, string>;
  build(app: App, images?: Record<string, string>): void;
}

/** The names of all examples, in alphabetical order. */
export function exampleNames(): string[] {
  return readdirSync(EXAMPLES).filter(name => existsSync(join(EXAMPLES, name, 'main.ts'))).sort();
}

/** Loads an example. */
export async function loadExample(name: string): Promise<Example> {
  return await import(join(EXAMPLES, name, 'main')) as Example;
}

/** Renders an example into a folder. */
export async function renderExample(name: string, outdir: string): Promise<void> {
  const app = new ReviewApp({ outdir });
  (await loadExample(name)).build(app);
  app.synth();
}
