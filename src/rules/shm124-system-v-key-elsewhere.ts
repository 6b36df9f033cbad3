import type { Rule } from './rule';
import { inContainer } from './rule-match';
import { workloadWords } from './rule-words';
import { enforcedLevel } from '../kube/pod-security';
import type { MarkedManifests } from '../sharing/marked-manifests';
import { missedKeys, type MissedKey } from '../sharing/missed-keys';

const set = (spec: string, found: string) => `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: scores, namespace: fraud }
spec:
  selector: { matchLabels: { app: scores } }
  template:
    metadata: { labels: { app: scores } }
    spec:
      hostIPC: true # SHM301 warning
      containers:
        - name: scores
          image: registry.example.com/scores:1
          env: [{ name: SHM_KEY, value: '0x46524400' }]
---
apiVersion: v1
kind: Pod
metadata: { name: checkout, namespace: shop }
spec:${spec}
  containers:
    - name: checkout
      image: registry.example.com/checkout:1
      env:
        - name: SHM_KEY
          value: '0x46524400'${found}
`;

export const SHM124: Rule = {
  id: 'SHM124',
  title:
    'a program names a System V key that another workload has in the IPC namespace of its node, and its pod is not in it',
  severity: 'warning',
  why: 'A pod without hostIPC has an IPC namespace of its own, and a System V key means something only within a namespace. The program does not find the memory of the other side: shmget fails with ENOENT, or with IPC_CREAT makes an empty segment that the other side never sees.',
  fix: 'run the program of the other side as a sidecar in this pod, without hostIPC; or set hostIPC: true in both pods, in namespaces that admit it; or share files through a contract instead; if the two have nothing to do with each other, acknowledge the finding',
  fact: 'ipc_namespaces(7): each IPC namespace has its own set of System V IPC identifiers, and objects of one are not visible to processes of another.',
  link: 'https://man7.org/linux/man-pages/man7/ipc_namespaces.7.html',
  wrong: set('', ' # SHM124 warning'),
  right: set('\n  hostIPC: true # SHM301 warning', ''),
  check: marked =>
    missedKeys(marked).map(each => {
      const { markedPod, container, named, other } = each;
      return inContainer(
        markedPod,
        container,
        named.field,
        `container ${container.name} names System V key ${named.text} (${named.name}), which ${workloadWords(other.pod.manifest)} has in the IPC namespace of its node; this pod is not in it, so shmget does not find that memory`,
        { fix: fixFor(marked, each) },
      );
    }),
};

/** Returns a fix that the namespaces of both sides admit, as far as the manifests show. */
function fixFor(marked: MarkedManifests, { markedPod, other }: MissedKey): string {
  const refusing = [markedPod, other]
    .map(({ pod: { manifest } }) => ({
      namespace: manifest.namespace,
      level: enforcedLevel(marked.set.namespaceNamed(manifest.namespace)),
    }))
    .find(({ level }) => level === 'baseline' || level === 'restricted');
  const hostIpc =
    'set hostIPC: true here, too, if the namespace admits it (Pod Security "baseline" and "restricted" refuse it); or ';
  const why =
    refusing &&
    ` (hostIPC in both pods is no way: namespace ${refusing.namespace} enforces Pod Security "${refusing.level}", which refuses it)`;
  return `${refusing ? '' : hostIpc}run the program of ${workloadWords(other.pod.manifest)} as a sidecar in this pod: the containers of a pod have one IPC namespace; or share files through a contract instead${why ?? ''}; if the two have nothing to do with each other, acknowledge the finding`;
}
