import type { ComparedSets } from './compared-sets';
import type { LeftMemory, SharedPlace } from './memory-change';
import { sharedPlaceOf } from './memory-changes';
import { groupBy } from '../kube/group';
import type { MarkedMemory, ReadMark } from '../model/contract/contract-mark';
import { contractDirectory, entryOf } from '../model/contract/node-layout';
import type { MarkedManifests } from '../sharing/marked-manifests';

/** A memory that an agent makes on its nodes. */
interface MadeMemory {
  readonly mark: ReadMark;
  readonly memory: MarkedMemory;
  readonly place: SharedPlace;
}

/**
 * Returns the memory that agents made, and that no agent of the new side has: of a contract or of a
 * version that is gone, or taken out of a contract. Nothing removes it from the nodes by itself.
 */
export function leftMemory({ before, after }: ComparedSets): LeftMemory[] {
  const had = madeIn(before);
  const has = madeIn(after);
  const still = new Set(has.map(identityOf));
  const gone = had.filter(each => !still.has(identityOf(each)));
  const byVersion = groupBy(gone, ({ mark: { namespace, contract, version }, place }) =>
    JSON.stringify([namespace, contract, version, place]),
  );
  return [...byVersion.values()].map((all): LeftMemory => {
    const [{ mark, place }] = all;
    const { namespace, contract, version } = mark;
    const memories = new Map(all.map(each => [identityOf(each), each.memory]));
    return {
      ...{ namespace, contract, version, place },
      memories: [...memories.values()].map(({ name, backing, size }) => ({ name, backing, size })),
      directories: directoriesOf(all, has),
    };
  });
}

/**
 * What agents make on nodes. A directory that somebody else makes is not theirs; and of memory that
 * goes through a socket, only the socket stays.
 */
const MADE = ['directory', 'tmpfs', 'hugetlbfs', 'hostIpc', 'devShm'];

function madeIn({ contracts }: MarkedManifests): MadeMemory[] {
  return contracts.flat().flatMap(party => {
    const { mark } = party;
    const made = mark.memory.filter(
      ({ api, backing }) => api !== 'descriptors' && MADE.includes(backing),
    );
    return mark.side === 'agent'
      ? made.map(memory => ({ mark, memory, place: sharedPlaceOf(party) }))
      : [];
  });
}

/** What has no directory can go on in another version, under the same keys or names. */
function identityOf(made: MadeMemory): string {
  const { mark, memory } = made;
  return (
    directoryOf(made) ??
    JSON.stringify([mark.namespace, mark.contract, memory.backing, memory.name])
  );
}

function directoryOf({ mark, memory }: MadeMemory): string | undefined {
  return hasDirectory(memory) ? `${versionDirectory(mark)}/${entryOf(memory)}` : undefined;
}

function hasDirectory({ backing }: MarkedMemory): boolean {
  return backing !== 'hostIpc' && backing !== 'devShm';
}

function versionDirectory({ namespace, contract, version }: ReadMark): string {
  return `${contractDirectory({ namespace, name: contract })}/${version}`;
}

/** Returns what to remove: the whole directory of a contract or a version, if nobody has it. */
function directoriesOf(gone: readonly MadeMemory[], has: readonly MadeMemory[]): string[] {
  const own = gone.flatMap(each => directoryOf(each) ?? []);
  const [{ mark }] = gone;
  const inUse = has.flatMap(each => directoryOf(each) ?? []);
  const whole = [
    contractDirectory({ namespace: mark.namespace, name: mark.contract }),
    versionDirectory(mark),
  ].find(directory => inUse.every(path => !path.startsWith(`${directory}/`)));
  if (own.length === 0) {
    return [];
  }
  return whole === undefined ? [...new Set(own)] : [whole];
}
