import { isPreparedByInit } from '../../src/sharing/prepared-directories';
import { setOf } from '../rules/findings';

/** Whether a root init container with the node's /run/shared at /dir prepares /run/shared/a. */
function prepares(fields: object): boolean {
  const init = {
    name: 'init',
    image: 'busybox',
    volumeMounts: [{ name: 'dir', mountPath: '/dir' }],
    ...fields,
  };
  const [pod] = setOf(`apiVersion: v1
kind: Pod
metadata: { name: p }
spec:
  initContainers: [${JSON.stringify(init)}]
  containers: [{ name: app, image: app, volumeMounts: [{ name: dir, subPath: a, mountPath: /a }] }]
  volumes: [{ name: dir, hostPath: { path: /run/shared } }]
`).pods;
  return isPreparedByInit(
    pod,
    pod.mounts.find(({ container }) => container.name === 'app')!,
  );
}
const sh = (script: string) => ({ command: ['sh', '-c', script] });

describe('an init container can prepare a directory', () => {
  test.each<[string, object]>([
    ['if only the image says what it does', {}],
    ['if only its arguments are written', { args: ['sleep', '1'] }],
    ['with a program that is not known', { command: ['/app/prepare'] }],
    ['with a program that is not known, after others', sh('echo a; ./prepare.sh')],
    ['with chown of it', { command: ['chown', '1000:1000', '/dir/a'] }],
    ['with chown of what contains it', sh('chown -R 1000 /dir')],
    ['with chown of what it contains', sh('chown 1000 /dir/a/b')],
    ['with chown of it, in another spelling', sh('chown 1000 //dir/./a/')],
    ['with mkdir, and with a mode that could be a path', sh('mkdir -m 0750 /x')],
    ['with a relative path', { ...sh('chown 1000 a'), workingDir: '/dir' }],
    ['with a variable', sh('chmod 2770 "$DIR"')],
    ['with a variable that Kubernetes replaces', { command: ['chmod', '2770', '$(DIR)'] }],
    ['with a script from a variable', { command: ['sh', '-c', '$(SCRIPT)'] }],
    ['with a pattern', sh('chown 1000 /d*/a')],
    ['with a reference', sh('chown --reference=/x /dir/a')],
    ['in a condition', sh('until chown 1000 /dir/a; do sleep 1; done')],
    ['in a substitution', sh('echo $(chown 1000 /dir/a)')],
    ['in an old substitution', sh('echo `chown 1000 /dir/a`')],
    ['through another program', sh('echo /dir/a | xargs chown 1000')],
    ['through another shell', sh("echo 'chown 1000 /dir/a' | sh")],
    ['through a trap', sh("trap 'chown 1000 /dir/a' EXIT")],
    ['through a file', { command: ['sh', '/scripts/init.sh'] }],
  ])('%s', (_, fields) => {
    expect(prepares(fields)).toBe(true);
  });
});

describe('an init container certainly does not prepare a directory', () => {
  test.each<[string, object]>([
    ['if it waits', { command: ['sleep', '5'] }],
    ['if it waits for a service', sh('until nc -z db 5432 >/dev/null 2>&1; do sleep 1; done')],
    ['if it waits for a file there', sh('while [ ! -e /dir/a/ready ]; do sleep 1; done')],
    ['if it only looks', { command: ['/bin/ls', '-la', '/dir/a'] }],
    ['if it changes another path', { command: ['chown', '-R', '1000:1000', '/data'] }],
    ['if it changes other paths', sh('mkdir -p /data/a /data/b && chmod 700 /data/a 2>/dev/null')],
    ['if it changes a path of a similar name', sh('chown 1000 /dir/ab')],
    ['if it reads only', { volumeMounts: [{ name: 'dir', mountPath: '/dir', readOnly: true }] }],
    ['if it is not root', { securityContext: { runAsUser: 1000 } }],
    ['if it does not mount it', { volumeMounts: [] }],
  ])('%s', (_, fields) => {
    expect(prepares(fields)).toBe(false);
  });
});
