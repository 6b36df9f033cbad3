import { code, linkedWorkload, plain, some, table, workload } from './markdown';
import { textOf } from '../../kube/json';
import type { ContainerRole } from '../../kube/pod-template';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import { unnamedReaches, type Reach, type ReachedBy } from '../../sharing/memory-reach';
import { reachedMemoryWords } from '../reached-memory-words';

const ROLES: Readonly<Record<ContainerRole, string>> = {
  container: '',
  init: 'init step ',
  sidecar: 'sidecar ',
  ephemeral: 'ephemeral container ',
};

const MAY: Readonly<Record<Reach, string>> = {
  readOnly: 'read',
  asVolumeAllows:
    'read, and **write** unless the volume of the claim refuses it, which is not in these manifests',
  readWrite: 'read and **write**',
  ipcNamespace:
    'what the mode of each segment allows: all containers of a pod are in one IPC namespace',
};

/** Lists the containers that reach memory of contracts, although no mark says so. */
export function unnamedTable(marked: MarkedManifests): string[] {
  const rows = unnamedReaches(marked).flatMap(({ markedPod: { pod }, container, memories }) =>
    memories.map(each => [
      `${linkedWorkload(pod.manifest)}: ${ROLES[container.role]}${code(container.name)}`,
      code(reachedMemoryWords(each.of)),
      mayWords(each),
      code(textOf(container.json.image ?? '')),
    ]),
  );
  return rows.length === 0
    ? []
    : [
        'These containers reach memory of a contract, although no mark of the contract says so. This is what their mounts allow; to a container that does not run as root, the modes of the files can allow less. Find out who added them, and what for. If a workload is to have the memory, its namespace needs a `ContractGrant`, and it attaches to the contract, to read only unless it must write. If it is not, take the mount out:',
        '',
        ...table(['container', 'memory', 'may', 'image'], rows),
      ];
}

function mayWords({ reach, said }: ReachedBy): string {
  return `${MAY[reach]}${said === 'reader' ? '; its mark says that it only reads' : ''}`;
}

/** Says in the first line how many containers reach memory although no mark says so. */
export function unnamedWorry(marked: MarkedManifests): string[] {
  const all = unnamedReaches(marked);
  const writing = all.filter(({ memories }) =>
    memories.some(({ reach }) => reach === 'readWrite' || reach === 'asVolumeAllows'),
  ).length;
  if (all.length === 0) {
    return [];
  }
  if (all.length === 1) {
    const [{ markedPod, container, memories }] = all;
    const names = some([...new Set(memories.map(({ of }) => code(reachedMemoryWords(of))))], 3);
    return [
      `container ${code(container.name)} of ${plain(workload(markedPod.pod.manifest))} reaches memory ${names} although no mark says so${writing === 0 ? '' : ', and may write'}`,
    ];
  }
  return [
    `${all.length} containers reach memory of contracts although no mark says so${writing === 0 ? '' : `, ${writing} of which may write`}`,
  ];
}
