import type { MarkedMemory } from './contract-mark';
import type { ClientVolumeKind, ContractSpec, MemorySpec } from './contract-spec';
import { sizeWords } from './memory-size';
import { backingOf, isGuarded, memoryDirectory } from './node-layout';
import { PROMISE_NAMES, promisesOf, type PromiseName } from './promises';

/**
 * Returns the technique with which a memory of a contract is shared between pods, by its name in
 * the table of promises.
 */
export function techniqueOf(spec: ContractSpec, memory: MemorySpec): string {
  return techniqueBy(
    { api: memory.api, backing: backingOf(spec, memory), guarded: isGuarded(memory) },
    spec.clientVolume ?? 'persistentVolumeClaim',
  );
}

/** Returns the technique with which a memory is shared, by the API and the backing in its mark. */
export function techniqueBy(
  {
    api,
    backing,
    guarded,
    hugePages,
  }: Pick<MarkedMemory, 'api' | 'backing' | 'guarded' | 'hugePages'>,
  clientVolume: ClientVolumeKind,
): string {
  const volume = clientVolume === 'hostPath' ? 'host-path' : 'claim';
  switch (backing) {
    case 'hostIpc':
      return 'system-v';
    case 'devShm':
      return 'dev-shm';
    case 'existing':
      return `${guarded === true ? 'guarded' : 'existing'}-${volume}`;
    case 'hugetlbfs':
      return `huge-pages-${volume}`;
    case 'emptyDir':
      return hugePages === undefined ? 'sidecar' : 'huge-pages-sidecar';
    case 'pod':
      return 'system-v-sidecar';
    case 'directory':
    case 'tmpfs': {
      const what =
        api === 'descriptors' ? 'descriptors' : `${api === 'posix' ? 'posix-' : ''}${backing}`;
      return `${what}-${volume}`;
    }
  }
}

/**
 * Explains a contract as plain text: the API and the location of each memory, and the promises of
 * its technique.
 */
export function explain(spec: ContractSpec): string {
  const lines = [
    `contract ${spec.name}, version ${spec.version}, served from namespace ${spec.namespace} on nodes with ${spec.nodes.label.key}=${spec.nodes.label.value}`,
  ];
  for (const memory of spec.memory) {
    const { title, promises } = promisesOf(techniqueOf(spec, memory));
    lines.push(
      '',
      `${memory.name}: ${sizeWords(memory)}${memory.hugePages === undefined ? '' : ` in huge pages of ${memory.hugePages}`}, ${API_WORDS[memory.api]}${memory.mountPath === undefined ? '' : ` at ${memory.mountPath}`}`,
    );
    lines.push(`  ${title}: ${where(spec, memory)}`);
    for (const [name, meaning] of Object.entries(PROMISE_NAMES)) {
      const { kept, why } = promises[name as PromiseName];
      lines.push(`  ${kept ? 'promised' : 'not promised'}: ${meaning}: ${why}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** The functions that a program calls for each API. */
export const API_WORDS = {
  files: 'open and mmap',
  posix: 'shm_open and sem_open',
  systemV: 'shmget',
  descriptors: 'memfd_create, passed over a Unix socket',
};

function where(spec: ContractSpec, memory: MemorySpec): string {
  switch (backingOf(spec, memory)) {
    case 'hostIpc':
      return 'the IPC namespace of the node';
    case 'devShm':
      return '/dev/shm of the node';
    case 'directory':
    case 'tmpfs':
    case 'hugetlbfs':
      return `${memoryDirectory(spec, memory)} on the node`;
    case 'existing':
      return `${memory.existing?.path} on the node, made by ${spec.servedBy ?? 'somebody else'}${isGuarded(memory) ? `; a guard binds it to ${memoryDirectory(spec, memory)}` : ''}`;
  }
}
