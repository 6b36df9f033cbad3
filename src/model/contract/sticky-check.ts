import type { ContractSpec } from './contract-spec';
import { backingOf } from './node-layout';
import type { Need } from '../../errors';

/** Checks the memories in which clients must not remove what others made. */
export function checkSticky(spec: ContractSpec, need: Need): void {
  for (const memory of spec.memory.filter(({ sticky }) => sticky === true)) {
    const field = `sticky of memory ${memory.name}`;
    const leaveOut = 'leave sticky out';
    need(
      memory.api === 'files' || memory.api === 'posix',
      'SHM007',
      field,
      true,
      `true only for SharedMemory.files() and .posix(), and not for ${memory.api}`,
      leaveOut,
    );
    const backing = backingOf(spec, memory);
    need(
      backing !== 'devShm' && backing !== 'existing',
      'SHM007',
      field,
      true,
      'true only with Backing.directory() or .tmpfs(): the agent makes no other directory',
      backing === 'devShm' ? 'leave it out: /dev/shm is sticky on every node' : leaveOut,
    );
    need(
      spec.clients === 'readWrite',
      'SHM007',
      field,
      true,
      'true only with clients: Access.READ_WRITE: clients that only read cannot remove anything',
      leaveOut,
    );
    need(
      spec.clientUser !== 'owner',
      'SHM007',
      field,
      true,
      'true only without ClientUser.owner(): the owner of the directory may remove everything in it',
      'leave sticky out, or leave clientUser out',
    );
  }
}
