import { forEachPod, type Rule } from './rule';
import { inVolume } from './rule-match';
import { at, isObject } from '../kube/json';
import type { Pod } from '../read/pod';

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
  fact: "The API accepts the medium without a request; the kubelet looks for exactly one size among the pod's huge pages.",
  link: 'https://kubernetes.io/docs/tasks/manage-hugepages/scheduling-hugepages/',
  wrong: yaml('', ' # SHM207 error'),
  right: yaml('hugepages-2Mi: 256Mi, ', ''),
  check: forEachPod((markedPod, found) => {
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
