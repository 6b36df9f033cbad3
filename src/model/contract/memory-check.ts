import { type MemorySpec, type ContractSpec } from './contract-spec';
import { show, type Need } from '../../errors';
import { cleanPath, overlaps } from '../../kube/path';
import { DEV_SHM } from '../../kube/well-known';

const SYSTEM_PATHS = ['/dev', '/proc', '/sys'];

/** Directories of a container whose own files a mount would hide. */
const WHOLE_PATHS = [
  '/etc',
  '/home',
  '/opt',
  '/root',
  '/run',
  '/usr',
  '/var',
  '/var/lib',
  '/var/run',
];

/** Directories with programs or credentials of a container: a mount anywhere in them breaks it. */
const CONTAINER_PATHS = [
  '/bin',
  '/lib',
  '/lib64',
  '/run/secrets',
  '/sbin',
  '/usr/bin',
  '/usr/lib',
  '/usr/sbin',
  '/var/run/secrets',
];

/**
 * Checks whether memory at this path would hide files that a container needs. Contracts of the
 * first version may have such a path.
 */
export function hidesContainerFiles(mountPath: string): boolean {
  const path = cleanPath(mountPath);
  return WHOLE_PATHS.includes(path) || CONTAINER_PATHS.some(each => overlaps(path, each));
}

/** Checks whether a path is in the container's own /dev/shm, and not /dev/shm itself. */
export function isInDevShm(mountPath: string | undefined): boolean {
  return typeof mountPath === 'string' && cleanPath(mountPath).startsWith(`${DEV_SHM}/`);
}

/**
 * Checks whether a memory has a directory on the node that this library makes, with an owner and a
 * group. All other memory is made by the software itself: nobody may know whose it is, nor how
 * large.
 */
export function hasOwnDirectory({ api, backing }: MemorySpec): boolean {
  return api !== 'systemV' && backing !== 'devShm' && backing !== 'existing';
}

/** Checks one memory, without looking at the others. */
export function checkMemory(m: MemorySpec, need: Need): void {
  need(
    m.size === undefined
      ? m.api === 'descriptors' || !hasOwnDirectory(m)
      : Number.isSafeInteger(m.size) && m.size > 0,
    'SHM003',
    `size of memory ${m.name}`,
    m.size,
    'a whole number of bytes from 1 to 2^53 - 1',
    'write a size like Size.mebibytes(256)',
  );
  const { mountPath } = m;
  const field = `mountPath of memory ${m.name}`;
  const choice = m.api === 'files' || m.api === 'posix';
  need(
    choice || m.backing === undefined,
    'SHM007',
    `backing of memory ${m.name}`,
    m.backing,
    `nothing for ${m.api}`,
    'leave it out',
  );
  need(
    m.executable !== true || (choice && m.backing === 'tmpfs'),
    'SHM007',
    `executable of memory ${m.name}`,
    m.executable,
    'true only with Backing.tmpfs(): other directories are mounted by the node',
    'write backing: Backing.tmpfs({ executable: true })',
  );
  if (m.api === 'systemV') {
    need(
      mountPath === undefined,
      'SHM006',
      field,
      mountPath,
      'nothing: System V memory has no path',
      'leave it out',
    );
    return;
  }
  if (m.api === 'posix') {
    need(
      mountPath === DEV_SHM,
      'SHM006',
      field,
      mountPath,
      '"/dev/shm": that is where shm_open looks',
      'write "/dev/shm", or use files at a path of their own',
    );
    return;
  }
  if (typeof mountPath !== 'string') {
    need(
      false,
      'SHM006',
      field,
      mountPath,
      'an absolute path without "..", ":" and control characters',
      'write a path like /run/routes',
    );
    return;
  }
  need(
    mountPath.startsWith('/') &&
      !mountPath.split('/').includes('..') &&
      !/[:\p{Cc}]/u.test(mountPath),
    'SHM006',
    field,
    mountPath,
    'an absolute path without "..", ":" and control characters',
    'write a path like /run/routes',
  );
  need(
    !mountPath.startsWith('/') || cleanPath(mountPath) === mountPath,
    'SHM006',
    field,
    mountPath,
    show(cleanPath(mountPath)),
    'write the path without doubled or trailing slashes: container runtimes compare it as text',
  );
  need(
    mountPath !== DEV_SHM,
    'SHM006',
    field,
    mountPath,
    'a path of its own',
    'for /dev/shm use SharedMemory.posix()',
  );
  need(
    mountPath !== '/' &&
      !SYSTEM_PATHS.some(
        p =>
          overlaps(cleanPath(mountPath), p) &&
          cleanPath(mountPath) !== DEV_SHM &&
          !isInDevShm(mountPath),
      ),
    'SHM006',
    field,
    mountPath,
    `a path outside ${SYSTEM_PATHS.join(', ')}, or below ${DEV_SHM}`,
    'write a path like /run/routes',
  );
}

/**
 * Checks the memories of a contract together: their names must be unique, and their mount paths
 * must not overlap.
 */
export function checkTogether(spec: ContractSpec, need: Need): void {
  need(
    spec.memory.length > 0,
    'SHM005',
    'memory',
    spec.memory,
    'one memory or more',
    'add SharedMemory.files(), .posix() or .systemV()',
  );
  const names = spec.memory.map(m => m.name);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  need(
    twice.length === 0,
    'SHM005',
    'memory',
    names,
    'memories with different names',
    `give each memory its own name: ${twice.join(', ')} is given twice`,
  );
  const hostShm = spec.memory.find(m => m.api === 'systemV' || m.backing === 'devShm');
  for (const m of spec.memory.filter(({ mountPath }) => isInDevShm(mountPath))) {
    need(
      hostShm === undefined,
      'SHM006',
      `mountPath of memory ${m.name}`,
      m.mountPath,
      `a path outside ${DEV_SHM}, which is the node's in every container because of memory ${hostShm?.name}`,
      'write a path like /run/routes: the runtime would make the mount point in the /dev/shm of the node',
    );
  }
  spec.memory.forEach((a, i) =>
    spec.memory.slice(i + 1).forEach(b => {
      if (typeof a.mountPath !== 'string' || typeof b.mountPath !== 'string') {
        return;
      }
      need(
        !overlaps(cleanPath(a.mountPath), cleanPath(b.mountPath)),
        'SHM006',
        'mountPath',
        [a.mountPath, b.mountPath],
        'different paths, none of which lies below another',
        a.api === 'posix' && b.api === 'posix'
          ? `a container has one /dev/shm: give memory ${b.name} a path of its own (SharedMemory.files({ mountPath })), or let both programs share one SharedMemory.posix()`
          : `move one of the memories ${a.name} and ${b.name}`,
      );
    }),
  );
}

/** Checks the mount paths that the second version of the format refuses, and the first did not. */
export function checkHiddenFiles(spec: ContractSpec, need: Need): void {
  for (const { name, mountPath } of spec.memory) {
    need(
      typeof mountPath !== 'string' || mountPath === '/' || !hidesContainerFiles(mountPath),
      'SHM006',
      `mountPath of memory ${name}`,
      mountPath,
      `a path that hides no files of a container: not ${WHOLE_PATHS.join(', ')} themselves, and nothing in ${CONTAINER_PATHS.join(', ')}`,
      'write a path of its own, like /run/routes',
    );
  }
}
