import { code } from './markdown';
import type { SharedContract } from './shared-contracts';
import type { UndoStep } from './undo-cluster-steps';
import { getOrCreate } from '../../kube/group';
import { isKnownNodeDirectory } from '../../kube/node-directories';
import { cleanPath, isAtOrBelow, realPath } from '../../kube/path';
import { quoted } from '../shell-commands';

/**
 * Directories that somebody else makes stay: the contract only mounts them. Where they are memory,
 * nobody pays for it after the pods are gone, so a person who knows that nothing else uses them can
 * remove them.
 */
export function existingDirectorySteps(contracts: readonly SharedContract[]): UndoStep[] {
  const users = new Map<string, Set<string>>();
  for (const { name, memory } of contracts) {
    for (const { memory: each } of memory) {
      if (each.backing === 'existing' && each.path !== undefined) {
        getOrCreate(users, realPath(cleanPath(each.path)), () => new Set<string>()).add(name);
      }
    }
  }
  return [...users].map(([path, names]) => {
    const stays = `${code(path)} of contract ${[...names].map(code).join(' and ')} stays on the nodes, with what is in it: the contract does not make it.`;
    return isMemory(path)
      ? {
          what: `${stays} If nothing else uses it, and nobody makes it again, remove it by hand. Run this there as root:`,
          commands: [look(path), findUsers(path), `find ${quoted(path)} -xdev -delete`],
        }
      : { what: `${stays} Run this there as root to see what it is:`, commands: [look(path)] };
  });
}

/** File systems in memory, as most nodes have them. */
const IN_MEMORY = ['/run', '/dev/shm', '/tmp'];

/** Only a path that can be nothing but memory is in a command that removes it. */
function isMemory(path: string): boolean {
  return !isKnownNodeDirectory(path) && !IN_MEMORY.includes(path) && baseOf(path) !== undefined;
}

function baseOf(path: string): string | undefined {
  return IN_MEMORY.find(each => isAtOrBelow(path, each));
}

function look(path: string): string {
  return `ls -la ${quoted(path)}   # look first`;
}

/**
 * Finds processes that have a directory, or a part of it, by its path without that of its file
 * system, which mountinfo does not name.
 */
function findUsers(path: string): string {
  const within = path.slice(baseOf(path)?.length);
  return `grep -lsF -e ${quoted(`${within} `)} -e ${quoted(`${within}/`)} /proc/[0-9]*/mountinfo   # if it prints a process, something may still mount it: stop`;
}
