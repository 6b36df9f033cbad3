import type { ComparedSets } from './compared-sets';
import type { PolicyEntryChange } from './policy-change';
import type { GainsAndLosses, ObjectRef } from './set-changes';
import { at, objectsOf, textOf } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { readGrant } from '../model/client/grant';
import { parseMemoryDirectory } from '../model/contract/node-layout';
import { readEntries, type Entries } from '../model/policy/cel';
import type { MarkedManifests } from '../sharing/marked-manifests';
import { foreignFields, policyKindOf, type PolicyKind } from '../sharing/policy-expressions';

/** What the policies of this library do with what their lists name. */
const MEANS: Readonly<Record<string, Readonly<Record<string, 'accepted' | 'refused'>>>> = {
  clients: { readOnlyClaims: 'refused', writableClaims: 'refused', writers: 'refused' },
  volumes: { directories: 'refused', granted: 'accepted' },
};

/** The entries that only one side has, and the fields that differ in nothing else. */
interface EntryChanges extends GainsAndLosses<PolicyEntryChange> {
  readonly fields: readonly string[];
}

/**
 * Compares the lists and maps in the variables of a policy. An entry that differs only in the
 * version of its contract is no change, nor is one of a claim that is granted no more.
 */
export function entryChanges(
  { before, after }: ComparedSets,
  of: ObjectRef,
  old: Manifest,
  now: Manifest,
): EntryChanges {
  const kind = commonKind(before, after, old, now);
  const [was, is] = [listsOf(old), listsOf(now)];
  const granted = [claimsIn(before), claimsIn(after)];
  const isWithdrawn = (entry: string) => {
    const claim = entry.replace(/: \d+$/, '');
    return granted[0].has(claim) && !granted[1].has(claim);
  };
  const names = [...was.keys()].filter(
    name => is.get(name)?.shape === was.get(name)?.shape && is.has(name),
  );
  const changes = names.flatMap(variable => {
    // the annotation of a ClientPolicy says what its other lists accept, and is compared alone
    const means = kind === undefined ? 'unknown' : MEANS[kind][variable];
    const [from, to] = [was, is].map(lists => lists.get(variable)?.entries ?? []);
    const beyond = (entries: readonly string[], than: readonly string[]) => {
      const known = new Set(than.map(each => identityOf(each, kind)));
      return entries.filter(each => !known.has(identityOf(each, kind)));
    };
    const change =
      (isNew: boolean) =>
      (entry: string): PolicyEntryChange[] =>
        means === undefined ? [] : [{ kind: 'policyEntry', of, variable, entry, isNew, means }];
    return [
      ...beyond(to, from).flatMap(change(true)),
      ...beyond(from, to)
        .filter(entry => kind === undefined || !isWithdrawn(entry))
        .flatMap(change(false)),
    ];
  });
  const isGain = ({ means, isNew }: PolicyEntryChange) =>
    means === 'unknown' || (means === 'accepted') === isNew;
  return {
    fields: names.map(name => `spec.variables[${name}]`),
    gained: changes.filter(isGain),
    lost: changes.filter(each => !isGain(each)),
  };
}

/** Returns the kind of a policy of this library, if both sides are as it renders them. */
function commonKind(
  before: MarkedManifests,
  after: MarkedManifests,
  old: Manifest,
  now: Manifest,
): PolicyKind | undefined {
  const [was, is] = [policyKindOf(before.set, old), policyKindOf(after.set, now)];
  return was !== undefined &&
    was === is &&
    was in MEANS &&
    foreignFields(old, was).length + foreignFields(now, was).length === 0
    ? was
    : undefined;
}

function listsOf({ json }: Manifest): Map<string, Entries> {
  return new Map(
    objectsOf(at(json, 'spec', 'variables')).flatMap(({ name = '', expression = '' }) => {
      const entries = readEntries(textOf(expression));
      return entries === undefined ? [] : [[textOf(name), entries] as const];
    }),
  );
}

/** Returns the claims of grants as the lists of a ClientPolicy name them. */
function claimsIn({ set }: MarkedManifests): Set<string> {
  return new Set(
    set.ofKind('PersistentVolume').flatMap(volume => {
      const grant = readGrant(volume);
      const name = textOf(at(volume.json, 'spec', 'claimRef', 'name') ?? '');
      return grant === undefined ? [] : [`${grant.to} ${name}`];
    }),
  );
}

const CLAIM = /^(.+)-[^-]+-(r[ow])$/;

/** Returns the identity of an entry: the same for a memory in all versions of its contract. */
function identityOf(entry: string, kind: PolicyKind | undefined): string {
  if (kind === undefined) {
    return entry;
  }
  const [key, value = ''] = entry.split(': ');
  const [first, ...more] = key.split(' ');
  const directory = parseMemoryDirectory(first);
  const claim = first.startsWith('/') ? 1 : 0; // where the claim is, after its namespace
  const names = more.map((name, i) => (i === claim ? name.replace(CLAIM, '$1-$2') : name));
  const place = directory
    ? `${directory.namespace}.${directory.contract}/${directory.memory}`
    : first;
  return [place, ...names, value].join(' ');
}
