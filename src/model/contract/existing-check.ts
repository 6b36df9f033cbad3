import { NODE_CONTENTS, type ContractSpec, type MemorySpec } from './contract-spec';
import { isGuarded } from './node-layout';
import { show, type Need } from '../../errors';
import { isImage } from '../../kube/names';
import { cleanPath, overlaps } from '../../kube/path';

/** Directories of a node that no contract may give to pods, whatever it allows. */
const NEVER = [
  '/bin',
  '/boot',
  '/etc',
  '/lib',
  '/lib64',
  '/proc',
  '/root',
  '/sbin',
  '/sys',
  '/usr',
  '/var/lib/containerd',
  '/var/lib/docker',
  '/var/lib/etcd',
  '/var/lib/kubelet',
  '/var/lib/rancher',
  '/var/lock',
  '/var/log',
];

/** Directories below /run that belong to the node itself: whoever reaches them has the node. */
const OF_THE_NODE = [
  '/run/cdk8s-shared-memory',
  '/run/buildkit',
  '/run/cloud-init',
  '/run/containerd',
  '/run/containers',
  '/run/credentials',
  '/run/crio',
  '/run/crun',
  '/run/cri-dockerd',
  '/run/cri-dockerd.sock',
  '/run/dbus',
  '/run/docker',
  '/run/docker.sock',
  '/run/dockershim.sock',
  '/run/host-containerd',
  '/run/initctl',
  '/run/initramfs',
  '/run/k3s',
  '/run/kubelet',
  '/run/lock',
  '/run/log',
  '/run/mount',
  '/run/netns',
  '/run/nri',
  '/run/podman',
  '/run/runc',
  '/run/secrets',
  '/run/shm',
  '/run/sudo',
  '/run/systemd',
  '/run/udev',
  '/run/user',
];

/** Directories in which any process of the node can create a link. */
export const WRITABLE_BY_ALL = ['/dev/shm', '/tmp', '/var/tmp', '/run/lock'];

/** Checks the memories of a contract that are directories of somebody else. */
export function checkExisting(spec: ContractSpec, need: Need): void {
  for (const { path, reason } of spec.allowedNodePaths ?? []) {
    checkNodePath(path, 'allowedNodePaths', need);
    need(
      typeof reason === 'string' && reason.trim() !== '' && !/\p{Cc}/u.test(reason),
      'SHM007',
      `reason of allowedNodePaths ${path}`,
      reason,
      'one line that says why pods may have this directory of the node',
      'write it for the reviewer who must sign it',
    );
  }
  for (const memory of spec.memory) {
    checkBacking(memory, need);
    if (memory.existing !== undefined) {
      checkDirectory(spec, memory, memory.existing.path, need);
    }
  }
}

function checkBacking({ name, api, backing, existing }: MemorySpec, need: Need): void {
  need(
    (backing === 'existing') === (existing !== undefined),
    'SHM007',
    `backing of memory ${name}`,
    backing,
    'Backing.existing(path, { contains })',
    'name the directory',
  );
  need(
    existing === undefined || NODE_CONTENTS.includes(existing.contains),
    'SHM007',
    `contains of memory ${name}`,
    existing?.contains,
    'NodeContent.FILES or NodeContent.SOCKETS',
    'say what is in the directory: read-only access covers files, and not the sockets in it',
  );
  need(
    existing?.contains !== 'sockets' || api !== 'posix',
    'SHM007',
    `contains of memory ${name}`,
    'NodeContent.SOCKETS',
    'NodeContent.FILES for SharedMemory.posix()',
    'use SharedMemory.files() with the path of the sockets',
  );
}

