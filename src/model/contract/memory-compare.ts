import { type Compared, type ComparedMemory, type Change, change } from './compared-contract';
import { sizeWords } from './memory-size';

/** Returns the differences in a memory for clients that were rendered with `old`. */
export function memoryChanges(after: Compared, old: ComparedMemory): Change[] {
  const field = (name: string) => `memory ${old.name} ${name}`;
  const now = named(after, old.name);
  if (!now) {
    return [
      change(
        `memory ${old.name}`,
        words(old),
        'absent',
        true,
        ['grants', 'clients'],
        'clients of a node that has not had it wait for its directory; running ones keep data that nobody writes any more',
      ),
    ];
  }
  const changes: Change[] = [];
  const apis = [old.api, now.api];
  if (old.api !== now.api) {
    const same = apis.every(api => api === 'files' || api === 'posix');
    changes.push(
      change(
        field('api'),
        old.api,
        now.api,
        !same,
        ['agent', 'clients'],
        same
          ? 'the directory on the node is the same; each side opens it in its own way'
          : 'the memory is somewhere else, where clients that were rendered before do not look',
      ),
    );
  }
  if (old.mountPath !== now.mountPath && old.api === now.api) {
    changes.push(
      change(
        field('mountPath'),
        String(old.mountPath),
        String(now.mountPath),
        false,
        ['agent', 'clients'],
        'the directory on the node is the same; each side has it where its YAML says',
      ),
    );
  }
  if (old.api === now.api && old.backing !== now.backing) {
    changes.push(
      change(
        field('backing'),
        old.backing,
        now.backing,
        true,
        ['agent', 'grants', 'clients'],
        [old.backing, now.backing].includes('hugetlbfs')
          ? 'it is in the path on the node, which is immutable in a PersistentVolume: give the contract a new version'
          : "it is in the path on the node, which is immutable in a PersistentVolume, and the agent's init step refuses to turn one into the other: give the contract a new version",
      ),
    );
  }
  if (old.backing === 'existing' && now.backing === 'existing' && old.directory !== now.directory) {
    changes.push(
      change(
        field('path'),
        String(old.directory),
        String(now.directory),
        true,
        ['agent', 'grants', 'clients'],
        'it is another directory of the node, and the path in a PersistentVolume is immutable: give the contract a new version',
      ),
    );
  }
  if (
    old.backing === 'hugetlbfs' &&
    now.backing === 'hugetlbfs' &&
    old.hugePages !== now.hugePages
  ) {
    changes.push(
      change(
        field('hugePages'),
        String(old.hugePages),
        String(now.hugePages),
        true,
        ['agent', 'grants', 'clients'],
        'it is in the path on the node, which is immutable in a PersistentVolume: give the contract a new version',
      ),
    );
  }
  const [was, is] = [old, now].map(({ executable }) => executable === true);
  if (was !== is) {
    changes.push(
      change(
        field('executable'),
        String(was),
        String(is),
        true,
        ['agent'],
        'a tmpfs that is there stays as it was mounted, so the agent does not start on a node that has it: give the contract a new version',
      ),
    );
  }
  const [wasSticky, isSticky] = [old, now].map(({ sticky }) => sticky === true);
  if (wasSticky !== isSticky) {
    changes.push(
      change(
        field('sticky'),
        String(wasSticky),
        String(isSticky),
        isSticky,
        ['agent'],
        isSticky
          ? 'clients can no longer remove or rename the objects of others, nor, if fs.protected_regular is 2, open those of other clients with O_CREAT'
          : 'clients that write can remove and rename the objects of the agent and of each other',
      ),
    );
  }
  if (old.size !== now.size) {
    changes.push(sizeChange(field('size'), after, old, now));
  }
  return changes;
}

function sizeChange(
  field: string,
  after: Compared,
  old: ComparedMemory,
  now: ComparedMemory,
): Change {
  const clientsPay = after.payer === 'client';
  const [from, to] = [old.size ?? 0n, now.size ?? 0n];
  if (old.backing === 'hugetlbfs' && now.backing === 'hugetlbfs') {
    return change(
      field,
      sizeWords(old),
      sizeWords(now),
      true,
      ['agent', ...(clientsPay ? ['clients' as const] : [])],
      'a hugetlbfs cannot be resized, so the agent does not start on a node that has the old one: give the contract a new version',
    );
  }
  const why =
    to > from
      ? 'more room under the same path'
      : 'the agent does not start on a node whose memory holds more than that';
  return change(
    field,
    sizeWords(old),
    sizeWords(now),
    clientsPay && to > from,
    ['agent', ...(clientsPay ? ['clients' as const] : [])],
    clientsPay
      ? `${why}; clients pay for it, and their memory limits were written for the old size`
      : why,
  );
}

/** Returns the memory with this name. Absent if the contract has none. */
export function named(spec: Compared, name: string): ComparedMemory | undefined {
  return spec.memory.find(m => m.name === name);
}

/** Describes a memory for people: size, API and directory. */
export function words(memory: ComparedMemory): string {
  const { api, directory } = memory;
  return `${sizeWords(memory)} of ${api}${directory === undefined ? '' : ` in ${directory}`}`;
}
