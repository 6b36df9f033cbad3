import { forEachPod, type Rule } from './rule';
import { inMount } from './rule-match';
import { getOrCreate } from '../kube/group';
import { at, itemsOf, textOf } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { isAtOrBelow, realPath } from '../kube/path';
import type { Container } from '../kube/pod-template';
import type { Mount } from '../read/pod';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';
import { mountPointAtOrBelow } from '../sharing/mount-points';

const pod = (context: string, found: string) => `apiVersion: v1
kind: Pod
metadata: { name: agent }
spec:
  containers:
    - name: agent
      image: registry.example.com/agent:1
      securityContext: ${context}
      volumeMounts:
        - name: run
          mountPath: /host
          mountPropagation: Bidirectional${found}
  volumes:
    - name: run
      hostPath: { path: /run/agent, type: DirectoryOrCreate }
`;

export const SHM112: Rule = {
  id: 'SHM112',
  title: 'a mount that does not reach the other pods',
  severity: 'error',
  why: 'A mount that a container makes reaches the node only with mountPropagation: Bidirectional, which only privileged containers may use. A client that starts before the tmpfs is mounted stays on the directory below the mount, for ever and without an error.',
  fix: 'make the container that mounts the tmpfs privileged; let clients mount a directory that exists only inside the tmpfs, with type: Directory, so that they wait for it',
  fact: '"mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers". A client that starts first stays on the bare directory; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/concepts/storage/volumes/#mount-propagation',
  wrong: pod('{ capabilities: { add: [SYS_ADMIN] } }', ' # SHM112 error'),
  right: pod('{ privileged: true }', ''),
  check: forEachPod((markedPod, found, marked) => {
    for (const mount of markedPod.pod.mounts) {
      const propagation = mount.json.mountPropagation;
      if (propagation === 'Bidirectional' && !isPrivileged(mount)) {
        found(
          inMount(
            markedPod,
            mount,
            'mountPropagation',
            `mountPropagation Bidirectional needs a privileged container: the API server refuses container ${mount.container.name}`,
            { fix: 'make the container that mounts the tmpfs privileged' },
          ),
        );
      }
      // node tasks check or clean up what is on the node, so they need not wait for a tmpfs
      if (
        mount.hostPath === undefined ||
        propagation === 'HostToContainer' ||
        propagation === 'Bidirectional' ||
        markedPod.task
      ) {
        continue;
      }
      const missed = missedBy(mount.hostPath, mount, markedPod, marked);
      if (missed) {
        found(
          inMount(
            markedPod,
            mount,
            '',
            `${missed.words}: a pod that starts before that mount stays on the directory below the mount`,
            { severity: 'warning', fix: missed.fix },
          ),
        );
      }
    }
  }),
};

/** Returns what a pod misses if it starts before a file system is mounted. Absent if nothing. */
function missedBy(
  path: string,
  mount: Mount,
  markedPod: MarkedPod,
  marked: MarkedManifests,
): { readonly words: string; readonly fix: string } | undefined {
  const point = mountPointAtOrBelow(marked, path);
  const isAgent = markedPod.marks.some(
    ({ side, contract, namespace }) =>
      side === 'agent' && contract === point?.contract && namespace === point.namespace,
  );
  if (point && !isAgent) {
    const { directory, memory, contract, holds } = point;
    const isAbove = realPath(path) !== point.path;
    return {
      words: `${path} is ${isAbove ? 'above ' : ''}the mount point of memory ${memory} of contract ${contract}${isAbove ? `, ${point.path}` : ''}, and others mount ${directory}, which exists only in the ${holds === 'existing' ? 'mount' : holds}`,
      fix: `mount ${directory}, with type: Directory, so that the pod waits for it`,
    };
  }
  const type = textOf(at(mount.volume?.json, 'hostPath', 'type') ?? '');
  const tmpfs = tmpfsAbove(path, markedPod, marked);
  return tmpfs !== undefined && (type !== 'Directory' || path === tmpfs)
    ? {
        words: `${path} is on a tmpfs that another workload mounts`,
        fix:
          path === tmpfs
            ? 'mount a directory that exists only inside the tmpfs, with type: Directory, so that the pod waits for it'
            : 'write type: Directory: if the directory exists only inside the tmpfs, the pod waits for it',
      }
    : undefined;
}

function isPrivileged({ container }: Mount): boolean {
  return at(container.json, 'securityContext', 'privileged') === true;
}

/** A directory of the node in which a workload mounts a tmpfs with a command of its own. */
interface TmpfsDirectory {
  readonly manifest: Manifest;
  readonly path: string;
}

const known = new WeakMap<MarkedManifests, readonly TmpfsDirectory[]>();

/** Returns the directories in which workloads mount a tmpfs. */
function tmpfsDirectories(marked: MarkedManifests): readonly TmpfsDirectory[] {
  return getOrCreate(known, marked, () =>
    marked.pods.flatMap(markedPod =>
      markedPod.pod.mounts.flatMap((mount): TmpfsDirectory[] =>
        mount.json.mountPropagation === 'Bidirectional' &&
        mount.hostPath !== undefined &&
        isPrivileged(mount) &&
        mountsTmpfs(mount.container)
          ? [{ manifest: markedPod.pod.manifest, path: mount.hostPath }]
          : [],
      ),
    ),
  );
}

function mountsTmpfs({ json }: Container): boolean {
  const command = [...itemsOf(json.command), ...itemsOf(json.args)].map(textOf).join(' ');
  return /\bmount\b/.test(command) && /\btmpfs\b/.test(command);
}

/**
 * Returns the directory in which another workload mounts a tmpfs, if the path is in this directory.
 * Absent if the workload mounts it itself, too, as each wave of an agent does.
 */
function tmpfsAbove(
  path: string,
  markedPod: MarkedPod,
  marked: MarkedManifests,
): string | undefined {
  const above = tmpfsDirectories(marked).filter(each => isAtOrBelow(path, each.path));
  const isOwn = above.some(each => each.manifest === markedPod.pod.manifest);
  return isOwn ? undefined : above[0]?.path;
}
