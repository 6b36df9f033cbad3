import { aloneAtDevShm } from './own-dev-shm';
import { forEachPod, type Rule } from './rule';
import { inVolume } from './rule-match';
import { textOf } from '../kube/json';
import { formatBytes } from '../kube/quantity';
import { DEV_SHM } from '../kube/well-known';
import type { Mount } from '../read/pod';
import { limitOf } from '../read/pod-memory';
import type { MarkedPod } from '../sharing/marked-pod';
import { isBelowDevShm } from '../sharing/marked-pod';
import { mountedPlace, nodePathOf } from '../sharing/mounted-places';

const pod = (path: string) => `apiVersion: v1
kind: Pod
metadata: { name: reader }
spec:
  containers:
    - name: reader
      image: registry.example.com/reader:1
      volumeMounts:
        - { name: shm, mountPath: /dev/shm, readOnly: true }
  volumes:
    - name: shm
      hostPath:
        path: ${path}
        type: Directory
`;

export const SHM303: Rule = {
  id: 'SHM303',
  title: "a mount of the node's /dev/shm, or of a directory below it",
  severity: 'warning',
  why: "The pod sees the POSIX memory of the node and of every pod that has the node's /dev/shm. A mount of the node's whole /dev includes /dev/shm, and readOnly does not apply to it. A directory below /dev/shm exposes less, but /dev/shm has mode 1777: any pod with hostIPC can plant links there before the agent starts, and the kubelet follows them.",
  fix: "share a directory that only root can reach, below /run/cdk8s-shared-memory; if the software needs the node's /dev/shm, acknowledge the finding",
  fact: "An unprivileged pod with hostIPC made clients mount the node's /etc through a link below /dev/shm; seen on Kubernetes 1.33. With the node's /dev mounted read-only, runc 1.1 still let a file be written in its /dev/shm.",
  link: 'https://kubernetes.io/docs/concepts/storage/volumes/#hostpath',
  wrong: pod('/dev/shm # SHM303 warning'),
  right: pod('/run/cdk8s-shared-memory/agents.routes/v1/table'),
  check: forEachPod((markedPod, found, marked) => {
    for (const { volume } of markedPod.hostPaths) {
      const along = markedPod.pod.mountsOfVolume(volume).find(bringsDevShm);
      if (along) {
        const held =
          along.readOnly &&
          !/^(Enabled|IfPossible)$/.test(textOf(along.json.recursiveReadOnly ?? ''));
        found(
          inVolume(
            markedPod,
            volume,
            'hostPath/path',
            `the node's whole /dev is mounted in container ${along.container.name}, and with it /dev/shm at ${along.at}/shm${held ? ', which is writable: readOnly applies only to /dev' : ''}`,
            { severity: 'note', fix: 'mount the devices that are needed, one by one' },
          ),
        );
      }
    }
    for (const volume of markedPod.pod.volumes) {
      if (!volume.json.hostPath && !volume.json.persistentVolumeClaim) {
        continue;
      }
      const mounts = markedPod.pod.mountsOfVolume(volume);
      const places = mounts.map(each => mountedPlace(marked.set, markedPod.pod, each));
      const first = places.findIndex(
        place => nodePathOf(place) === DEV_SHM || isBelowDevShm(nodePathOf(place) ?? ''),
      );
      if (first < 0) {
        continue;
      }
      const [mount, place] = [mounts[first], places[first]];
      const path = nodePathOf(place);
      const field = place.kind === 'claim' ? 'persistentVolumeClaim/claimName' : 'hostPath/path';
      const by = place.kind === 'claim' ? `claim ${place.claim}: ` : '';
      const contract = markedPod.memories.find(({ memory }) => memory.backing === 'devShm')?.mark
        .contract;
      const alone = aloneAtDevShm(marked, markedPod, mount);
      if (path === DEV_SHM && markedPod.hostIpc && mount.at === DEV_SHM) {
        found(
          inVolume(
            markedPod,
            volume,
            field,
            `${by}the node's /dev/shm is mounted, although hostIPC already gives it to every container`,
            {
              severity: contract === undefined ? 'warning' : 'note',
              fix:
                contract === undefined
                  ? 'keep one of the two, and acknowledge what is found of it: remove the volume and its mounts if the pod uses System V memory or message queues (`ipcs -m -q -p` on the node shows their processes), and hostIPC if it does not'
                  : `remove hostIPC, if no contract declares System V memory: contract ${contract} needs the mount`,
            },
          ),
        );
      } else if (path === DEV_SHM) {
        const readOnly = mounts.every(each => each.readOnly);
        found(
          inVolume(
            markedPod,
            volume,
            field,
            `${by}the node's whole /dev/shm is mounted${readOnly ? ' read-only' : ''} in container ${mount.container.name}${contract === undefined ? '' : `, as contract ${contract} declares`}${contract === undefined ? (alone?.words ?? '') : ''}`,
            contract !== undefined
              ? { severity: 'note' }
              : alone?.fix !== undefined
                ? { fix: alone.fix }
                : alone && mount.at === DEV_SHM
                  ? { fix: fixFor(markedPod, mount) }
                  : {},
          ),
        );
      } else {
        const intruder = marked.sharing.find(({ hostIpc }) => hostIpc);
        found(
          inVolume(
            markedPod,
            volume,
            field,
            `${by}${path}: a pod with hostIPC on the same node can plant links there${intruder ? `, as ${intruder.pod.manifest.kind} ${intruder.pod.manifest.name} could` : '; these files do not show whether there is one'}${alone?.words ?? ''}`,
            {
              severity: intruder ? 'warning' : 'note',
              fix:
                alone?.fix ??
                'share a directory of its own below /run that only root can make, like /run/quotes (a contract makes one)',
            },
          ),
        );
      }
    }
  }),
};

/**
 * Checks whether a mount includes the node's /dev/shm. A mount of the node's /dev includes
 * everything mounted below it. If it is mounted at /dev, the runtime mounts the pod's own /dev/shm
 * over it.
 */
function bringsDevShm({ hostPath, at }: Mount): boolean {
  return hostPath === '/dev' && at !== '/dev';
}

/**
 * Returns a fix for a pod that mounts the node's /dev/shm where no other workload of these
 * manifests uses it: such pods often only need more than the 64 MiB that a pod has by default.
 */
function fixFor(markedPod: MarkedPod, mount: Mount): string {
  const limit = limitOf(markedPod.pod, mount.container);
  const size =
    typeof limit === 'bigint'
      ? `a sizeLimit below the memory limit of ${formatBytes(limit)}`
      : 'a sizeLimit, and give the container a memory limit above it';
  return `if the pod only needs more than 64 MiB: mount a memory-medium emptyDir with ${size}, instead of the hostPath; if other pods need the same memory: mount the same in them, or better, a directory that only root can reach, below /run/cdk8s-shared-memory, on all sides`;
}
