import { code } from './markdown';
import type { SharedContract } from './shared-contracts';
import { at, objectsOf, textOf } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import { readStartupTaint, type StartupTaintSpec } from '../../model/node/startup-taint-remover';
import type { ManifestSet } from '../../read/manifest-set';
import { guardrailsOf, nodePermissions } from '../../sharing/guardrails';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import { deletion, inNamespace, nameOf, quoted } from '../shell-commands';

/** One step of "How to undo it": what to do, and the commands. */
export interface UndoStep {
  readonly what: string;
  readonly commands: readonly string[];
}

/** All alerts of this library have a name that begins like this. */
const ALERTS = 'SharedMemory';

/** The alerts go before the agents: they would fire. */
export function alertSteps({ set }: MarkedManifests): UndoStep[] {
  const rules = set
    .ofKind('PrometheusRule')
    .filter(({ json }) =>
      objectsOf(at(json, 'spec', 'groups')).some(group =>
        objectsOf(group.rules).some(({ alert }) => textOf(alert ?? '').startsWith(ALERTS)),
      ),
    );
  return [
    {
      what: 'Delete the alerts, which would fire as the agents go:',
      commands: rules.map(deletion),
    },
  ];
}

/** Startup taints go before the agents: without agents, nobody would remove them from new nodes. */
export function startupTaintSteps(
  { set }: MarkedManifests,
  contracts: readonly SharedContract[],
): UndoStep[] {
  const taints = contracts
    .flatMap(({ agents }) => agents)
    .flatMap(
      ({ markedPod }) =>
        readStartupTaint(at(markedPod.pod.manifest.json, 'metadata', 'annotations')) ?? [],
    );
  const byKey = [...new Map(taints.map(taint => [taint.key, taint])).values()];
  return byKey.flatMap(taint => {
    const named = code(`${taint.key}=${taint.value}:${taint.effect}`);
    return [
      {
        what: `Take the startup taint ${named} out of the configuration of each node pool; RUNBOOK.md says where it is. Without the agents, new nodes would keep it, and nothing would start on them. Then remove it from the nodes that have it now:`,
        commands: [
          `kubectl taint nodes --all ${quoted(`${taint.key}:${taint.effect}-`)}   # "not found" means that a node does not have it`,
        ],
      },
      {
        what: `Delete what removes the startup taint ${named} from nodes:`,
        commands: removerObjects(set, taint).map(deletion),
      },
    ];
  });
}

/** Returns what a StartupTaint renders: the Deployment that removes the taint, and its rights. */
function removerObjects(set: ManifestSet, { key }: StartupTaintSpec): Manifest[] {
  const removers = set.ofKind('Deployment').filter(({ json }) => {
    const [container] = objectsOf(at(json, 'spec', 'template', 'spec', 'containers'));
    return objectsOf(container?.env).some(({ name, value }) => name === 'KEY' && value === key);
  });
  const permissions = nodePermissions(set);
  return removers.flatMap(remover => {
    const account = textOf(
      at(remover.json, 'spec', 'template', 'spec', 'serviceAccountName') ?? '',
    );
    const beside = ['RoleBinding', 'Role', 'ServiceAccount'].flatMap(kind =>
      set
        .ofKind(kind)
        .filter(({ name, namespace }) => name === account && namespace === remover.namespace),
    );
    const rights = permissions.filter(
      each => each.account === `${remover.namespace ?? ''}/${account}`,
    );
    const policies = rights.flatMap(({ limitedBy }) => limitedBy ?? []);
    return [
      remover,
      ...rights.flatMap(({ manifests }) => manifests),
      ...beside,
      ...withBindings(set, policies),
    ];
  });
}

/** The policies of client namespaces go when nobody uses what they grant. */
export function clientPolicySteps({ set }: MarkedManifests): UndoStep[] {
  const all = guardrailsOf(set);
  const names = all.flatMap(({ grants, policy }) => (grants === undefined ? [] : [policy.name]));
  const policies = all
    .map(({ policy }) => policy)
    .filter(({ name }) => names.some(own => name === own || name === `${own}.volumes`));
  return [
    {
      what: 'Delete the policies that limit what pods may use of the node, if nothing else relies on them:',
      commands: withBindings(set, policies).map(deletion),
    },
  ];
}

/** Returns policies after their bindings: a binding without its policy is an error to itself. */
function withBindings(set: ManifestSet, policies: readonly Manifest[]): Manifest[] {
  const names = policies.map(({ name }) => name);
  return [
    ...set
      .ofKind('ValidatingAdmissionPolicyBinding')
      .filter(({ json }) => names.includes(textOf(at(json, 'spec', 'policyName') ?? ''))),
    ...policies,
  ];
}

/** Quotas of clients, and namespaces that only held agents. */
export function namespaceSteps(
  { set }: MarkedManifests,
  contracts: readonly SharedContract[],
): UndoStep[] {
  const agents = new Set(
    contracts.flatMap(contract =>
      contract.agents.map(({ markedPod }) => markedPod.pod.manifest.namespace ?? ''),
    ),
  );
  const own = set.ofKind('Namespace').filter(({ name }) => agents.has(name));
  const quotas = ['ResourceQuota', 'LimitRange']
    .flatMap(kind => set.ofKind(kind))
    .filter(({ namespace }) => !agents.has(namespace ?? ''));
  return [
    {
      what: 'Look at the quotas and limit ranges of the client namespaces: they may include the shared bytes.',
      commands: quotas.map(
        each =>
          `kubectl get${inNamespace(each)} ${nameOf(each)} -o yaml   # lower it, or delete it`,
      ),
    },
    {
      what: 'Delete the namespaces of the agents, if nothing else is in them. With a namespace, everything in it is deleted:',
      commands: own.flatMap(({ name }) => [
        `kubectl get all,configmaps,secrets,persistentvolumeclaims -n ${quoted(name)}   # look first`,
        `kubectl delete namespace ${quoted(name)}`,
      ]),
    },
  ];
}

/** Labels with which somebody gave nodes to the tasks of contracts. */
export function taskLabels(
  { pods }: MarkedManifests,
  contracts: readonly SharedContract[],
): string[] {
  const names = contracts.map(({ name }) => name);
  return pods
    .flatMap(({ task }) => task ?? [])
    .filter(task => task.task !== 'guard' && task.contracts.some(each => names.includes(each)))
    .map(({ nodes }) => `kubectl label nodes -l ${quoted(nodes.key)} ${quoted(`${nodes.key}-`)}`);
}
