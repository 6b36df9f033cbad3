import { roomFix, roomWords } from './room-words';
import type { SoftwareContainer } from './software-container';
import type { SoftwareProfile } from './software-profile';
import { sizeIn } from './written-size';
import { at, keysOf, textOf } from '../../kube/json';
import { roundUpToMebibytes } from '../../kube/quantity';
import { isBelow, isDefault } from '../../sharing/room';

const BYTES = { '': 1n };

/** Above this size, Ray refuses a /dev/shm that is too small. Below, it writes to /tmp. */
const REFUSED_ABOVE = 10n ** 10n;

const cluster = (store: string, comment: string) => `apiVersion: ray.io/v1
kind: RayCluster
metadata: { name: tuning }
spec:
  headGroupSpec:
    rayStartParams:
      object-store-memory: '${store}'${comment}
    template:
      spec:
        containers:
          - name: ray-head
            image: docker.io/rayproject/ray:2.46.0
            resources: { limits: { memory: 16Gi } }
            volumeMounts:
              - { name: shm, mountPath: /dev/shm }
        volumes:
          - name: shm
            emptyDir: { medium: Memory, sizeLimit: 8Gi }
`;

export const RAY: SoftwareProfile = {
  id: 'SHM504',
  software: 'Ray',
  title: "Ray's object store is larger than /dev/shm",
  severity: 'error',
  needs: 'the object store: object-store-memory or more at /dev/shm',
  signs: {
    programs: ['ray'],
    kinds: ['ray.io/RayCluster', 'ray.io/RayJob', 'ray.io/RayService'],
  },
  unless: 'plasma-directory names another directory',
  why: 'Ray keeps its objects in /dev/shm. If object-store-memory is larger than /dev/shm and above 10 GB, `ray start` fails. If it is at most 10 GB, or RAY_OBJECT_STORE_ALLOW_SLOW_STORAGE is set, Ray keeps the objects in /tmp instead, which is slow.',
  fix: 'raise the sizeLimit of the volume at /dev/shm above object-store-memory, and the memory limit above that',
  fact: 'Ray compares the requested size with the free bytes of /dev/shm (determine_plasma_store_config); REQUIRE_SHM_SIZE_THRESHOLD is 10^10. KubeRay mounts a memory volume as large as the memory limit unless the pod template has one at /dev/shm.',
  link: 'https://github.com/ray-project/ray/blob/master/python/ray/_private/services.py',
  wrong: cluster('10240000000', ' # SHM504 error'),
  right: cluster('6000000000', ''),
  check: (container, found) => {
    const asked = startOf(container);
    if (!asked || asked('plasma-directory') !== undefined) {
      return;
    }
    const written = asked('object-store-memory');
    const store = sizeIn(written?.text, BYTES);
    const room = container.roomAt();
    if (written && store !== undefined && isBelow(room, store)) {
      const fails =
        store > REFUSED_ABOVE &&
        container.valueOf('RAY_OBJECT_STORE_ALLOW_SLOW_STORAGE') === undefined;
      found({
        manifest: container.markedPod.pod.manifest,
        path: written.path,
        container: container.name,
        severity: fails ? 'error' : 'warning',
        message: `object-store-memory is ${store} bytes, but ${roomWords(room)}: ${fails ? 'ray start fails' : 'Ray uses /tmp instead, which is slow'}`,
        fix: `${roomFix(roundUpToMebibytes(store))}; or lower object-store-memory to ${room.bytes} or less`,
        remedies: () => container.roomRemedies(room, store),
      });
    } else if (!written && isDefault(room)) {
      found(
        container.match(
          `Ray in container ${container.name} has 64Mi at /dev/shm: it keeps its objects in /tmp instead, which is slow`,
          {
            severity: 'note',
            fix: `${roomFix('2Gi')}; Ray takes 30% of the container's memory by default`,
          },
        ),
      );
    }
  },
};

/** A parameter of `ray start`, and the JSON pointer of the field that has it. */
interface Parameter {
  readonly text: string;
  readonly path: string;
}

/** Returns the parameters of `ray start`. Absent if a container does not start Ray. */
function startOf({
  markedPod: { pod },
  container,
  command,
}: SoftwareContainer): ((name: string) => Parameter | undefined) | undefined {
  const group = pod.path.endsWith('/template/spec')
    ? pod.path.slice(0, -'/template/spec'.length)
    : undefined;
  const isOfKubeRay = pod.manifest.apiVersion.startsWith('ray.io/');
  if (isOfKubeRay && group !== undefined && container === pod.containers[0]) {
    return name => {
      const path = `${group}/rayStartParams/${name}`;
      const value = at(pod.manifest.json, ...keysOf(path));
      return value === undefined ? undefined : { text: textOf(value), path };
    };
  }
  if (isOfKubeRay || !command.words.includes('start')) {
    return undefined;
  }
  return name => {
    const text = command.valueOf(`--${name}`);
    const path = `${pod.pathOf(container)}/${command.fieldOf(`--${name}`)}`;
    return text === undefined ? undefined : { text, path };
  };
}
