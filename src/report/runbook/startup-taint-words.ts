import { at, objectsOf, textOf } from '../../kube/json';
import { AUTOSCALER_PREFIX, readStartupTaint } from '../../model/node/startup-taint-remover';
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
