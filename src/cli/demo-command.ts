import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Out } from './lint-command';
import { UsageError } from '../read/input-files';

/** The manifests of examples/demo, with a comment that says what to type. */
const MANIFESTS = join(__dirname, '..', '..', 'assets', 'demo.yaml');

/** The image in these manifests. */
const IMAGE = 'busybox:1.36';

/** The command `demo`: prints manifests that show shared memory at work on any cluster. */
export function demo({ image }: { readonly image?: string }, out: Out): number {
  out.stdout.write(demoManifests(image));
  return 0;
}

/** Returns these manifests, with another image if one is given. */
export function demoManifests(image?: string): string {
  if (image !== undefined && !/^[A-Za-z0-9][A-Za-z0-9_.:/@+-]*$/.test(image)) {
    throw new UsageError(`--image: given ${image}; allowed the name of an image, like ${IMAGE}`);
  }
  const text = readFileSync(MANIFESTS, 'utf8');
  return image === undefined ? text : text.replaceAll(`image: ${IMAGE}`, `image: ${image}`);
}
