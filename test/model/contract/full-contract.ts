import { Size } from 'cdk8s';
import { Backing, ClientVolume, ReadyWhen, SharedMemory } from '../../../src';
import { contract, TOOLS } from '../../yaml';

/** A contract with most of what one can have. */
export const full = () =>
  contract({
    memory: [
      SharedMemory.posix({ name: 'ring', size: Size.kibibytes(100), backing: Backing.directory() }),
      SharedMemory.systemV({ name: 'verdicts', size: Size.gibibytes(1) }),
    ],
    clientVolume: ClientVolume.hostPath(),
    readyWhen: ReadyWhen.file('ring', { memory: 'ring', toolImage: TOOLS }),
  });
