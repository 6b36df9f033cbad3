import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Out } from './lint-command';
import { UsageError } from '../read/input-files';

/** What has the manifests of examples/demo, with a comment that says what to type. */
const ASSETS = join(__dirname, '..', '..', 'assets');

export interface DemoOptions {
  /** The image of all containers, instead of that of the manifests. */
  readonly image?: string;
  /** Whether it is for nodes on which SELinux is enforcing. */
  readonly selinux?: boolean;
}

/** The image in these manifests. */
const IMAGE = 'busybox:1.36';

/** The command `demo`: prints manifests that show shared memory at work on any cluster. */
export function demo(options: DemoOptions, out: Out): number {
  out.stdout.write(demoManifests(options));
  return 0;
}

/** Returns these manifests, with another image if one is given. */
export function demoManifests({ image, selinux }: DemoOptions): string {
  if (image !== undefined && !/^[A-Za-z0-9][A-Za-z0-9_.:/@+-]*$/.test(image)) {
    throw new UsageError(`--image: given ${image}; allowed the name of an image, like ${IMAGE}`);
  }
  const file = selinux === true ? 'demo-selinux.yaml' : 'demo.yaml';
  const text = readFileSync(join(ASSETS, file), 'utf8');
  return image === undefined ? text : text.replaceAll(`image: ${IMAGE}`, `image: ${image}`);
}
