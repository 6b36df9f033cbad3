import type { ComparedSets } from './compared-sets';
import { followersOf } from './contract-followers';
import { compareKeys } from './object-pairs';
import type { ContractChange, ObjectRef } from './set-changes';
import type { Manifest } from '../kube/manifest';
import type { Change } from '../model/contract/compared-contract';
import type { ReadMark } from '../model/contract/contract-mark';
import { compareMarks } from '../model/contract/mark-compare';
import type { ContractParticipant } from '../sharing/marked-manifests';

interface Sides {
  readonly before: readonly ContractParticipant[];
  readonly after: readonly ContractParticipant[];
}

/**
 * Returns the contracts that exist on both sides and that differ, or for which the set of
 * participants that follow the contract differs. All information comes from the marks and the
 * grants of the participants.
 */
export function contractChanges(sets: ComparedSets): ContractChange[] {
  const refs = new Map(
    sets.pairs.flatMap(({ of, before, after }) =>
      [before, after].flatMap(side => (side ? [[side.manifest, of] as const] : [])),
    ),
  );
  const changed = pairedContracts(sets).flatMap((sides): ContractChange[] => {
    const [old, now] = [stated(sides.before), stated(sides.after, sides.before)];
    const changes = [...compareMarks(old, now), ...accessChanges(sides, refs)];
    const followers = followersOf(sets, sides, now, refs);
    if (changes.length === 0 && followers.followed.length === 0 && followers.apart.length === 0) {
      return [];
    }
    return [{ contract: now.contract, namespace: now.namespace, changes, ...followers }];
  });
  return changed.sort((a, b) => compareKeys([a.namespace, a.contract], [b.namespace, b.contract]));
}

/**
 * Returns the contracts that exist on both sides. If a contract is gone from its namespace and is
 * now served or used in another one, it counts as moved.
 */
function pairedContracts({ before, after }: ComparedSets): Sides[] {
  const key = ([{ mark }]: readonly ContractParticipant[]) => `${mark.namespace}/${mark.contract}`;
  const [old, now] = [before, after].map(
    marked => new Map(marked.contracts.map(each => [key(each), each] as const)),
  );
  const moved = movedContracts([...old.values()], [...now.values()]);
  const from = new Set(moved.map(([gone]) => gone));
  return [
    ...moved.map(([gone, added]) => ({
      before: gone,
      after: [...added, ...(now.get(key(gone)) ?? [])],
    })), // includes participants that still use the old namespace
    ...[...now].flatMap(([name, parties]) => {
      const others = old.get(name);
      return others && !from.has(others) ? [{ before: others, after: parties }] : [];
    }),
  ];
}

type Parties = readonly ContractParticipant[];

function movedContracts(
  old: readonly Parties[],
  now: readonly Parties[],
): [gone: Parties, added: Parties][] {
  const isServed = (parties: Parties) => parties.some(({ mark }) => mark.side === 'agent');
  const homes = (all: readonly Parties[]) => (all.some(isServed) ? all.filter(isServed) : all);
  return [...new Set(now.map(([{ mark }]) => mark.contract))].flatMap(
    (name): [Parties, Parties][] => {
      const [was, is] = [old, now].map(all =>
        homes(all.filter(([{ mark }]) => mark.contract === name)),
      );
      const without = (all: readonly Parties[], others: readonly Parties[]) =>
        all.filter(
          ([{ mark }]) => !others.some(([other]) => other.mark.namespace === mark.namespace),
        );
      const [gone, added] = [without(was, is), without(is, was)];
      return gone.length === 1 && added.length === 1 ? [[gone[0], added[0]]] : [];
    },
  );
}

/**
 * Returns the contract on one side, according to its agent or, if the agent is not part of the
 * manifests, its clients. Prefers a mark that differs from all marks in `others`, because a new
 * version starts with a single participant.
 */
function stated(parties: Parties, others: Parties = []): ReadMark {
  const isNew = ({ mark }: ContractParticipant) =>
    others.every(other => compareMarks(other.mark, mark).length > 0);
  const of = (side: ReadMark['side']) => parties.filter(({ mark }) => mark.side === side);
  const speaking = [of('agent'), of('client'), parties].find(each => each.length > 0) ?? parties;
  return (speaking.find(isNew) ?? speaking[0]).mark;
}

/**
 * Returns changes of the access of single clients. Both sides do not state this access, so it is
 * not part of the contract's own changes.
 */
function accessChanges({ before, after }: Sides, refs: ReadonlyMap<Manifest, ObjectRef>): Change[] {
  return after
    .filter(({ mark }) => mark.side === 'client')
    .flatMap(({ markedPod, mark }): Change[] => {
      const of = refs.get(markedPod.pod.manifest);
      const old = before.find(
        each => each.mark.side === 'client' && of && refs.get(each.markedPod.pod.manifest) === of,
      )?.mark;
      if (!of || !old || old.access === mark.access) {
        return [];
      }
      const writes = mark.access === 'readWrite';
      return [
        {
          field: `access of ${of.kind} ${of.namespace === null ? '' : `${of.namespace}/`}${of.name}`,
          from: old.access,
          to: mark.access,
          breaks: false,
          follow: ['grants'],
          why: writes
            ? 'its namespace needs a grant to write'
            : 'its namespace needs a grant to read; one to write is no longer needed',
        },
      ];
    });
}
