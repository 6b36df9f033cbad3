import { forEachPod, type Rule } from './rule';
import { inSpec } from './rule-match';
import { at, isObject, textOf } from '../kube/json';
import type { Container } from '../kube/pod-template';
import type { Pod } from '../read/pod';
import type { MarkedManifests } from '../sharing/marked-manifests';

const yaml = (level: string) => `apiVersion: v1
kind: Pod
metadata: { name: pair }
spec:
  securityContext:
    seLinuxOptions: { type: container_t${level}
  containers:
    - name: writer
      image: registry.example.com/writer:1
      resources: { limits: { memory: 512Mi } }
      volumeMounts:
        - { name: shm, mountPath: /dev/shm }
    - name: reader
      image: registry.example.com/reader:1
      resources: { limits: { memory: 512Mi } }
      volumeMounts:
        - { name: shm, mountPath: /dev/shm }
  volumes:
    - name: shm
      emptyDir: { medium: Memory, sizeLimit: 128Mi }
`;

export const SHM316: Rule = {
  id: 'SHM316',
  title: 'an SELinux type without a level, where containers share a volume',
  severity: 'warning',
  why: 'If seLinuxOptions set a type but no level, the container runtime gives each container a level of its own. On nodes where SELinux is enforcing, one container then cannot open what another one made: EACCES, whatever the modes say.',
  fix: 'write the level, too, the same for all that share: seLinuxOptions.level, for example s0:c123,c456',
  fact: 'The runtime builds a label from seLinuxOptions for each container, with a random MCS level if there is none; only without seLinuxOptions do the containers of a pod have one level.',
  link: 'https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#assign-selinux-labels-to-a-container',
  wrong: yaml(' } # SHM316 warning'),
  right: yaml(", level: 's0:c1,c2' }"),
  check: forEachPod((markedPod, found, marked) => {
    const { pod } = markedPod;
    const atPod = pod.at('securityContext', 'seLinuxOptions');
    const confined = pod.containers.filter(container => hasTypeAlone(pod, container));
    const sharing = confined.find(container => sharesVolume(pod, container, marked));
    if (!sharing) {
      return;
    }
    const own = at(sharing.json, 'securityContext', 'seLinuxOptions');
    const [path, options] = isObject(own)
      ? [`${sharing.path.join('/')}/securityContext/seLinuxOptions`, own]
      : ['securityContext/seLinuxOptions', atPod];
    found(
      inSpec(
        markedPod,
        path,
        `SELinux type ${textOf(at(options, 'type') ?? '')} without a level: container ${sharing.name} gets a level of its own, and shares a volume with others`,
      ),
    );
  }),
};

/** Checks whether a container has an SELinux type that confines it, and no level. */
function hasTypeAlone(pod: Pod, { json }: Container): boolean {
  const of = (field: string) =>
    at(json, 'securityContext', 'seLinuxOptions', field) ??
    pod.at('securityContext', 'seLinuxOptions', field);
  const type = textOf(of('type') ?? '');
  return type !== '' && type !== 'spc_t' && !type.includes('unconfined') && !of('level');
}

/** Checks whether a container mounts a volume that others mount, in its pod or on its node. */
function sharesVolume(
  { mounts }: Pod,
  container: Container,
  { directories }: MarkedManifests,
): boolean {
  return mounts.some(
    mount =>
      mount.container === container &&
      ((isObject(mount.volume?.json.emptyDir) &&
        mounts.some(each => each.volume === mount.volume && each.container !== container)) ||
        directories.isShared(mount)),
  );
}
