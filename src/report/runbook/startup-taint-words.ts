import { at, objectsOf, textOf } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import { NODE_OS } from '../../kube/well-known';
import { AUTOSCALER_PREFIX, readStartupTaint } from '../../model/node/startup-taint-remover';
import type { Pod } from '../../read/pod';
import { exclusionFrom, nodeLabels, tolerates } from '../../sharing/node-placement';
import { code } from '../review/markdown';
import type { SharedContract } from '../review/shared-contracts';

/** The prefix that the Node Readiness Controller requires of the taints that it manages. */
const READINESS_PREFIX = 'readiness.k8s.io/';

/** A taint that new nodes have until their agents are ready. */
export interface StartupTaintFound {
  readonly key: string;
  readonly value: string;
}

/**
 * Returns the startup taints of agents: those of a StartupTaint, and those that an agent tolerates
 * and whose key identifies them as startup taints.
 */
export function startupTaintsOf(contracts: readonly SharedContract[]): StartupTaintFound[] {
  const all = contracts.flatMap(({ agents }) => agents);
  const found = all.flatMap(({ markedPod: { pod } }): StartupTaintFound[] => {
    const own = readStartupTaint(at(pod.manifest.json, 'metadata', 'annotations'));
    const tolerated = objectsOf(pod.at('tolerations')).map(({ key, value }) => ({
      key: textOf(key ?? ''),
      value: textOf(value ?? 'true'),
    }));
    const byName = tolerated.filter(
      ({ key }) => key.startsWith(AUTOSCALER_PREFIX) || key.startsWith(READINESS_PREFIX),
    );
    return [...(own ? [own] : []), ...byName];
  });
  return [...new Map(found.reverse().map(taint => [taint.key, taint] as const)).values()].sort(
    (a, b) => (a.key < b.key ? -1 : 1),
  );
}

/**
 * Returns the agents that run on nodes which wait for others with this taint, and that do not
 * tolerate it: they start there when the taint is removed, together with the first clients.
 */
export function notAwaited(
  { key, value }: StartupTaintFound,
  contracts: readonly SharedContract[],
): Manifest[] {
  const pods = contracts.flatMap(({ agents }) => agents).map(({ markedPod: { pod } }) => pod);
  const comes = (pod: Pod) => tolerates(pod, { key, value, effect: 'NoSchedule' });
  const awaited = pods.filter(comes);
  const found = pods.filter(pod => !comes(pod) && awaited.some(each => isOnNodesOf(pod, each)));
  return [...new Set(found.map(({ manifest }) => manifest))];
}

/**
 * Checks whether a pod is on the nodes of an agent, as far as labels and the taint of a pool, which
 * has the key of its label, tell.
 */
function isOnNodesOf(pod: Pod, agent: Pod): boolean {
  const labels = nodeLabels(agent);
  const known = (key: string) => key === NODE_OS || labels.has(key);
  const isTainted = (key: string) => toleratedKeys(agent).includes(key);
  return (
    [...nodeLabels(pod).keys()].every(known) &&
    exclusionFrom(pod, labels) === undefined &&
    [...labels].every(
      ([key, value]) => !isTainted(key) || tolerates(pod, { key, value, effect: 'NoSchedule' }),
    )
  );
}

function toleratedKeys(pod: Pod): string[] {
  return objectsOf(pod.at('tolerations')).map(({ key }) => textOf(key ?? ''));
}

/** Startup taints in the words of each kind of pool. */
interface PoolWords {
  readonly karpenter: string[];
  readonly autoscaler: string[];
  readonly managed: string[];
}

/** Returns how to configure startup taints in each kind of pool. */
export function startupTaintWords(taints: readonly StartupTaintFound[]): PoolWords {
  return {
    karpenter: taints.map(({ key, value }) =>
      code(
        `spec.template.spec.startupTaints: [{ key: ${key}, value: "${value}", effect: NoSchedule }]`,
      ),
    ),
    autoscaler: taints.map(({ key }) =>
      key.startsWith(AUTOSCALER_PREFIX)
        ? `the prefix of ${code(key)} makes it a startup taint, so no flag is needed`
        : `its flag ${code(`--startup-taint=${key}`)}; without it, the autoscaler takes ${code(key)} for a taint that stays, and makes no node for pods that do not tolerate it`,
    ),
    managed: taints.map(
      ({ key, value }) =>
        `${code(`${key}=${value}:NoSchedule`)} as a taint that nodes get when they are made and that is not put back later (AKS: ${code('--node-init-taints')}, not ${code('--node-taints')})`,
    ),
  };
}
