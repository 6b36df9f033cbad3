import { byManifest, type ComparedSets } from './compared-sets';
import type { ContractUseChange, ObjectRef, UnservedContract } from './set-changes';
import { getOrCreate, groupBy } from '../kube/group';
import { at, equal } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { readGrant } from '../model/client/grant';
import type { ReadMark } from '../model/contract/contract-mark';
import type { ContractParticipant, MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';

/**
 * Returns the workloads of both sides that are clients of a contract on only one of them. A
 * contract that moves to another namespace keeps its clients.
 */
export function contractUseChanges(sets: ComparedSets): ContractUseChange[] {
  const [old, now] = [clientMarks(sets.before), clientMarks(sets.after)];
  const [podsBefore, podsNow] = [byManifest(sets.before), byManifest(sets.after)];
  return sets.pairs.flatMap(({ of, before, after }): ContractUseChange[] => {
    if (!before || !after) {
      return [];
    }
    const [was, is] = [old.get(before.manifest) ?? [], now.get(after.manifest) ?? []];
    const beyond = (marks: readonly ReadMark[], than: readonly ReadMark[]) =>
      marks.filter(mark => than.every(({ contract }) => contract !== mark.contract));
    return [
      ...beyond(is, was).map(mark => ({
        ...useOf(of, mark),
        change: hadMemory(
          mark,
          podsBefore.get(before.manifest) ?? [],
          podsNow.get(after.manifest) ?? [],
        )
          ? ('declares' as const)
          : ('starts' as const),
      })),
      ...beyond(was, is).map(mark => ({ ...useOf(of, mark), change: 'stops' as const })),
    ];
  });
}

/** Checks whether pods had the memory of a mark before it, in the same way. */
function hadMemory(
  mark: ReadMark,
  before: readonly MarkedPod[],
  after: readonly MarkedPod[],
): boolean {
  const uses = after.flatMap(markedPod =>
    markedPod.uses.filter(({ mark: { contract } }) => contract === mark.contract),
  );
  return (
    uses.length > 0 &&
    uses.every(({ container, memory, mount }) =>
      before.some(({ hostIpc, pod }) =>
        memory.backing === 'hostIpc'
          ? hostIpc
          : mount !== undefined &&
            pod.mounts.some(
              each =>
                each.container.name === container.name &&
                equal(each.json, mount.json) &&
                equal(each.volume?.json, mount.volume?.json),
            ),
      ),
    )
  );
}

function useOf(
  of: ObjectRef,
  { namespace, contract, access, memory }: ReadMark,
): Omit<ContractUseChange, 'change'> {
  return { of, namespace, contract, access, memories: memory.map(({ name }) => name) };
}

function clientMarks({ pods }: MarkedManifests): ReadonlyMap<Manifest, readonly ReadMark[]> {
  const found = new Map<Manifest, Set<ReadMark>>();
  for (const { pod, marks } of pods) {
    for (const mark of marks) {
      if (mark.side === 'client') {
        getOrCreate(found, pod.manifest, () => new Set<ReadMark>()).add(mark);
      }
    }
  }
  return new Map([...found].map(([manifest, marks]) => [manifest, [...marks]]));
}

/**
 * Returns the contracts that clients still use, and whose agent is gone, or whose grants to the
 * namespace of these clients. Without an agent, the grants are not mentioned.
 */
export function unservedContracts(sets: ComparedSets): UnservedContract[] {
  const refs: Refs = new Map(
    sets.pairs.flatMap(({ of, after }, order) => (after ? [[after.manifest, { of, order }]] : [])),
  );
  const [had, has] = [grantsIn(sets.before), grantsIn(sets.after)];
  return sets.after.contracts.flatMap((parties): UnservedContract[] => {
    const [{ mark }] = parties;
    const { namespace, contract } = mark;
    const clients = parties.filter(each => each.mark.side === 'client');
    const about = { namespace, contract };
    const isGone =
      sets.before.agentsOf(mark).length > 0 && sets.after.servingNamespaces(contract).length === 0;
    if (isGone) {
      return clients.length === 0
        ? []
        : [{ ...about, lost: 'agent', to: null, users: usersOf(clients, refs) }];
    }
    const without = clients.filter(({ markedPod, mark: its }) =>
      claimedBy(markedPod, its).some(memory => {
        const key = [namespace, contract, memory, markedPod.pod.manifest.namespace].join('/');
        return had.has(key) && !has.has(key);
      }),
    );
    return [...groupBy(without, ({ markedPod }) => markedPod.pod.manifest.namespace ?? null)].map(
      ([to, users]): UnservedContract => ({
        ...about,
        lost: 'grants',
        to,
        users: usersOf(users, refs),
      }),
    );
  });
}

/** The objects of the new side, with their order in the report. */
type Refs = ReadonlyMap<Manifest, { readonly of: ObjectRef; readonly order: number }>;

function usersOf(clients: readonly ContractParticipant[], refs: Refs): ObjectRef[] {
  const manifests = new Set(clients.map(({ markedPod }) => markedPod.pod.manifest));
  return [...manifests]
    .flatMap(manifest => refs.get(manifest) ?? [])
    .sort((a, b) => a.order - b.order)
    .map(({ of }) => of);
}

/** Returns the memories of a mark that the pod has from a claim. */
function claimedBy({ uses }: MarkedPod, mark: ReadMark): string[] {
  return uses
    .filter(
      use =>
        use.mark === mark && at(use.mount?.volume?.json, 'persistentVolumeClaim') !== undefined,
    )
    .map(({ memory }) => memory.name);
}

function grantsIn({ set }: MarkedManifests): ReadonlySet<string> {
  return new Set(
    set.ofKind('PersistentVolume').flatMap(manifest => {
      const grant = readGrant(manifest);
      return grant
        ? [
            [
              grant.directory.namespace,
              grant.directory.contract,
              grant.directory.memory,
              grant.to,
            ].join('/'),
          ]
        : [];
    }),
  );
}
