import type { ComparedSets } from './compared-sets';
import type { ContractChange, ContractUser, ObjectRef } from './set-changes';
import type { Manifest } from '../kube/manifest';
import { readGrant, type ReadGrant } from '../model/client/grant';
import type { Change, ContractPartKind } from '../model/contract/compared-contract';
import type { ReadMark } from '../model/contract/contract-mark';
import { compareMarks } from '../model/contract/mark-compare';
import type { ContractParticipant } from '../sharing/marked-manifests';

type Refs = ReadonlyMap<Manifest, ObjectRef>;
type Followers = Pick<ContractChange, 'followed' | 'behind' | 'apart'>;

/** A participant of a contract: a workload with a mark, or an object that is a grant. */
interface Member extends ContractUser {
  readonly mark?: ReadMark;
  readonly grant?: ReadGrant;
}

/**
 * Returns the participants that adopted the new contract with this change (`followed`), those that
 * have not adopted it yet (`behind`), and those that adopted a different contract with this change
 * (`apart`).
 */
export function followersOf(
  sets: ComparedSets,
  sides: { before: readonly ContractParticipant[]; after: readonly ContractParticipant[] },
  now: ReadMark,
  refs: Refs,
): Followers {
  const order = new Map(sets.pairs.map(({ of }, i) => [of, i]));
  const before = new Map(
    [...membersOf(sides.before, refs), ...grantsOf(sets, 'before', now, refs)].map(
      each => [each.of, each] as const,
    ),
  );
  const after = [...membersOf(sides.after, refs), ...grantsOf(sets, 'after', now, refs)].sort(
    (a, b) => (order.get(a.of) ?? 0) - (order.get(b.of) ?? 0),
  );
  const agents = sides.after.filter(({ mark }) => mark.side === 'agent').map(({ mark }) => mark);
  const others = (member: Member) => {
    const all = [now, ...(member.as === 'agent' ? [] : agents)].map(mark =>
      outstanding(member, mark),
    ); // if there are several agents, each serves its own clients
    return all.includes('') ? '' : all[0];
  };
  const found = after.map(({ of, as, mark, grant }) => {
    const was = before.get(of);
    const still = others({ of, as, mark, grant });
    const moved =
      mark !== undefined && (was?.mark === undefined || compareMarks(was.mark, mark).length > 0);
    return { of, as, still, wasBehind: was !== undefined && outstanding(was, now) !== '', moved };
  });
  const list = (each: typeof found) => each.map(({ of, as, still }) => ({ of, as, still }));
  return {
    followed: found
      .filter(({ still, wasBehind, moved }) => still === '' && wasBehind && moved)
      .map(({ of, as }) => ({ of, as })),
    behind: list(found.filter(({ still, moved }) => still !== '' && !moved)),
    apart: list(found.filter(({ still, moved }) => still !== '' && moved)).map(
      ({ of, as, still }) => ({ of, as, has: still }),
    ),
  };
}

function membersOf(parties: readonly ContractParticipant[], refs: Refs): Member[] {
  const seen = new Set<Manifest>(); // some kinds have several pod templates but only one mark
  return parties.flatMap(({ markedPod: { pod }, mark }) => {
    const ref = refs.get(pod.manifest);
    return ref && !seen.has(pod.manifest) && seen.add(pod.manifest)
      ? [{ of: ref, as: mark.side === 'agent' ? ('agent' as const) : ('clients' as const), mark }]
      : [];
  });
}

/**
 * Returns the grants of a contract. Leaves out grants of other versions if the namespace already
 * has a grant of this version for the same memory.
 */
function grantsOf(
  sets: ComparedSets,
  side: 'before' | 'after',
  { namespace, contract, version }: ReadMark,
  refs: Refs,
): Member[] {
  const all = sets[side].set.ofKind('PersistentVolume').flatMap(manifest => {
    const [of, grant] = [refs.get(manifest), readGrant(manifest)];
    return of && grant?.directory.namespace === namespace && grant.directory.contract === contract
      ? [{ of, as: 'grants' as const, grant }]
      : [];
  });
  const key = ({ to, directory: { memory } }: ReadGrant) => `${to} ${memory}`;
  const followed = new Set(
    all.filter(({ grant }) => grant.directory.version === version).map(({ grant }) => key(grant)),
  );
  return all.filter(
    ({ grant }) => grant.directory.version === version || !followed.has(key(grant)),
  );
}

/**
 * Describes the fields in which a participant differs from the given contract, and in which it must
 * follow it. Empty if there are none.
 */
function outstanding({ as, mark, grant }: Member, now: ReadMark): string {
  const must =
    (kind: ContractPartKind) =>
    ({ follow }: Change) =>
      follow.includes(kind) || (mark?.side === 'sidecar' && follow.includes('agent'));
  if (mark) {
    return compareMarks(mark, now)
      .filter(must(as))
      .map(({ field, from }) => `${field} ${from}`)
      .join(', ');
  }
  if (!grant) {
    return '';
  }
  if (grant.directory.version !== now.version) {
    return `version ${grant.directory.version}`;
  }
  const memory = now.memory.find(({ name }) => name === grant.directory.memory);
  const other =
    memory &&
    ['directory', 'tmpfs', 'hugetlbfs'].includes(memory.backing) &&
    memory.backing !== grant.directory.backing;
  return other ? `memory ${memory.name} backing ${grant.directory.backing}` : '';
}
