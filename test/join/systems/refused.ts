import { Size } from 'cdk8s';
import { routes } from './join-contracts';
import type { RefusedSystem } from './joined-system';
import { SharedMemory } from '../../../src';
import { contract, TOOLS } from '../../yaml';

const at = (name: string, mountPath: string) =>
  contract({ name, memory: [SharedMemory.descriptors({ size: Size.mebibytes(64), mountPath })] });

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
  {
    // only one container can serve, so the fix, an option of attachTo(), leads nowhere;
    // Backing.existing() would let the directory stay where it is
    name: 'datadog',
    statement: s => {
      at('datadog', '/var/run/datadog').serveFrom(s, {
        container: 'agent',
        toolImage: TOOLS,
        replaces: ['dsdsocket'],
      });
    },
    error:
      /SHM009 .* containers: given nothing of container trace-agent, which mounts dsdsocket at \/var\/run\/datadog/,
    fix: /fix: look at what it does there, then name it/,
  },
  {
    // init containers of an agent cannot get the memory, so the fix leads nowhere;
    // Backing.existing() would let the directory stay where it is
    name: 'cilium',
    statement: s => {
      at('cilium', '/var/run/cilium').serveFrom(s, {
        toolImage: TOOLS,
        replaces: ['cilium-run'],
      });
    },
    error:
      /SHM009 .* containers: given nothing of init container clean-cilium-state, which mounts cilium-run at \/var\/run\/cilium/,
    fix: /fix: look at what it does there, then name it/,
  },
];
