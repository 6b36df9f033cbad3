import { examplePod } from './example-pod';
import { roomFix } from './room-words';
import type { SoftwareProfile } from './software-profile';
import { isDefault, isOwn } from '../../sharing/room';

/** Where processes of iceoryx2 find each other. */
const IOX2 = '/tmp/iceoryx2';
const IMAGE = 'image: registry.example.com/iox:2';

export const ICEORYX: SoftwareProfile = {
  id: 'SHM510',
  software: 'iceoryx, iceoryx2',
  title: 'iceoryx without the shared memory that its processes need',
  severity: 'note',
  needs: `iceoryx: /dev/shm for all memory pools of RouDi, 256Mi for the default ones. iceoryx2: the same /dev/shm and ${IOX2} in all processes`,
  signs: {
    images: ['iceoryx', 'iox-roudi', 'roudi'],
    programs: ['iox-roudi'],
    mounts: [IOX2],
  },
  unless: 'RouDi has a configuration of its own (-c)',
  why: 'RouDi makes all of its memory pools in /dev/shm when it starts. Without a volume, /dev/shm has 64 MiB, which is less than the default pools need. RouDi then ends with an error.',
  fix: `${roomFix('256Mi')}; or give RouDi a configuration with smaller pools`,
  fact: "The default pools of RouDi (MePooConfig::setDefaults) are 10000 chunks of 128 bytes to 10 of 4 MiB: 142 MiB. iceoryx FAQ: check --shm-size. iceoryx2 keeps its services' files in /tmp/iceoryx2 and their memory in /dev/shm.",
  link: 'https://github.com/eclipse-iceoryx/iceoryx/blob/main/doc/website/FAQ.md',
  wrong: examplePod([IMAGE, 'command: [iox-roudi] # SHM510 note']),
  right: examplePod([IMAGE, 'command: [iox-roudi]'], '256Mi'),
  check: (container, found) => {
    const { command } = container;
    const room = container.roomAt();
    if (container.roomAt(IOX2).kind === 'node') {
      if (isOwn(room)) {
        found(
          container.match(
            `container ${container.name} has ${IOX2} of the node, but a /dev/shm of its own: it finds services of other pods and cannot open their memory`,
            {
              severity: 'warning',
              fix: 'mount one directory of the node at /dev/shm in all of these pods, too',
            },
          ),
        );
      }
    } else if (
      isDefault(room) &&
      !container.sign.startsWith('volumeMounts') &&
      command.valueOf('-c', '--config-file') === undefined
    ) {
      found(
        container.match(
          `RouDi in container ${container.name} has 64Mi at /dev/shm, less than its default memory pools`,
        ),
      );
    }
  },
};
