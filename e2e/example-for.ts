import type { Nodes } from './nodes';
import { loadExample, type Example } from '../scripts/examples';
import { seLinuxRoot } from '../scripts/selinux-examples';

/** Loads an example for some nodes. */
export function exampleFor({ enforceSeLinux }: Nodes, name: string): Example {
  return loadExample(name, enforceSeLinux ? seLinuxRoot(name) : undefined);
}
