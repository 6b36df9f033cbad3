import { Backing, NodeContent, SharedMemory, type ExistingOptions } from '../../src';
import { contract } from '../yaml';

/** A contract for the directory of a vendor's server, of which no user and no group is known. */
export const vineyard = (options: Omit<ExistingOptions, 'contains'>) =>
  contract({
    ownerId: undefined,
    groupId: undefined,
    memory: [
      SharedMemory.files({
        name: 'objects',
        mountPath: '/run/vineyard',
        backing: Backing.existing('/run/vineyard', { contains: NodeContent.FILES, ...options }),
      }),
    ],
  });
