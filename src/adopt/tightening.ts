import { clientEditOf } from './adopted-contracts';
import type { AdoptedContract, AdoptedWorkload, Adoption } from './adoption';
import { guessesOf, type Guess } from './guesses';
import { NOT_REVIEWED } from './inferred-contracts';
import type { Problem } from '../errors';
import { at, equal, keysOf, objectsOf, textOf, valueAt } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { isAtOrBelow } from '../kube/path';
import type { NodeContentKind } from '../model/contract/contract-spec';
import { WRITABLE_BY_ALL } from '../model/contract/existing-check';
import { apply } from '../wire/apply';

/** A change that makes an adopted contract safer, or says more of it. */
export type TighteningStep = {
  readonly contract: AdoptedContract;
  /** The objects whose pods are replaced. */
  readonly restarts: readonly Manifest[];
} & (
  | /** Check what was guessed. */ { readonly kind: 'guess'; readonly guess: Guess }
  | /** Write why pods may have what they have. */ { readonly kind: 'reasons' }
  | /** Write how large a memory is. */ { readonly kind: 'size'; readonly memory: string }
  | /** Let clients wait. */ {
      readonly kind: 'wait';
      readonly memory: string;
      /** What the directory contains. Absent if that is a guess. */
      readonly contains?: NodeContentKind;
    }
  | /** Let the library add what a workload lacks. */ {
      readonly kind: 'attach';
      readonly workload: AdoptedWorkload;
      /** JSON pointers of the fields that the library adds. */
      readonly adds: readonly string[];
      /** Whether its volume creates the directory, which a contract refuses. */
      readonly creates: boolean;
      /** What stands in the way. */
      readonly problems: readonly Problem[];
    }
  | /** Reach a directory by claim. */ { readonly kind: 'claim'; readonly namespaces: string[] }
  | /** Move to a directory of the contract. */ {
      readonly kind: 'directory';
      readonly memory: string;
    }
);

/** Returns the steps in the order in which they are best taken: those without restarts first. */
export function tighteningSteps({ contracts, marked }: Adoption): TighteningStep[] {
  const steps = contracts.flatMap(contract => stepsOf(contract, marked));
  return [
    ...steps.filter(({ restarts }) => restarts.length === 0),
    ...steps.filter(({ restarts }) => restarts.length > 0),
  ];
}

function stepsOf(contract: AdoptedContract, marked: Adoption['marked']): TighteningStep[] {
  const { spec, agent, clients } = contract;
  const clientObjects = clients.map(({ manifest }) => manifest);
  const all = [...(agent ? [agent.manifest] : []), ...clientObjects];
  const isUnreviewed = [...(spec.acknowledgements ?? []), ...(spec.allowedNodePaths ?? [])].some(
    ({ reason }) => reason === NOT_REVIEWED,
  );
  const none = { contract, restarts: [] };
  const attaching = clients.flatMap(workload => {
    const { manifest } = workload;
    const applied = apply(manifest.json, [clientEditOf(spec, workload, false)]);
    const { json, reasons, problems } = applied;
    const adds = [...reasons.keys()].filter(
      each => !equal(valueAt(json, keysOf(each)), valueAt(marked.get(manifest), keysOf(each))),
    );
    return adds.length === 0 && problems.length === 0
      ? []
      : [{ workload, adds, problems, creates: createsDirectory(workload) }];
  });
  const guesses = guessesOf(contract);
  const isGuess = (memory: string) =>
    guesses.some(guess => guess.kind === 'files' && guess.memory === memory);
  const awaited = spec.memory.flatMap(({ name: memory, existing }) =>
    existing?.clientsWait === false
      ? [{ memory, contains: isGuess(memory) ? undefined : existing.contains }]
      : [],
  );
  const isClaimable =
    spec.clients === 'readOnly' &&
    spec.memory.every(({ existing }) => existing !== undefined) &&
    spec.memory.every(
      ({ existing }) => !WRITABLE_BY_ALL.some(each => isAtOrBelow(existing?.path ?? '/', each)),
    );
  const own = agent ? spec.memory.filter(({ api }) => api !== 'systemV') : [];
  return [
    ...guesses.map(guess => ({ ...none, kind: 'guess', guess }) as const),
    ...(isUnreviewed ? [{ ...none, kind: 'reasons' } as const] : []),
    ...spec.memory
      .filter(({ size, existing }) => size === undefined && existing?.contains !== 'sockets')
      .map(({ name }) => ({ ...none, kind: 'size', memory: name }) as const),
    ...attaching.map(
      each => ({ contract, restarts: [each.workload.manifest], kind: 'attach', ...each }) as const,
    ),
    ...awaited.map(each => ({ contract, restarts: clientObjects, kind: 'wait', ...each }) as const),
    ...(isClaimable
      ? [
          {
            contract,
            restarts: clientObjects,
            kind: 'claim',
            namespaces: namespacesOf(clients),
          } as const,
        ]
      : []),
    ...own.map(
      ({ name }) => ({ contract, restarts: all, kind: 'directory', memory: name }) as const,
    ),
  ];
}

function namespacesOf(clients: readonly AdoptedWorkload[]): string[] {
  return [...new Set(clients.flatMap(({ manifest }) => manifest.namespace ?? []))].sort();
}

function createsDirectory({ manifest, template, volumes }: AdoptedWorkload): boolean {
  return objectsOf(valueAt(manifest.json, [...keysOf(template), 'spec', 'volumes'])).some(
    volume =>
      volumes.includes(textOf(volume.name)) &&
      at(volume, 'hostPath', 'type') === 'DirectoryOrCreate',
  );
}