function checkDirectory(spec: ContractSpec, memory: MemorySpec, path: string, need: Need): void {
  const field = `backing of memory ${memory.name}`;
  if (!checkNodePath(path, field, need)) {
    return;
  }
  const roots = (spec.allowedNodePaths ?? []).map(each => each.path);
  const isAllowed =
    /^\/run\/[^/]/.test(path) || roots.some(root => path === root || path.startsWith(`${root}/`));
  need(
    isAllowed,
    'SHM007',
    field,
    path,
    `a directory below /run, or below one of allowedNodePaths: ${roots.join(', ') || 'none'}`,
    `list it in the contract, for the reviewer: allowedNodePaths: [{ path: ${show(path)}, reason: '...' }]`,
  );
  const isClaimed = spec.clientVolume !== 'hostPath';
  const guarded = isGuarded(memory);
  need(
    (!isClaimed && !guarded) ||
      !WRITABLE_BY_ALL.some(each => overlaps(each, path) && path.startsWith(each)),
    'SHM007',
    field,
    path,
    `${guarded ? 'with a guard' : 'by claim'}, a directory whose parents only root can write: any process of the node could put a link in its place, and the kubelet would mount what the link names`,
    `use clientVolume: ClientVolume.hostPath()${guarded ? ' without guardImage' : ''}, or let the agent use a directory below /run`,
  );
  need(
    !isClaimed || guarded || spec.clients === 'readOnly',
    'SHM012',
    'clients',
    'Access.READ_WRITE',
    'Access.READ_ONLY, for an existing directory by claim without a guard',
    `give it a guard: Backing.existing(${show(path)}, { contains, guardImage }), or let the clients only read`,
  );
  if (isClaimed && spec.clients === 'readWrite') {
    checkWriters(spec, memory.name, need);
  }
  if (guarded) {
    checkGuard(memory.name, path, memory.existing?.guardImage, need);
  }
  const isAwaited = memory.existing?.clientsWait !== false;
  need(
    isAwaited || spec.readyWhen === undefined,
    'SHM007',
    'readyWhen',
    spec.readyWhen,
    `nothing: Backing.existing(${show(path)}) says that clients do not wait`,
    'leave out one of them: readyWhen, or clientsWait: false',
  );
  need(
    !isAwaited || guarded || spec.readyWhen !== undefined,
    'SHM007',
    'readyWhen',
    undefined,
    `what clients wait for, because nothing of this library makes ${path}: they could start before it has anything in it`,
    `write readyWhen: ReadyWhen.${memory.existing?.contains === 'sockets' ? 'socket' : 'file'}('...', { toolImage }) with what its owner makes last; if nobody knows what that is, Backing.existing(path, { contains, clientsWait: false })`,
  );
  need(
    memory.existing?.contains !== 'sockets' ||
      (spec.acknowledgements ?? []).some(({ rule }) => rule === 'SHM310'),
    'SHM021',
    'acknowledgements',
    (spec.acknowledgements ?? []).map(({ rule }) => rule),
    `an acknowledgement of SHM310: clients can talk to whatever listens in ${path}, however they mount it`,
    "write acknowledgements: [{ rule: 'SHM310', reason: '...' }]",
  );
}

/** Checks what a policy needs, which keeps clients from writing as the owner of the directory. */
function checkWriters(
  { ownerId, groupId, clientUser }: ContractSpec,
  memory: string,
  need: Need,
): void {
  for (const [field, value, whose] of [
    ['ownerId', ownerId, 'the user that owns the directory on the node'],
    ['groupId', groupId, 'the group that may write in it'],
  ] as const) {
    need(
      value !== undefined,
      'SHM004',
      field,
      value,
      `${whose}, for clients that write memory ${memory} by claim`,
      `write what stat -c '%u %g' says of it on a node`,
    );
  }
  need(
    clientUser !== 'owner',
    'SHM007',
    'clientUser',
    'ClientUser.owner()',
    `ClientUser.own(), for clients that write memory ${memory} by claim: as the owner of the directory, they could lock others out`,
    'leave it out, or use clientVolume: ClientVolume.hostPath()',
  );
}

function checkGuard(name: string, path: string, guardImage: unknown, need: Need): void {
  need(
    isImage(guardImage),
    'SHM015',
    `guardImage of memory ${name}`,
    guardImage,
    'an image with the programs of busybox',
    "write the busybox of your registry: guardImage: 'registry.example.com/busybox:1.36'",
  );
  need(
    /^(\/[\w.@+-]+){2,}$/.test(path),
    'SHM006',
    `backing of memory ${name}`,
    path,
    'with a guard, a directory in another directory, of letters, digits and . _ @ + -',
    'leave out guardImage, or move what is shared to a directory like /run/vineyard',
  );
}

/** Checks what holds for each directory of a node. */
function checkNodePath(path: string, field: string, need: Need): boolean {
  const isClean =
    typeof path === 'string' &&
    path.startsWith('/') &&
    cleanPath(path) === path &&
    !/[:\p{Cc}]/u.test(path);
  need(
    isClean && path !== '/',
    'SHM006',
    field,
    path,
    'an absolute path other than /, without "..", ":", doubled or trailing slashes',
    'write the path as it is on the node, like /run/vineyard',
  );
  if (!isClean || path === '/') {
    return false;
  }
  const isNever =
    NEVER.some(each => overlaps(each, path)) ||
    (overlaps('/dev', path) && !overlaps('/dev/shm', path)) ||
    path === '/dev';
  need(
    !isNever,
    'SHM006',
    field,
    path,
    `a directory outside ${NEVER.join(', ')}, and in /dev only /dev/shm`,
    'no contract can give it to pods: move what is shared to a directory of its own, like /run/vineyard',
  );
  const owner = OF_THE_NODE.find(each => overlaps(each, path));
  const isOfNode = owner !== undefined || path === '/run';
  need(
    !isOfNode,
    'SHM006',
    field,
    path,
    `a directory of its own below /run: ${owner ?? '/run'} belongs to the node, and whoever has it has the node`,
    'move what is shared to a directory of its own, like /run/vineyard',
  );
  need(
    !path.startsWith('/var/run/') && path !== '/var/run',
    'SHM006',
    field,
    path,
    'the path without the link: /var/run is /run',
    `write ${path.replace('/var/run', '/run')}`,
  );
  return !isNever && !isOfNode;
}
