import { exampleMark, TABLE } from './example-mark';
import { suggestion } from './remedy';
import { forEachSharingPod, type Rule } from './rule';
import { inContainer, inMark } from './rule-match';
import { textOf } from '../kube/json';
import type { Container } from '../kube/pod-template';
import { DEV_SHM } from '../kube/well-known';
import { containerTexts } from '../read/container-texts';
import type { Mount } from '../read/pod';
import type { MarkedPod } from '../sharing/marked-pod';
import { mountsDirectory } from '../sharing/mounted-places';

const pod = (agent: string, found: string) => `apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
${exampleMark('sidecar', { ...TABLE, api: 'posix', mountPath: '/dev/shm', backing: 'emptyDir' }, ['web', 'agent'], { namespace: 'shop' })}
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      resources: { limits: { memory: 128Mi } }
      volumeMounts:
        - { name: table, mountPath: /dev/shm, readOnly: true }
    - name: agent${found}
      image: registry.example.com/agent:1
      resources: { limits: { memory: 128Mi } }${agent}
  volumes:
    - name: table
      emptyDir: { medium: Memory, sizeLimit: 64Mi }
`;

export const SHM105: Rule = {
  id: 'SHM105',
  title: 'a container that shares the memory does not mount it',
  severity: 'error',
  why: 'Without the mount, the container has another /dev/shm, or another directory at that path. It runs, but shares nothing.',
  fix: 'mount the volume in every container that shares the memory',
  fact: 'A container without the mount sees the empty 64 MiB /dev/shm of its pod, although System V memory is still shared; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/concepts/storage/volumes/',
  wrong: pod('', ' # SHM105 error'),
  right: pod('\n      volumeMounts:\n        - { name: table, mountPath: /dev/shm }', ''),
  check: forEachSharingPod((markedPod, found, marked) => {
    for (const { mark, memory, container, mount } of markedPod.uses) {
      if (
        !mount &&
        memory.mountPath !== undefined &&
        memory.backing !== 'hostIpc' &&
        memory.backing !== 'pod' &&
        !(mark.side === 'agent' && mountsDirectory(markedPod.pod, container, memory.path))
      ) {
        found(
          inContainer(
            markedPod,
            container,
            '',
            `container ${container.name} shares memory ${memory.name} of contract ${mark.contract}, but mounts nothing at ${memory.mountPath}`,
          ),
        );
      }
    }
    for (const { container, other, mount, isNamed } of leftOut(markedPod)) {
      found(
        inContainer(
          markedPod,
          container,
          '',
          `container ${container.name} has the 64 MiB /dev/shm of its pod; volume ${textOf(mount.json.name)}, which container ${other.name} has at /dev/shm, is not mounted there`,
          {
            severity: isNamed ? 'warning' : 'note',
            remedies: () => [
              suggestion(`mount ${textOf(mount.json.name)} at /dev/shm`, {
                do: 'append',
                pointer: `${markedPod.pod.pathOf(container)}/volumeMounts`,
                value: { name: textOf(mount.json.name), mountPath: DEV_SHM },
              }),
            ],
            fix: `if the two share memory: mount ${textOf(mount.json.name)} at /dev/shm in container ${container.name}, too`,
          },
        ),
      );
    }
    for (const mark of markedPod.marks) {
      // some kinds have several pod templates, and one mark for all of them
      const siblings = marked.pods.filter(each => each.pod.manifest === markedPod.pod.manifest);
      const missing = mark.containers.filter(
        name => !siblings.some(each => each.pod.containers.some(one => one.name === name)),
      );
      const isPartial = siblings.some(({ pod: { isPartial: some } }) => some);
      if (missing.length > 0 && (!isPartial || missing.length === mark.containers.length)) {
        found(
          inMark(
            markedPod,
            mark,
            `contract ${mark.contract}: no container is called ${missing.join(', ')}`,
          ),
        );
      }
    }
  }),
};

interface LeftOut {
  readonly container: Container;
  /** The container that mounts something at /dev/shm. */
  readonly other: Container;
  readonly mount: Mount;
  /** Whether the command, the arguments or a variable of the container name /dev/shm. */
  readonly isNamed: boolean;
}

/**
 * Returns the containers without a mount at /dev/shm, in a pod in which another container has one,
 * if they show that they use it: they run the same image, or name /dev/shm themselves.
 */
function leftOut({ pod: of, hostIpc }: MarkedPod): LeftOut[] {
  const mount = of.mounts.find(
    ({ at, container }) => at === DEV_SHM && isLasting(container) && !hostIpc,
  );
  if (!mount) {
    return [];
  }
  const has = new Set(
    of.mounts.filter(({ at }) => at === DEV_SHM || at === '/dev').map(({ container }) => container),
  );
  return of.containers
    .filter(
      container =>
        isLasting(container) &&
        !has.has(container) &&
        (imageOf(container) === imageOf(mount.container) || namesDevShm(container)),
    )
    .map(container => ({
      container,
      other: mount.container,
      mount,
      isNamed: namesDevShm(container),
    }));
}

function isLasting({ role }: Container): boolean {
  return role === 'container' || role === 'sidecar';
}

/** Returns the image without its tag and digest. */
function imageOf({ json }: Container): string {
  return textOf(json.image ?? '').replace(/@.*$|:[^/]*$/, '');
}

function namesDevShm(container: Container): boolean {
  return containerTexts(container).some(text => /\/dev\/shm(?![\w.-])/.test(text));
}
