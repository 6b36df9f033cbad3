import { exampleMark, TABLE } from './example-mark';
import { suggestion } from './remedy';
import { forEachSharingPod, type Rule } from './rule';
import { inMount } from './rule-match';
import { at } from '../kube/json';
import { isAtOrBelow } from '../kube/path';
import { isMountedReadOnly } from '../kube/persistent-volume';
import type { Mount } from '../read/pod';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod, MarkedUse } from '../sharing/marked-pod';
import { propagates } from '../sharing/mounted-places';

const agent = (mount: string) => `apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: agent
  namespace: agents
  annotations:
${exampleMark('agent', TABLE, ['agent'])}
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec:
      containers:
        - name: agent
          image: registry.example.com/agent:1
          resources: { limits: { memory: 128Mi } }
          volumeMounts:
            - name: routes
              mountPath: /run/routes${mount}
      volumes:
        - name: routes
          hostPath: { path: /run/cdk8s-shared-memory/agents.routes/v1/table, type: Directory }
`;

export const SHM126: Rule = {
  id: 'SHM126',
  title: 'a container that is to write the memory mounts it read-only',
  severity: 'error',
  why: 'The mark says that the container writes the memory, but each write, and each new file, fails with EROFS. If it is the agent, the clients wait for what never comes.',
  fix: 'remove readOnly from the mount; or, if the container only reads, write "access":"readOnly" in the mark',
  fact: 'Through a read-only mount, root gets EROFS, too; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/concepts/storage/volumes/#read-only-mounts',
  wrong: agent('\n              readOnly: true # SHM126 error'),
  right: agent(''),
  check: forEachSharingPod((markedPod, found, marked) => {
    for (const uses of writers(markedPod)) {
      const refusals = uses.flatMap(({ mount }) => {
        const refusal = mount && refusalOf(marked, markedPod, mount);
        return refusal && !writesElsewhere(marked, markedPod, mount) ? [{ mount, ...refusal }] : [];
      });
      if (refusals.length < uses.length) {
        continue;
      }
      const [{ mark, memory, container }] = uses;
      const [{ mount, path, what }] = refusals;
      found(
        inMount(
          markedPod,
          mount,
          '',
          `container ${container.name} is to write memory ${memory.name} of contract ${mark.contract}, according to the mark, but mounts it read-only`,
          {
            fix: `remove ${what}; or, if ${uses.length === 1 ? 'the container only reads' : 'the containers only read'}, write "access":"readOnly" in the mark`,
            ...(uses.length === 1 && path !== undefined
              ? { remedies: () => [suggestion(`remove ${what}`, { do: 'remove', pointer: path })] }
              : {}),
            ...(path === undefined ? {} : { path }),
          },
        ),
      );
    }
  }),
};

/**
 * The uses of each memory that a pod is to write, as its mark says: an agent writes all of them, a
 * client at least one. One of several containers that can write is enough. A client needs no write
 * to connect to a socket.
 */
function writers({ marks, uses }: MarkedPod): (readonly MarkedUse[])[] {
  return marks
    .filter(({ side, access }) => side !== 'sidecar' && access === 'readWrite')
    .flatMap(mark => {
      const own = uses.filter(use => use.mark === mark);
      return mark.side === 'agent'
        ? mark.memory.map(memory => own.filter(use => use.memory === memory))
        : [own.filter(({ memory }) => memory.mountPath !== undefined)];
    })
    .filter(
      found =>
        found.length > 0 &&
        found.every(({ mark, memory }) => mark.side === 'agent' || memory.api !== 'descriptors'),
    );
}

/** Whether a container can write through another mount, of the same volume or below this one. */
function writesElsewhere(marked: MarkedManifests, markedPod: MarkedPod, mount: Mount): boolean {
  return markedPod.pod.mounts.some(
    each =>
      each !== mount &&
      each.container === mount.container &&
      (each.volume === mount.volume || isAtOrBelow(each.at, mount.at)) &&
      refusalOf(marked, markedPod, each) === undefined,
  );
}

/** What makes a mount read-only, and where. */
interface Refusal {
  readonly what: string;
  /** Absent if it is not in the workload. */
  readonly path?: string;
}

/** What lets nobody write through a mount, also not after something is mounted below it. */
function refusalOf(
  { set }: MarkedManifests,
  { pod }: MarkedPod,
  mount: Mount,
): Refusal | undefined {
  const { json, path, volume } = mount;
  if (json.readOnly === true && !propagates(mount)) {
    return { what: 'readOnly from the mount', path: `${path}/readOnly` };
  }
  const claim = at(volume?.json, 'persistentVolumeClaim');
  const name = at(claim, 'claimName');
  if (volume && at(claim, 'readOnly') === true) {
    return {
      what: 'readOnly from the claim',
      path: `${volume.path}/persistentVolumeClaim/readOnly`,
    };
  }
  const behind =
    typeof name === 'string' ? set.volumeBehind(pod.manifest.namespace, name) : undefined;
  return behind && isMountedReadOnly(behind.json)
    ? { what: `ro from the mountOptions of PersistentVolume ${behind.name}` }
    : undefined;
}
