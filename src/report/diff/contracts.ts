import type { ContractChange, Follower, ObjectRef } from './model';
import { compareKeys } from './objects';
import type { Compared } from './workloads';
import type { Manifest } from '../../kube/manifest';
import type { Change, FollowerKind } from '../../model/contract-compare';
import { readGrant, type ReadGrant } from '../../model/grants';
import { compareMarks } from '../../model/mark-compare';
import type { ReadMark } from '../../model/marks';
import type { Party, Subjects } from '../../rules/subjects';

interface Sides { readonly before: readonly Party[]; readonly after: readonly Party[] }

/** Contracts that are there on both sides and differ, by the marks of those who have a part in them. */
export function contractChanges(sets: Compared): ContractChange[] {
  const refs = new Map(sets.pairs.flatMap(({ of, before, after }) => [before, after].flatMap(side => side ? [[side.manifest, of] as const] : [])));
  const order = new Map(sets.pairs.map(({ of }, i) => [of, i]));
  const inOrder = (a: Follower, b: Follower) => (order.get(a.of) ?? 0) - (order.get(b.of) ?? 0);
  const changed = pairedContracts(sets).flatMap(sides => {
    const [old, now] = [stated(sides.before), stated(sides.after, sides.before)];
    const changes = [...compareMarks(old, now), ...accessChanges(sides, refs)];
    const after = [...membersOf(sides.after, refs), ...grants(sets, now, refs)].sort(inOrder);
    const followers = after.map(each => ({ ...each, still: outstanding(each, now) }));
    const behind = followers.filter(({ still }) => still !== '');
    const before = [...membersOf(sides.before, refs), ...grants(sets, now, refs, 'before')];
    const wasBehind = ({ of, as }: Follower) => before.some(each => each.as === as && same(each.of, of) && outstanding(each, now) !== '');
    const followed = followers.filter(each => each.still === '' && wasBehind(each));
    if (changes.length === 0 && followed.length === 0) { return []; }
    return [{
      contract: now.contract,
      namespace: now.namespace,
      changes,
      followed: followed.map(({ of, as }) => ({ of, as })),
      behind: behind.map(({ of, as, still }) => ({ of, as, still })),
    }];
  });
  return changed.sort((a, b) => compareKeys([a.namespace, a.contract], [b.namespace, b.contract]));
}

/** The contracts that are there on both sides. One that is gone from a namespace, and served or used in another one instead, has moved there. */
function pairedContracts({ before, after }: Compared): Sides[] {
  const key = ([{ mark }]: readonly Party[]) => `${mark.namespace}/${mark.contract}`;
  const [old, now] = [before, after].map(subjects => new Map(subjects.contracts.map(each => [key(each), each] as const)));
  const moved = movedContracts([...old.values()], [...now.values()]);
  const from = new Set(moved.map(([gone]) => gone));
  return [
    ...moved.map(([gone, added]) => ({ before: gone, after: [...added, ...now.get(key(gone)) ?? []] })), // with those who stayed behind
    ...[...now].flatMap(([name, parties]) => {
      const others = old.get(name);
      return others && !from.has(others) ? [{ before: others, after: parties }] : [];
    }),
  ];
}

type Parties = readonly Party[];

function movedContracts(old: readonly Parties[], now: readonly Parties[]): [gone: Parties, added: Parties][] {
  const isServed = (parties: Parties) => parties.some(({ mark }) => mark.side === 'agent');
  const homes = (all: readonly Parties[]) => all.some(isServed) ? all.filter(isServed) : all;
  return [...new Set(now.map(([{ mark }]) => mark.contract))].flatMap((name): [Parties, Parties][] => {
    const [was, is] = [old, now].map(all => homes(all.filter(([{ mark }]) => mark.contract === name)));
    const without = (all: typeof was, others: typeof was) => all.filter(([{ mark }]) => !others.some(([other]) => other.mark.namespace === mark.namespace));
    const [gone, added] = [without(was, is), without(is, was)];
    return gone.length === 1 && added.length === 1 ? [[gone[0], added[0]]] : [];
  });
}

