import { code } from './markdown';
import type { SharedContract } from './shared-contracts';
import { at, objectsOf, textOf } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import { ALERTS } from '../../model/agent/alert-rules';
import { isInContractDirectory } from '../../model/contract/node-layout';
import { readStartupTaint, type StartupTaintSpec } from '../../model/node/startup-taint-remover';
import type { ManifestSet } from '../../read/manifest-set';
import { guardrailsOf } from '../../sharing/guardrails';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import { unnamedReaches, type ContainerReach } from '../../sharing/memory-reach';
import { nodePermissions } from '../../sharing/node-permissions';
import { oneLine } from '../finding-words';
import { deletion, inNamespace, nameOf, quoted } from '../shell-commands';

/** One step of "How to undo it": what to do, and the commands. */
export interface UndoStep {
  readonly what: string;
  readonly commands: readonly string[];
}

/**
 * The alerts go before the agents: they would fire. Rules with alerts of somebody else stay,
 * without ours.
 */
export function alertSteps({ set }: MarkedManifests): UndoStep[] {
  const rules = set
    .ofKind('PrometheusRule')
    .map(rule => ({ rule, groups: groupsWithOurs(rule) }))
    .filter(({ groups }) => hasOurs(groups));
  const isOurs = ({ groups }: (typeof rules)[number]) => groups.every(({ isWhole }) => isWhole);
  return [
    {
      what: 'Delete the alerts, which would fire as the agents go:',
      commands: rules.filter(isOurs).map(({ rule }) => deletion(rule)),
    },
    {
      what: 'Take the alerts out of the rules that have others, too, in the manifests, and apply:',
      commands: rules
        .filter(each => !isOurs(each))
        .map(
          ({ rule, groups }) =>
            `kubectl get${inNamespace(rule)} ${nameOf(rule)} -o yaml   # ${oursIn(groups)}`,
        ),
    },
  ];
}

/** Checks whether a PrometheusRule has alerts of this library. */
export function hasAlerts(rule: Manifest): boolean {
  return hasOurs(groupsWithOurs(rule));
}

function hasOurs(groups: readonly AlertGroup[]): boolean {
  return groups.some(({ ours }) => ours.length > 0);
}

/** A group of a PrometheusRule, and the alerts of this library in it. */
interface AlertGroup {
  readonly name: string;
  readonly ours: readonly string[];
  /** Whether the group has nothing else. */
  readonly isWhole: boolean;
}

function groupsWithOurs({ json }: Manifest): AlertGroup[] {
  return objectsOf(at(json, 'spec', 'groups')).map(group => {
    const alerts = objectsOf(group.rules).map(({ alert }) => textOf(alert ?? ''));
    const ours = alerts.filter(alert => Object.hasOwn(ALERTS, alert));
    return {
      name: textOf(group.name ?? ''),
      ours: [...new Set(ours)],
      isWhole: ours.length === alerts.length,
    };
  });
}

function oursIn(groups: readonly AlertGroup[]): string {
  return oneLine(
    groups
      .filter(({ ours }) => ours.length > 0)
      .map(({ name, ours, isWhole }) =>
        isWhole ? `group ${name}` : `in group ${name}: ${ours.join(', ')}`,
      )
      .join('; '),
  );
}

/** Returns the startup taints of the nodes of agents. */
function startupTaints(contracts: readonly SharedContract[]): StartupTaintSpec[] {
  const taints = contracts
    .flatMap(({ agents }) => agents)
    .flatMap(
      ({ markedPod }) =>
        readStartupTaint(at(markedPod.pod.manifest.json, 'metadata', 'annotations')) ?? [],
    );
  return [...new Map(taints.map(taint => [taint.key, taint])).values()];
}

/** Returns the Deployments that remove the startup taints of agents. */
export function removers(
  { set }: MarkedManifests,
  contracts: readonly SharedContract[],
): Manifest[] {
  return startupTaints(contracts).flatMap(taint => removersOf(set, taint));
}

/** Startup taints go before the agents: without agents, nobody would remove them from new nodes. */
export function startupTaintSteps(
  { set }: MarkedManifests,
  contracts: readonly SharedContract[],
): UndoStep[] {
  return startupTaints(contracts).flatMap(taint => {
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

function removersOf(set: ManifestSet, { key }: StartupTaintSpec): Manifest[] {
  return set.ofKind('Deployment').filter(({ json }) => {
    const [container] = objectsOf(at(json, 'spec', 'template', 'spec', 'containers'));
    return objectsOf(container?.env).some(({ name, value }) => name === 'KEY' && value === key);
  });
}

/** Returns what a StartupTaint renders: the Deployment that removes the taint, and its rights. */
function removerObjects(set: ManifestSet, taint: StartupTaintSpec): Manifest[] {
  const permissions = nodePermissions(set);
  return removersOf(set, taint).flatMap(remover => {
    const account = textOf(
      at(remover.json, 'spec', 'template', 'spec', 'serviceAccountName') ?? '',
    );
    const beside = ['RoleBinding', 'Role', 'ServiceAccount'].flatMap(kind =>
      set
        .ofKind(kind)
        .filter(({ name, namespace }) => name === account && namespace === remover.namespace),
    );
    const rights = permissions.filter(
      ({ subject }) =>
        subject.kind === 'ServiceAccount' &&
        subject.name === account &&
        subject.namespace === remover.namespace,
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

/**
 * Returns the workloads that mount memory of a contract although no mark says so. A claim that they
 * mount cannot be deleted.
 */
export function strangers(marked: MarkedManifests): Manifest[] {
  const isOfContract = ({ mount }: ContainerReach['mounts'][number]) =>
    at(mount.volume?.json, 'persistentVolumeClaim') !== undefined ||
    (mount.hostPath !== undefined && isInContractDirectory(mount.hostPath));
  const found = unnamedReaches(marked).filter(({ mounts }) => mounts.some(isOfContract));
  return [...new Set(found.map(({ markedPod }) => markedPod.pod.manifest))];
}
