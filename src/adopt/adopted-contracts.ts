import type {
  AdoptedContract,
  AdoptedWorkload,
  Adoption,
  NotAdopted,
  NotAdoptedReason,
} from './adoption';
import { inferredContracts, type InferredContract } from './inferred-contracts';
import { leftOutOf } from './left-out';
import { sharedCandidates } from './shared-uses';
import { InputError, type Problem } from '../errors';
import type { JsonObject } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { overlaps } from '../kube/path';
import { agentEdit } from '../model/agent/agent-edit';
import { clientEdit } from '../model/client/client-edit';
import { validSpec } from '../model/contract/contract-check';
import type { ContractSpec } from '../model/contract/contract-spec';
import { withApiVersion } from '../model/contract/contract-version';
import type { MarkedManifests } from '../sharing/marked-manifests';
import { apply } from '../wire/apply';
import { clashes } from '../wire/clash';
import type { Edit } from '../wire/edit';

/**
 * Infers the contracts that workloads fulfil already. Each workload is tried as it would be
 * attached, with `asIs`: if the library refuses it, it is left out, with the reason.
 */
export function adoptionOf(marked: MarkedManifests): Adoption {
  const { manifests } = marked.set;
  const leftOut = leftOutOf(manifests);
  const gone = new Set(leftOut.map(({ manifest }) => manifest));
  const { candidates, notAdopted } = sharedCandidates(marked, manifest => !gone.has(manifest));
  const taken = marked.contracts.map(([{ mark }]) => mark.contract);
  const inferred = inferredContracts(candidates, taken);
  const trial = new Trial();
  const contracts = inferred.contracts.flatMap(each => trial.adopted(each));
  return {
    contracts,
    marked: trial.marked(),
    notAdopted: [
      ...notAdopted.filter(each => !isBesideAdopted(each, contracts)),
      ...inferred.notAdopted,
      ...trial.notAdopted,
    ],
    leftOut,
    kept: manifests.filter(manifest => !gone.has(manifest)),
  };
}

/**
 * Returns the workloads that use the memory of an adopted contract, or a part of it, and are not in
 * the contract. Nobody compares them with the other sides.
 */
export function usersWithoutMark({ contracts, notAdopted }: Adoption): Manifest[] {
  const memories = contracts.flatMap(({ spec }) => spec.memory);
  const isAdopted = ({ thing }: NotAdopted) =>
    thing.kind === 'ipc'
      ? memories.some(({ api }) => api === 'systemV')
      : memories.some(({ existing }) => existing && overlaps(existing.path, thing.path));
  return [...new Set(notAdopted.filter(isAdopted).map(({ manifest }) => manifest))];
}

/**
 * Checks whether a workload mounts, beside the directory of its contract, one that contains it, or
 * one in it. Usually, an init container has the parent, to make the directory.
 */
function isBesideAdopted(
  { thing, manifest, because }: NotAdopted,
  contracts: readonly AdoptedContract[],
): boolean {
  const paths = contracts
    .filter(({ agent, clients }) => [agent, ...clients].some(each => each?.manifest === manifest))
    .flatMap(({ spec }) => spec.memory.flatMap(({ existing }) => existing?.path ?? []));
  return (
    because.kind === 'nested' &&
    thing.kind === 'directory' &&
    paths.some(path => overlaps(path, thing.path))
  );
}

/** Tries contracts and workloads one after the other. */
class Trial {
  public readonly notAdopted: NotAdopted[] = [];
  private readonly edits = new Map<Manifest, Edit[]>();

  /** Returns the contract with the workloads that fulfil it. Empty without two sides. */
  public adopted(inferred: InferredContract): AdoptedContract[] {
    const problems = problemsOf(inferred.spec);
    const { agent, clients } = inferred;
    if (problems.length > 0) {
      this.leaveOut(inferred, [...(agent ? [agent] : []), ...clients], {
        kind: 'refused',
        problems,
      });
      return [];
    }
    const isServing = agent && this.fits(inferred, agent, agentEditOf(inferred.spec, agent));
    const serving = isServing ? agent : undefined;
    const spec = agent && !isServing ? servedByOther(inferred.spec, agent) : inferred.spec;
    const attached = clients.filter(client =>
      this.fits(inferred, client, clientEditOf(spec, client)),
    );
    const all = [serving, ...attached].filter(each => each !== undefined);
    if (attached.length === 0 || all.length < Math.min(2, clients.length + (agent ? 1 : 0))) {
      this.leaveOut(inferred, all, { kind: 'alone' });
      all.forEach(each => this.edits.get(each.manifest)?.pop());
      return [];
    }
    const { sockets } = inferred;
    return [{ spec, sockets, clients: attached, ...(serving ? { agent: serving } : {}) }];
  }

  /** Returns the objects with the marks of their contracts. */
  public marked(): Map<Manifest, JsonObject> {
    return new Map(
      [...this.edits].flatMap(([manifest, edits]) =>
        edits.length === 0 ? [] : [[manifest, apply(manifest.json, edits).json] as const],
      ),
    );
  }

  private fits(inferred: InferredContract, workload: AdoptedWorkload, edit: Edit): boolean {
    const { manifest } = workload;
    const known = this.edits.get(manifest) ?? [];
    const problems = [
      ...known.flatMap(each => clashes(each, edit)),
      ...apply(manifest.json, [...known, edit]).problems,
    ];
    if (problems.length > 0) {
      this.leaveOut(inferred, [workload], { kind: 'refused', problems });
      return false;
    }
    this.edits.set(manifest, [...known, edit]);
    return true;
  }

  private leaveOut(
    { things }: InferredContract,
    workloads: readonly AdoptedWorkload[],
    because: NotAdoptedReason,
  ): void {
    this.notAdopted.push(
      ...workloads.flatMap(({ manifest }) => things.map(thing => ({ thing, manifest, because }))),
    );
  }
}

/** Returns the contract of an agent that cannot be attached as it is. */
function servedByOther(spec: ContractSpec, { manifest: { kind, name } }: AdoptedWorkload) {
  return withApiVersion({ ...spec, servedBy: `${kind} ${name}, which is not attached` });
}

function problemsOf(spec: ContractSpec): readonly Problem[] {
  try {
    validSpec(spec);
    return [];
  } catch (error) {
    if (error instanceof InputError) {
      return error.problems;
    }
    throw error;
  }
}

/** Returns what `serveFrom(agent, { asIs: true })` does. */
function agentEditOf(
  spec: ContractSpec,
  { manifest, template, containers }: AdoptedWorkload,
): Edit {
  return agentEdit(spec, template, {
    agent: `${spec.namespace}/${manifest.name}`,
    containers,
    addToLimits: false,
    keepsRoot: true,
    replaces: [],
    asIs: true,
  });
}

/** Returns what `attachTo(client, { asIs: true })` does. */
export function clientEditOf(
  spec: ContractSpec,
  { template, access, containers }: AdoptedWorkload,
  asIs = true,
): Edit {
  return clientEdit(spec, template, { access, containers, addToLimits: false, asIs });
}