/** What the contract is on one side: what its agent says; where that is elsewhere, the first client that says something else than on the other side. */
function stated(parties: readonly Party[], others: readonly Party[] = []): ReadMark {
  const isNew = ({ mark }: Party) => others.every(other => compareMarks(other.mark, mark).length > 0);
  const clients = parties.filter(({ mark }) => mark.side === 'client');
  return (parties.find(({ mark }) => mark.side === 'agent') ?? clients.find(isNew) ?? clients[0] ?? parties.find(isNew) ?? parties[0]).mark;
}

interface Member extends Follower { readonly mark?: ReadMark; readonly grant?: ReadGrant }

function membersOf(parties: readonly Party[], refs: ReadonlyMap<Manifest, ObjectRef>): Member[] {
  const seen = new Set<Manifest>(); // some kinds have several pod templates, and one mark
  return parties.flatMap(({ subject: { pod }, mark }) => {
    const ref = refs.get(pod.manifest);
    return ref && !seen.has(pod.manifest) && seen.add(pod.manifest) ? [{ of: ref, as: mark.side === 'agent' ? 'agent' as const : 'clients' as const, mark }] : [];
  });
}

/** The grants of a contract; a namespace that has one of the new version has followed, whatever else it keeps. */
function grants(sets: Compared, mark: ReadMark, refs: ReadonlyMap<Manifest, ObjectRef>, side: 'before' | 'after' = 'after'): Member[] {
  const { namespace, contract, version } = mark;
  const all = grantsIn(sets[side]).filter(({ grant: { leaf } }) => leaf.namespace === namespace && leaf.contract === contract);
  const old = all.filter(({ grant }) => grant.leaf.version !== version
    && all.some(other => other.grant.to === grant.to && other.grant.leaf.memory === grant.leaf.memory && other.grant.leaf.version === version));
  return all.filter(each => !old.includes(each)).flatMap(({ manifest, grant }) => {
    const of = refs.get(manifest);
    return of ? [{ of, as: 'grants' as const, grant }] : [];
  });
}

function grantsIn({ set }: Subjects): { manifest: Manifest; grant: ReadGrant }[] {
  return set.ofKind('PersistentVolume').flatMap(manifest => {
    const grant = readGrant(manifest);
    return grant ? [{ manifest, grant }] : [];
  });
}

/** What a party still has of another contract, and would have to follow in; '' where there is nothing. */
function outstanding({ as, mark, grant }: Member, now: ReadMark): string {
  const must = (kind: FollowerKind) => ({ follow }: Change) => follow.includes(kind) || (mark?.side === 'sidecar' && follow.includes('agent'));
  if (mark) { return compareMarks(mark, now).filter(must(as)).map(({ field, from }) => `${field} ${from}`).join(', '); }
  if (!grant) { return ''; }
  const memory = now.memory.find(({ name }) => name === grant.leaf.memory);
  return [
    ...grant.leaf.version === now.version ? [] : [`version ${grant.leaf.version}`],
    ...grant.leaf.version === now.version && memory && ['directory', 'tmpfs'].includes(memory.backing) && memory.backing !== grant.leaf.backing
      ? [`memory ${memory.name} backing ${grant.leaf.backing}`] : [],
  ].join(', ');
}

/** What single clients may do with the memory is no part of the contract that both sides state. */
function accessChanges({ before, after }: Sides, refs: ReadonlyMap<Manifest, ObjectRef>): Change[] {
  return after.filter(({ mark }) => mark.side === 'client').flatMap(({ subject, mark }): Change[] => {
    const of = refs.get(subject.pod.manifest);
    const old = before.find(each => each.mark.side === 'client' && of && refs.get(each.subject.pod.manifest) === of)?.mark;
    if (!of || !old || old.access === mark.access) { return []; }
    const writes = mark.access === 'readWrite';
    return [{
      field: `access of ${of.kind} ${of.namespace === null ? '' : `${of.namespace}/`}${of.name}`,
      from: old.access,
      to: mark.access,
      breaks: false,
      follow: ['grants'],
      why: writes ? 'its namespace needs a grant to write' : 'its namespace needs a grant to read; one to write is no longer needed',
    }];
  });
}

function same(a: ObjectRef, b: ObjectRef): boolean {
  return a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}
