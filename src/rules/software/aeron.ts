import { examplePod } from './example-pod';
import { roomFix } from './room-words';
import type { SoftwareContainer } from './software-container';
import type { SoftwareProfile } from './software-profile';
import { LETTER_UNITS, sizeIn } from './written-size';
import { isAtOrBelow } from '../../kube/path';
import { formatBytes } from '../../kube/quantity';
import { DEV_SHM } from '../../kube/well-known';
import { isDefault } from '../../sharing/room';

/** Bytes of a log buffer besides its three terms. */
const META_DATA = 4096n;
/** The length of a term of an IPC stream, unless it is given. */
const IPC_TERM = 64n * 1024n * 1024n;
/** Properties with the length of a term, each with its environment variable. */
const TERMS = [
  ['-Daeron.term.buffer.length', 'AERON_TERM_BUFFER_LENGTH'],
  ['-Daeron.ipc.term.buffer.length', 'AERON_IPC_TERM_BUFFER_LENGTH'],
] as const;

const driver = (comment: string) => [
  'image: registry.example.com/aeron:1',
  `command: [aeronmd]${comment}`,
];

export const AERON: SoftwareProfile = {
  id: 'SHM511',
  software: 'Aeron',
  title: "a log buffer of Aeron is larger than the media driver's directory",
  severity: 'note',
  needs:
    'in aeron.dir, which is below /dev/shm by default, three terms for each stream: 48 MiB for a network stream and 192 MiB for an IPC stream by default',
  signs: {
    images: ['aeronmd', 'aeron-media-driver'],
    programs: ['aeronmd'],
    words: [
      'io.aeron.archive.ArchivingMediaDriver',
      'io.aeron.cluster.ClusteredMediaDriver',
      'io.aeron.driver.MediaDriver',
    ],
  },
  unless: 'the lengths of the terms are given, and fit',
  why: 'The media driver makes a log buffer of three terms for each stream. If the file system of its directory has less free space, the driver refuses the publication: "insufficient usable storage for new log". Without a volume, /dev/shm has 64 MiB.',
  fix: `${roomFix('256Mi')}; or set aeron.ipc.term.buffer.length, for example 1m`,
  fact: 'aeron_driver_context_run_storage_checks compares the free bytes with the log length: three terms and 4096 bytes. A term is 16 MiB (aeron.term.buffer.length) or 64 MiB (aeron.ipc.term.buffer.length) by default.',
  link: 'https://github.com/aeron-io/aeron/blob/master/aeron-driver/src/main/c/aeron_driver_context.c',
  wrong: examplePod(driver(' # SHM511 note')),
  right: examplePod(driver(''), '256Mi'),
  check: (container, found) => {
    const directory =
      container.command.valueOf('-Daeron.dir') ?? container.valueOf('AERON_DIR') ?? DEV_SHM;
    const lengths = TERMS.map(([option, variable]) => lengthIn(container, option, variable));
    const shortage = lengths
      .flatMap(
        length =>
          (length && container.shortage({ ...length, severity: 'warning' }, directory)) ?? [],
      )
      .at(0);
    if (shortage) {
      found(shortage);
      return;
    }
    const [network, ipc] = lengths;
    const isAtDevShm = isAtOrBelow(directory, DEV_SHM) && isDefault(container.roomAt(directory));
    if (ipc === undefined && isAtDevShm) {
      found(
        container.match(
          `the media driver in container ${container.name} has 64Mi at /dev/shm: one IPC stream takes 192Mi by default`,
        ),
      );
    } else if (ipc === undefined && network === undefined) {
      // whoever sets the length for the network alone may have no IPC stream
      const log = { ...logOf(IPC_TERM, ', the default'), field: container.sign };
      const byDefault = container.shortage(log, directory);
      if (byDefault) {
        found(byDefault);
      }
    }
  },
};

function lengthIn(container: SoftwareContainer, option: string, variable: string) {
  const { command } = container;
  const property = command.valueOf(option);
  const length = sizeIn(property ?? container.valueOf(variable), LETTER_UNITS);
  if (length === undefined) {
    return undefined;
  }
  return {
    ...logOf(length),
    field: property === undefined ? container.fieldOf(variable) : command.fieldOf(option),
  };
}

function logOf(length: bigint, which = '') {
  const bytes = 3n * length + META_DATA;
  return {
    bytes,
    words: `with terms of ${formatBytes(length)}${which}, a log buffer of Aeron takes ${bytes} bytes`,
  };
}
