import { getOrCreate, groupBy } from '../../kube/group';
import { at } from '../../kube/json';
import type { MarkedMemory, ReadMark } from '../../model/contract/contract-mark';
import type { MarkedBacking } from '../../model/contract/contract-spec';
import { promisesOf, type TechniquePromises } from '../../model/contract/promises';
import { techniqueBy } from '../../model/contract/technique';
import { AGENT_LABEL } from '../../model/rollout/wave';
import type { ContractParticipant, MarkedManifests } from '../../sharing/marked-manifests';
import type { MarkedPod } from '../../sharing/marked-pod';
import { nodeRequirements } from '../../sharing/node-placement';

/** A contract, as described by the marks of its workloads. */
export interface SharedContract {
  readonly name: string;
  readonly namespace: string;
  /** More than one while clients follow a change. */
  readonly versions: readonly string[];
  /** The teams that answer for it, and the classes of its data, as its marks say. */
  readonly teams: readonly string[];
  readonly dataClasses: readonly string[];
  readonly agents: readonly ContractParticipant[];
  readonly clients: readonly ContractParticipant[];
  readonly sidecars: readonly ContractParticipant[];
  readonly memory: readonly SharedMemory[];
}

/**
 * One memory of a contract. If sizes or places differ between the two sides, they are different
 * memories.
 */
export interface SharedMemory {
  readonly contract: string;
  readonly memory: MarkedMemory;
  readonly version: string;
  /** One, unless some clients mount a claim and others a hostPath. */
  readonly techniques: readonly TechniqueUse[];
}

/** How clients share a memory. */
export interface TechniqueUse {
  readonly technique: TechniquePromises;
  readonly clients: readonly ContractParticipant[];
}

/** REVIEW.md and RUNBOOK.md describe the same contracts. */
const known = new WeakMap<MarkedManifests, readonly SharedContract[]>();

/** Returns the contracts of all marks, by their names. */
export function contractsOf(marked: MarkedManifests): readonly SharedContract[] {
  return getOrCreate(known, marked, () =>
    marked.contracts
      .map(contractOf)
      .sort((a, b) => order(a.name, b.name) || order(a.namespace, b.namespace)),
  );
}

/** Returns the memories of the newest version of a contract. */
export function currentMemory({ memory, versions }: SharedContract): MarkedMemory[] {
  return memory.filter(({ version }) => version === versions[0]).map(each => each.memory);
}

function contractOf(parties: readonly ContractParticipant[]): SharedContract {
  const [
    {
      mark: { contract, namespace },
    },
  ] = parties;
  const on = (side: ReadMark['side']) =>
    parties.filter(({ mark }) => mark.side === side).sort(byWorkload);
  const [agents, sidecars, clients] = [on('agent'), on('sidecar'), on('client')];
  const agentsFirst = [...agents, ...sidecars, ...clients];
  const memory = new Map<string, SharedMemory>();
  for (const {
    mark: { version, memory: own },
  } of agentsFirst) {
    for (const each of own) {
      const key = `${version} ${each.name} ${each.api} ${each.size} ${each.backing}`;
      if (memory.has(key)) {
        continue;
      }
      memory.set(key, {
        ...{ contract, memory: each, version },
        techniques: techniquesOf(each, clients),
      });
    }
  }
  return {
    name: contract,
    namespace,
    versions: [...new Set(agentsFirst.map(({ mark }) => mark.version))],
    teams: [...new Set(agentsFirst.flatMap(({ mark }) => mark.team ?? []))],
    dataClasses: [...new Set(agentsFirst.flatMap(({ mark }) => mark.dataClass ?? []))],
    agents,
    clients,
    sidecars,
    memory: [...memory.values()],
  };
}

/** Returns how clients share a memory: with a claim, or with the directory itself. */
function techniquesOf(
  memory: MarkedMemory,
  clients: readonly ContractParticipant[],
): TechniqueUse[] {
  const byVolume = groupBy(clients, client => techniqueBy(memory, clientVolume(client, memory)));
  return clients.length === 0
    ? [{ technique: promisesOf(techniqueBy(memory, 'persistentVolumeClaim')), clients }]
    : [...byVolume]
        .sort(([a], [b]) => order(a, b))
        .map(([technique, own]) => ({ technique: promisesOf(technique), clients: own }));
}

function clientVolume(
  { markedPod, mark }: ContractParticipant,
  { name }: MarkedMemory,
): 'hostPath' | 'persistentVolumeClaim' {
  return markedPod.uses.some(
    use => use.mark === mark && use.memory.name === name && use.mount?.hostPath !== undefined,
  )
    ? 'hostPath'
    : 'persistentVolumeClaim';
}

/** Checks whether a contract has a memory with one of some backings. */
export function hasBacking(
  { memory }: SharedContract,
  ...backings: readonly MarkedBacking[]
): boolean {
  return memory.some(each => backings.includes(each.memory.backing));
}

/** Checks whether a memory is in the pods that use it, and not on the node. */
export function isInPods({ backing }: MarkedMemory): boolean {
  return backing === 'emptyDir' || backing === 'pod';
}

/** Checks whether a pod has a mark of a contract. */
export function isParticipant(
  { marks }: MarkedPod,
  { name, namespace }: Pick<SharedContract, 'name' | 'namespace'>,
): boolean {
  return marks.some(mark => mark.contract === name && mark.namespace === namespace);
}

/** Checks whether a workload is a `NodeAgent`, and does nothing but serve its contract. */
export function isOfLibrary({ pod }: MarkedPod): boolean {
  return at(pod.labels, AGENT_LABEL) !== undefined;
}

/** Returns the nodes of an agent, in words. */
export function poolWords({ markedPod }: ContractParticipant): string {
  const requirements = nodeRequirements(markedPod.pod);
  return requirements.length === 0 ? 'all nodes' : requirements.join(', ');
}

/** Returns the namespace of a workload. If the object has none, `kubectl -n` sets it. */
export function namespaceOf({ markedPod }: ContractParticipant): string {
  return markedPod.pod.manifest.namespace ?? '';
}

function byWorkload(
  {
    markedPod: {
      pod: { manifest: x },
    },
  }: ContractParticipant,
  {
    markedPod: {
      pod: { manifest: y },
    },
  }: ContractParticipant,
): number {
  return (
    order(x.namespace ?? '', y.namespace ?? '') || order(x.name, y.name) || order(x.kind, y.kind)
  );
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
