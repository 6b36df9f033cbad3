import { forEachPod, type Rule } from './rule';
import { inContainer, inVolume } from './rule-match';
import { at, isObject } from '../kube/json';
import type { Container } from '../kube/pod-template';
import type { Mount, Pod } from '../read/pod';

const yaml = (resources: string, found: string) => `apiVersion: v1
kind: Pod
metadata: { name: packets }
spec:
  containers:
    - name: packets
      image: registry.example.com/packets:1
      resources: { limits: { ${resources}memory: 1Gi } }
      volumeMounts:
        - { name: pages, mountPath: /dev/hugepages }
  volumes:
    - name: pages
      emptyDir:
        medium: HugePages-2Mi${found}
`;

export const SHM207: Rule = {
  id: 'SHM207',
  title: 'an emptyDir of huge pages that the pod does not request',
  severity: 'error',
  why: 'The kubelet cannot mount the volume: the pod stays in ContainerCreating.',
  fix: 'write resources.limits of hugepages-<size> in a container',
  fact: 'The API server answers "HugePages require cpu or memory" and "Limit must be set for non overcommitable resources"; seen on Kubernetes 1.37. The API accepts the medium without a request; the kubelet looks for exactly one size among the pod\'s huge pages.',
  link: 'https://kubernetes.io/docs/tasks/manage-hugepages/scheduling-hugepages/',
  wrong: yaml('', ' # SHM207 error'),
  right: yaml('hugepages-2Mi: 256Mi, ', ''),
  check: forEachPod((markedPod, found) => {
    for (const container of markedPod.pod.containers) {
      const mount = markedPod.pod.mounts.find(
        each => each.container === container && isHugePages(each) && !isDevicePlugin(markedPod.pod),
      );
      if (mount?.volume && requested(markedPod.pod).size === 0 && !markedPod.pod.isPartial) {
        found(
          inVolume(
            markedPod,
            mount.volume,
            'hostPath/path',
            `container ${container.name} uses huge pages of the node at ${mount.at}, but has no limit for them: with cgroup v2 its limit is 0, and the first page that it touches is a SIGBUS`,
            { fix: 'write resources.limits of hugepages-2Mi, or of the size that the node has' },
          ),
        );
      }
      const unbacked = withoutCpuAndMemory(markedPod.pod, container);
      if (unbacked !== undefined) {
        found(
          inContainer(
            markedPod,
            container,
            'resources',
            `container ${container.name} requests ${unbacked} and neither cpu nor memory: the API server refuses the pod`,
            { fix: 'request cpu or memory, too' },
          ),
        );
      }
      const unlimited = hugePagesIn(container, 'requests').find(
        key => !hugePagesIn(container, 'limits').includes(key),
      );
      if (unlimited !== undefined) {
        found(
          inContainer(
            markedPod,
            container,
            'resources/requests',
            `container ${container.name} requests ${unlimited} without a limit of the same size: the API server refuses the pod`,
            { fix: `write resources.limits of ${unlimited}, equal to the request` },
          ),
        );
      }
    }
    for (const volume of markedPod.pod.volumes) {
      const medium = at(volume.json, 'emptyDir', 'medium');
      if (
        typeof medium !== 'string' ||
        !medium.startsWith('HugePages') ||
        markedPod.pod.mountsOfVolume(volume).length === 0
      ) {
        continue;
      } // the kubelet ignores volumes that no container mounts
      const sizes = requested(markedPod.pod);
      const size = medium.slice('HugePages-'.length);
      if (size === '' ? sizes.size !== 1 : !sizes.has(size)) {
        const words =
          size === ''
            ? `exactly one size of huge pages, but ${sizes.size === 0 ? 'none is' : `${[...sizes].join(' and ')} are`} requested`
            : `hugepages-${size}, but no container requests any`;
        found(
          inVolume(
            markedPod,
            volume,
            'emptyDir/medium',
            `medium ${medium} needs ${words}: the pod does not start`,
          ),
        );
      }
    }
  }),
};

function requested(pod: Pod): Set<string> {
  const lists = [pod.at('resources'), ...pod.containers.map(({ json }) => json.resources)].flatMap(
    resources => [at(resources, 'limits'), at(resources, 'requests')],
  );
  return new Set(
    lists
      .flatMap(list => (isObject(list) ? Object.keys(list) : []))
      .filter(key => key.startsWith('hugepages-'))
      .map(key => key.slice('hugepages-'.length)),
  );
}

/** Checks whether a pod hands out devices of the node: it looks at huge pages and uses none. */
function isDevicePlugin({ mounts }: Pod): boolean {
  return mounts.some(({ hostPath }) => hostPath?.startsWith('/var/lib/kubelet') === true);
}

/** Checks whether a mount is the hugetlbfs of the node, by the paths at which it usually is. */
function isHugePages({ hostPath, readOnly }: Mount): boolean {
  const paths =
    /^\/(dev\/hugepages|mnt\/huge(pages)?|hugepages|run\/hugepages)(-[0-9]+[KMG]i?B?)?(\/|$)/;
  return !readOnly && paths.test(hostPath ?? '');
}

function hugePagesIn({ json }: Container, list: 'limits' | 'requests'): string[] {
  const amounts = at(json, 'resources', list);
  return isObject(amounts) ? Object.keys(amounts).filter(key => key.startsWith('hugepages-')) : [];
}

/** Returns the huge pages of a container that has neither cpu nor memory. Absent if it has. */
function withoutCpuAndMemory(pod: Pod, container: Container): string | undefined {
  const pages = [...hugePagesIn(container, 'limits'), ...hugePagesIn(container, 'requests')];
  const others = ['limits', 'requests'].flatMap(list => [
    at(container.json, 'resources', list, 'cpu'),
    at(container.json, 'resources', list, 'memory'),
  ]);
  return others.some(each => each !== undefined) ||
    pod.isPartial ||
    pod.defaults.limit !== undefined
    ? undefined
    : pages[0];
}
