import { examplePod } from './example-pod';
import { roomFix } from './room-words';
import type { SoftwareProfile } from './software-profile';

const FLAG = '--disable-dev-shm-usage';
const IMAGE = 'image: docker.io/selenium/standalone-chrome:4.34.0';

export const BROWSERS: SoftwareProfile = {
  id: 'SHM505',
  software: 'Chrome, Firefox, Selenium',
  title: 'a browser with the 64 MiB at /dev/shm',
  severity: 'note',
  needs: 'POSIX shared memory between the processes of the browser: 2Gi at /dev/shm',
  signs: {
    images: [
      'headless-shell',
      'node-all-browsers',
      'node-chrome',
      'node-chromium',
      'node-edge',
      'node-firefox',
      'standalone-all-browsers',
      'standalone-chrome',
      'standalone-chromium',
      'standalone-edge',
      'standalone-firefox',
    ],
    programs: [
      'chrome',
      'chromium',
      'chromium-browser',
      'google-chrome',
      'google-chrome-stable',
      'headless-shell',
      'headless_shell',
    ],
    alsoRuns: ['entry_point.sh'],
  },
  unless: `an argument or an environment variable has ${FLAG}`,
  why: 'The processes of a browser share bitmaps in /dev/shm. Without a volume, /dev/shm has 64 MiB. If it is full, tabs crash ("session deleted because of page crash").',
  fix: `${roomFix('2Gi')}; or start Chrome with ${FLAG}`,
  fact: 'docker-selenium: for an image with a browser, use --shm-size=2g, or the shared memory of the host.',
  link: 'https://github.com/SeleniumHQ/docker-selenium#quick-start',
  wrong: examplePod([`${IMAGE} # SHM505 note`]),
  right: examplePod([IMAGE], '2Gi'),
  check: (container, found) => {
    const room = container.smallRoom();
    if (!container.mentions(FLAG) && room !== undefined) {
      found(
        container.match(
          `the browser in container ${container.name} has ${room} at /dev/shm: tabs crash if it is full`,
        ),
      );
    }
  },
};
