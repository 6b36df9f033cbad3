import * as fs from 'fs';
import * as path from 'path';
import type { App } from 'cdk8s';

/**
 * The manifests that apps of this process have written, by folder: also those of another copy of
 * the library.
 */
const KEY = Symbol.for('cdk8s-shared-memory.written');
const registry = globalThis as {
  [KEY]?: Map<string, { readonly app: WeakRef<App>; readonly names: readonly string[] }>;
};

/**
 * A manifest that another app of this process wrote to the folder, and that would not be there any
 * more, or about which the reports would no longer speak.
 */
export function lostBy(app: App, manifests: ReadonlyMap<string, string>): string | undefined {
  const earlier = registry[KEY]?.get(realPath(app.outdir));
  if (!earlier || earlier.app.deref() === app) {
    return undefined;
  }
  const files = earlier.names.map((name: string) => path.join(app.outdir, name));
  return files.find(
    (file: string) =>
      fs.statSync(file, { throwIfNoEntry: false })?.isFile() &&
      fs.readFileSync(file, 'utf8') !== manifests.get(file),
  );
}

/** Remembers what an app has written. */
export function remember(app: App, manifests: ReadonlyMap<string, string>): void {
  const names = [...manifests.keys()].map(file => path.relative(app.outdir, file));
  (registry[KEY] ??= new Map()).set(realPath(app.outdir), { app: new WeakRef(app), names });
}

/** A folder may have several names. */
function realPath(folder: string): string {
  return fs.existsSync(folder) ? fs.realpathSync(folder) : path.resolve(folder);
}
