import { exampleMark, TABLE } from './example-mark';
import { forEachSharingPod, type Rule } from './rule';
import { inContainer, inMark } from './rule-match';
import { realPath } from '../kube/path';
import type { Container } from '../kube/pod-template';
import type { MarkedPod } from '../sharing/marked-pod';

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
        !(mark.side === 'agent' && hasDirectory(markedPod, container, memory.path))
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
    for (const mark of markedPod.marks) {
      // some kinds have several pod templates, and one mark for all of them
      const siblings = marked.pods.filter(each => each.pod.manifest === markedPod.pod.manifest);
      const missing = mark.containers.filter(
        name => !siblings.some(each => each.pod.containers.some(one => one.name === name)),
      );
      if (missing.length > 0 && missing.length === mark.containers.length) {
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

/** Checks whether a container mounts a directory of the node, at any path. */
function hasDirectory(
  markedPod: MarkedPod,
  container: Container,
  path: string | undefined,
): boolean {
  return (
    path !== undefined &&
    markedPod.pod.mounts.some(
      each => each.container === container && realPath(each.hostPath ?? '') === realPath(path),
    )
  );
}
