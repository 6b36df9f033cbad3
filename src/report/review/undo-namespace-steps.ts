import { code, some } from './markdown';
import type { SharedContract } from './shared-contracts';
import type { UndoStep } from './undo-cluster-steps';
import { at, textOf } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import { enforcedLevel } from '../../kube/pod-security';
import { POD_SECURITY_ENFORCE } from '../../kube/well-known';
import { readGrant } from '../../model/client/grant';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import { inNamespace, nameOf, quoted } from '../shell-commands';

/**
 * What namespaces have for contracts. Those that only held what is deleted go, with everything in
 * them. The others stay: quotas and levels of Pod Security that were for the contracts are to be
 * looked at.
 *
 * @param deleted the workloads that earlier steps delete
 */
export function namespaceSteps(
  marked: MarkedManifests,
  contracts: readonly SharedContract[],
  deleted: ReadonlySet<Manifest>,
): UndoStep[] {
  const { set, pods } = marked;
  const served = new Set(
    contracts.flatMap(({ agents }) => agents.map(({ markedPod }) => namespaceOf(markedPod.pod))),
  );
  const inUse = new Set(
    pods.filter(({ pod }) => !deleted.has(pod.manifest)).map(({ pod }) => namespaceOf(pod)),
  );
  const own = set.ofKind('Namespace').filter(({ name }) => served.has(name));
  const [staying, going] = [
    own.filter(n => inUse.has(n.name)),
    own.filter(n => !inUse.has(n.name)),
  ];
  const shared = new Set([
    ...clientNamespaces(marked, contracts),
    ...staying.map(({ name }) => name),
  ]);
  const quotas = ['ResourceQuota', 'LimitRange']
    .flatMap(kind => set.ofKind(kind))
    .filter(({ namespace }) => shared.has(namespace ?? '') && !isGoing(going, namespace));
  const open = set
    .ofKind('Namespace')
    .filter(each => shared.has(each.name) && enforcedLevel(each) === 'privileged')
    .filter(({ name }) => !isGoing(going, name));
  return [
    {
      what: 'Look at the quotas and limit ranges of the namespaces that stay: they may include the shared bytes, or be there for the agents.',
      commands: quotas.map(
        each =>
          `kubectl get${inNamespace(each)} ${nameOf(each)} -o yaml   # lower it, or delete it`,
      ),
    },
    {
      what: `Pod Security enforces ${code('privileged')} in ${some(open.map(({ name }) => code(name)))}, and need not any more for these contracts. See which other pods need it; then enforce the strictest level that they pass, without ${code('--dry-run')} and in the manifests:`,
      commands: open.map(
        ({ name }) =>
          `kubectl label namespace ${quoted(name)} --overwrite ${POD_SECURITY_ENFORCE}=restricted --dry-run=server   # warns of pods that do not pass`,
      ),
    },
    {
      what: `Delete the namespaces of the agents, if nothing else is in them. With a namespace, everything in it is deleted${staying.length === 0 ? ':' : `; so ${some(staying.map(({ name }) => code(name)))}, where other workloads of these manifests are, ${staying.length === 1 ? 'stays' : 'stay'}:`}`,
      commands: going.flatMap(({ name }) => [
        `kubectl get all,configmaps,secrets,persistentvolumeclaims -n ${quoted(name)}   # look first`,
        `kubectl delete namespace ${quoted(name)}`,
      ]),
    },
  ];
}

function namespaceOf({ manifest }: { readonly manifest: Manifest }): string {
  return manifest.namespace ?? '';
}

function isGoing(going: readonly Manifest[], namespace: string | undefined): boolean {
  return going.some(({ name }) => name === namespace);
}

/** The namespaces of clients, and those that may have some: by a grant, or by a label. */
function clientNamespaces(
  { set, injections }: MarkedManifests,
  contracts: readonly SharedContract[],
): string[] {
  return [
    ...contracts
      .flatMap(({ clients, sidecars }) => [...clients, ...sidecars])
      .map(({ markedPod }) => namespaceOf(markedPod.pod)),
    ...set
      .ofKind('PersistentVolume')
      .filter(volume => readGrant(volume) !== undefined)
      .map(({ json }) => textOf(at(json, 'spec', 'claimRef', 'namespace') ?? '')),
    ...injections.flatMap(({ namespaces }) => namespaces ?? []),
  ];
}
