import { code, some } from './markdown';
import type { SharedContract } from './shared-contracts';
import type { UndoStep } from './undo-cluster-steps';
import { getOrCreate, groupBy } from '../../kube/group';
import { at, textOf } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import { readGrant } from '../../model/client/grant';
import { isInContractDirectory } from '../../model/contract/node-layout';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import { oneOf, podsWithClaims } from '../pods-that-use';

/** A contract of which namespaces have grants. */
export type Granted = Pick<SharedContract, 'name' | 'namespace'>;

/** A claim that a grant is for. */
interface GrantedClaim {
  readonly namespace: string;
  readonly name: string;
}

/** Returns the claims of a contract's grants, and the volumes behind them. */
export function grantsOf(marked: MarkedManifests, contract: Granted): Manifest[] {
  const volumes = volumesOf(marked, contract);
  return [...claimsOf(marked, volumes), ...volumes];
}

/**
 * Clients can be in other repositories. A claim that they use must not be deleted, and that cannot
 * be taken back, so somebody has to look before. Nothing to do where each namespace with a grant
 * has a client in these manifests: an earlier step waits for it.
 */
export function clientsElsewhereSteps(
  marked: MarkedManifests,
  contracts: readonly SharedContract[],
  granted: readonly Granted[],
): UndoStep[] {
  const missing = new Map<string, Set<string>>();
  const patterns = new Set<string>();
  for (const { name, namespace } of granted) {
    const claims = claimsNamedBy(grantsOf(marked, { name, namespace }));
    const known = new Set(
      contracts
        .filter(each => each.name === name && each.namespace === namespace)
        .flatMap(({ clients, sidecars }) => [...clients, ...sidecars])
        .map(({ markedPod }) => markedPod.pod.manifest.namespace),
    );
    const others = claims.map(claim => claim.namespace).filter(each => !known.has(each));
    if (others.length > 0) {
      const named = getOrCreate(missing, name, () => new Set<string>());
      others.forEach(each => named.add(each));
      patternsOf(claims).forEach(each => patterns.add(each));
    }
  }
  if (missing.size === 0) {
    return [];
  }
  const where = [...missing].map(
    ([name, namespaces]) =>
      `contract ${code(name)} to ${namespaces.size === 1 ? 'namespace' : 'namespaces'} ${some([...namespaces].sort().map(code))}`,
  );
  return [
    {
      what: `These manifests grant ${where.join(', and ')}, but have no client of that contract there: first take the memory out of the clients in their own repositories, and wait until the command says that no pod is left. Deleting a claim that is in use cannot be taken back: the claim stays Terminating, and each new pod that needs it hangs. The command sees only pods: look also for workloads that have none now, like a CronJob between its runs.`,
      commands: [podsWithPatterns([...patterns])],
    },
  ];
}

/** Returns the volumes of a contract's grants. */
function volumesOf({ set }: MarkedManifests, { name, namespace }: Granted): Manifest[] {
  return set.ofKind('PersistentVolume').filter(volume => {
    const directory = readGrant(volume)?.directory;
    return (
      (directory?.namespace === namespace && directory.contract === name) ||
      isInContractDirectory(textOf(at(volume.json, 'spec', 'local', 'path')), {
        namespace,
        contract: name,
      })
    );
  });
}

function claimsOf({ set }: MarkedManifests, volumes: readonly Manifest[]): Manifest[] {
  const names = new Set(volumes.map(volume => volume.name));
  return set
    .ofKind('PersistentVolumeClaim')
    .filter(({ json }) => names.has(textOf(at(json, 'spec', 'volumeName'))));
}

/**
 * Returns the claims of grants, and those that their volumes are reserved for, which can be in
 * another repository.
 */
function claimsNamedBy(grants: readonly Manifest[]): GrantedClaim[] {
  return grants
    .map(({ kind, namespace, name, json }) =>
      kind === 'PersistentVolume'
        ? {
            namespace: at(json, 'spec', 'claimRef', 'namespace'),
            name: at(json, 'spec', 'claimRef', 'name'),
          }
        : { namespace, name },
    )
    .filter(
      (claim): claim is GrantedClaim =>
        typeof claim.namespace === 'string' && typeof claim.name === 'string',
    );
}

/** Returns the command that lists the pods with a claim of grants. Absent if they have no claim. */
export function podsWithGrants(grants: readonly Manifest[]): string | undefined {
  const patterns = patternsOf(claimsNamedBy(grants));
  return patterns.length === 0 ? undefined : podsWithPatterns(patterns);
}

function podsWithPatterns(patterns: readonly string[]): string {
  return podsWithClaims(`^(${patterns.join('|')})$`);
}

/** Returns what the lines of pods with claims match. Namespaces with the same claims share one. */
function patternsOf(claims: readonly GrantedClaim[]): string[] {
  const names = [...groupBy(claims, ({ namespace }) => namespace)].map(([namespace, own]) => ({
    namespace,
    names: oneOf(own.map(({ name }) => name)),
  }));
  return [...groupBy(names, each => each.names)].map(
    ([own, alike]) => `${oneOf(alike.map(({ namespace }) => namespace))}/[^ ]+ ${own}`,
  );
}
