import { type ContractSpec } from './contract-spec';
import type { Need } from '../../errors';
import { isImage } from '../../kube/names';
import { isPathBelow } from '../../kube/path';

/**
 * Checks that `readyWhen` names exactly one thing to wait for, and that the contract has a memory
 * for it.
 *
 * @param hasMemory whether all of the memory is in the contract
 */
export function checkReadyWhen(spec: ContractSpec, need: Need, hasMemory: boolean): void {
  const ready = spec.readyWhen;
  if (!ready) {
    return;
  }
  need(
    isImage(ready.toolImage),
    'SHM015',
    'readyWhen toolImage',
    ready.toolImage,
    'an image with sh, sleep, awk, ls and id',
    "write the busybox of your registry: toolImage: 'registry.example.com/busybox:1.36'",
  );
  const objects = [ready.file, ready.socket, ready.systemVKey].filter(given => given !== undefined);
  need(
    objects.length === 1,
    'SHM007',
    'readyWhen',
    ready,
    'a file, a socket or a System V key',
    'use ReadyWhen.file(), ReadyWhen.socket() or ReadyWhen.systemVKey()',
  );
  for (const [field, path] of [
    ['file', ready.file],
    ['socket', ready.socket],
  ] as const) {
    if (path === undefined) {
      continue;
    }
    const there = spec.memory.filter(
      m => m.mountPath !== undefined && (field === 'socket' || m.api !== 'descriptors'),
    );
    need(
      isPathBelow(path),
      'SHM006',
      `readyWhen ${field}`,
      path,
      'a path relative to the mount path, without ".." and control characters',
      `write the name of the ${field} that the agent makes last`,
    );
    need(
      !hasMemory ||
        (ready.memory === undefined
          ? there.length === 1
          : there.some(m => m.name === ready.memory)),
      'SHM007',
      'readyWhen memory',
      ready.memory,
      `one of: ${there.map(m => m.name).join(', ') || `none, as the contract has no memory with a ${field}`}`,
      there.length === 0 && spec.memory.some(m => m.api === 'systemV')
        ? 'a System V segment has a key and no path: ReadyWhen.systemVKey(0x5348, { toolImage }), with the key that the agent gives to shmget'
        : `name the memory that has the ${field}: ReadyWhen.${field}(path, { memory, toolImage })`,
    );
  }
  if (ready.systemVKey !== undefined) {
    need(
      Number.isInteger(ready.systemVKey) && ready.systemVKey > 0 && ready.systemVKey < 2 ** 32,
      'SHM007',
      'readyWhen systemVKey',
      ready.systemVKey,
      'a key_t from 1 to 2^32 - 1 (0 is IPC_PRIVATE)',
      'write the key that the agent gives to shmget',
    );
    need(
      !hasMemory || spec.memory.some(m => m.api === 'systemV'),
      'SHM007',
      'readyWhen systemVKey',
      ready.systemVKey,
      'a contract with SharedMemory.systemV()',
      'use ReadyWhen.file() or ReadyWhen.socket()',
    );
  }
}
