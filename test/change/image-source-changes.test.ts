import { deployment, diffOf, gainsAndLosses } from './sets';
import { text } from '../../src/report/diff/diff-text';

const ROOT = 'securityContext: { runAsUser: 0 }';
const web = (image: string, pod = '', container = ROOT) =>
  deployment(pod, container).replace(/image: [^ ,]+/, `image: ${image}`);
const OLD = 'registry.example.com/web:1';
const WEB = 'Deployment shop/web, web';

test('an image from another repository runs with the privileges of its container', () => {
  const other = 'docker.io/somebody/web:latest';
  const gained = `${WEB}: image ${other}, from another repository, runs with user root (${OLD})`;
  expect(gainsAndLosses(web(OLD), web(other))).toEqual({ gained: [gained], lost: [] });
  const diff = diffOf(web(OLD), web(other));
  expect(diff.verdict).toBe(
    `1 container with host privileges runs image ${other} from another repository; 1 workload restarts`,
  );
  expect(diff.privileges.gained[0].image).toEqual({ from: OLD, to: other });
  expect(text(diff, words => words)).toContain(
    `  + Deployment shop/web, container web: image ${other}, from another repository, runs with user root, was ${OLD}\n`,
  );
  // the way back is to other people, too
  expect(gainsAndLosses(web(other), web(OLD)).gained).toHaveLength(1);
});

test.each<[string, string, string]>([
  ['hostIPC', 'hostIPC: true', ''],
  ['privileged', '', 'securityContext: { privileged: true }'],
])('a privilege of the pod, and of the container: %s', (words, pod, container) => {
  const { gained } = gainsAndLosses(web(OLD, pod, container), web('web:1', pod, container));
  expect(gained).toEqual([
    `${WEB}: image web:1, from another repository, runs with ${words} (${OLD})`,
  ]);
});

test('a directory of the node counts where the container mounts it', () => {
  const pod = 'volumes: [{ name: run, hostPath: { path: /run/x } }]';
  const mounts = 'volumeMounts: [{ name: run, mountPath: /run/x, readOnly: true }]';
  expect(gainsAndLosses(web(OLD, pod, mounts), web('web:1', pod, mounts)).gained).toEqual([
    `${WEB}: image web:1, from another repository, runs with hostPath /run/x, read-only (${OLD})`,
  ]);
  expect(gainsAndLosses(web(OLD, pod, ''), web('web:1', pod, '')).gained).toEqual([]);
});

test.each<[string, string, string]>([
  ['another tag', web(OLD), web('registry.example.com/web:2')],
  ['a digest', web(OLD), web('registry.example.com/web@sha256:abc')],
  ['a container without a privilege', web(OLD, '', ''), web('web:1', '', '')],
  ['a new workload', '', web(OLD)],
])('fails to be a gain: %s', (_, before, after) => {
  const { gained } = diffOf(before, after).privileges;
  expect(gained.filter(({ image }) => image !== null)).toEqual([]);
});

test('a new container runs with the privileges of its pod', () => {
  const pod = (containers: string) =>
    deployment('hostPID: true').replace(/containers: \[.*\]/, `containers: [${containers}]`);
  const first = `{ name: web, image: ${OLD} }`;
  const before = pod(first);
  const { gained } = gainsAndLosses(before, pod(`${first}, { name: side, image: evil/side:1 }`));
  expect(gained).toEqual([
    'Deployment shop/web, side: image evil/side:1, from another repository, runs with hostPID',
  ]);
  expect(gainsAndLosses(before, pod(`{ name: renamed, image: ${OLD} }`)).gained).toEqual([]);
  expect(gainsAndLosses(before, pod('{ name: renamed, image: evil/web:1 }')).gained).toEqual([
    'Deployment shop/web, renamed: image evil/web:1, from another repository, runs with hostPID',
  ]);
});
