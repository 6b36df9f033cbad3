import { Size } from 'cdk8s';
import { routes } from './join-contracts';
import type { RefusedSystem } from './joined-system';
import { SharedMemory } from '../../../src';
import { contract } from '../../yaml';

/** Systems that cannot join yet. Where the fix of an error leads nowhere, a comment says so. */
export const REFUSED: readonly RefusedSystem[] = [
  {
    // the pod spec of a predictor is no template, and the library edits templates alone
    name: 'kserve',
    statement: s => {
      routes.attachTo(s);
    },
    error: /SHM008 \[test\] target: given a construct without a pod template/,
    fix: /fix: give a Pod, .* or custom resource with a pod template/,
  },
  {
    // there is no memory of huge pages yet, which the fix does not say
    name: 'dpdk',
    statement: s => {
      contract({
        memory: [SharedMemory.files({ size: Size.gibibytes(4), mountPath: '/dev/hugepages' })],
      }).attachTo(s);
    },
    error: /SHM006 \[contract routes\] mountPath of memory data: given "\/dev\/hugepages"/,
    fix: /fix: write a path like \/run\/routes/,
  },
];
