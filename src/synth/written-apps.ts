import * as fs from 'fs';
import * as path from 'path';
import type { App } from 'cdk8s';

/**
 * The manifests that apps in this process have written, by output folder. Shared with other copies
 * of the library.
 */
const KEY = Symbol.for('cdk8s-shared-memory.written');
const registry = globalThis as {
  [KEY]?: Map<string, { readonly app: WeakRef<App>; readonly names: readonly string[] }>;
};

/**
 * Returns a manifest that another app in this process wrote to the same folder, and that this app
 * would overwrite with different content or leave out of its reports. Absent if there is none.
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

/** Records the manifests that an app has written. */
export function remember(app: App, manifests: ReadonlyMap<string, string>): void {
  const names = [...manifests.keys()].map(file => path.relative(app.outdir, file));
  (registry[KEY] ??= new Map()).set(realPath(app.outdir), { app: new WeakRef(app), names });
}

/** Resolves symbolic links, because a folder can have several paths. */
function realPath(folder: string): string {
  return fs.existsSync(folder) ? fs.realpathSync(folder) : path.resolve(folder);
}
