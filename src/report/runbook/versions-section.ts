import { at, textOf } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import { readGrant } from '../../model/client/grant';
import { contractDirectory } from '../../model/contract/node-layout';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import { directoryRemoval } from '../node-removal-commands';
import { podsWithHostPaths } from '../pods-that-use';
import { code, count, some, table } from '../review/markdown';
import { hasBacking, type SharedContract } from '../review/shared-contracts';
import { grantsOf, podsWithGrants } from '../review/undo-grants';
import {
  deletion,
  inNamespace,
  isOnDelete,
  rolloutStatus,
  selectorOf,
  shell,
  tries,
} from '../shell-commands';

/** What the manifests have of one version of a contract. */
interface Version {
  readonly name: string;
  readonly agents: readonly Manifest[];
  readonly clients: readonly Manifest[];
  /** The claims and volumes of its grants, in the order in which they can be deleted. */
  readonly grants: readonly Manifest[];
}

/** Says how a contract with several versions in the manifests comes to have one again. */
export function versions(marked: MarkedManifests, contracts: readonly SharedContract[]): string[] {
  return contracts.flatMap(contract => {
    const all = versionsOf(marked, contract);
    return all.length > 1 ? ofContract(contract, all) : [];
  });
}

function versionsOf(marked: MarkedManifests, contract: SharedContract): Version[] {
  const grants = grantsOf(marked, contract);
  const volumes = new Map(
    grants.flatMap(volume => {
      const version = readGrant(volume)?.directory.version;
      return version === undefined ? [] : [[volume.name, version] as const];
    }),
  );
  const versionOf = ({ kind, name, json }: Manifest) =>
    volumes.get(kind === 'PersistentVolume' ? name : textOf(at(json, 'spec', 'volumeName')));
  return [...new Set([...contract.versions, ...volumes.values()])].sort().map(name => {
    const on = (side: 'agents' | 'clients') =>
      contract[side]
        .filter(({ mark }) => mark.version === name)
        .map(({ markedPod }) => markedPod.pod.manifest);
    return {
      name,
      agents: on('agents'),
      clients: on('clients'),
      grants: grants.filter(each => versionOf(each) === name),
    };
  });
}

function ofContract(contract: SharedContract, all: readonly Version[]): string[] {
  const served = all.filter(({ agents }) => agents.length > 0);
  const others = all.filter(({ agents }) => agents.length === 0);
  return [
    `## Versions of contract ${code(contract.name)}: ${some(all.map(each => code(each.name)))}`,
    '',
    ...table(
      ['version', 'served by', 'granted to', 'clients in these manifests'],
      all.map(({ name, agents, clients, grants }) => [
        code(name),
        agents.length === 0 ? 'nobody here' : some(agents.map(each => code(each.name))),
        some(namespacesOf(grants).map(code)),
        count(clients.length, 'workload'),
      ]),
    ),
    'A node serves one version at a time. A client of another one waits, or reads what is left on the node of its own version, which nobody updates any more. On a node that is new or restarts, the agent has the version of these manifests at once, and clients of another one wait without end: let no pool grow until the clients have followed.',
    '',
    ...(served.length === 0 ? [] : others.flatMap(each => ofUnserved(contract, each, served))),
  ];
}

function ofUnserved(
  contract: SharedContract,
  version: Version,
  served: readonly Version[],
): string[] {
  const name = code(version.name);
  const agents = served.flatMap(each => each.agents);
  return [
    `**If ${name} comes next**: give the agent this version of the contract, and apply. ${agents.some(isOnDelete) ? 'Its pod on a node changes when you delete it' : `Its nodes change one after the other${agents.length > 1 ? ', in each DaemonSet at the same time: waves are for a new image, and not for a new version' : ''}`}. Then render the clients with it. **The way back** is to render the agent as it is here: it takes over what it left.`,
    '',
    ...shell(...(agents.some(isOnDelete) ? ['NODE=...'] : []), ...agents.flatMap(rollout)),
    `**If ${name} is the old one**: look who still has it. Workloads without a pod just now, like a CronJob between its runs, are not in the list:`,
    '',
    ...shell(...usesOf(contract, version)),
    ...(version.grants.length === 0
      ? []
      : [
          'When no pod is left, take its grants out of the app, and delete them, each claim before its volume:',
          '',
          ...shell(...version.grants.map(deletion)),
        ]),
    ...(hasDirectory(contract)
      ? [
          'Its memory stays on each node until the node restarts. To have it back now, on each node, as root, when no pod there has it:',
          '',
          ...shell(...directoryRemoval(`${contractDirectory(contract)}/${version.name}`)),
        ]
      : []),
  ];
}

function rollout(agent: Manifest): string[] {
  if (!isOnDelete(agent)) {
    return [rolloutStatus(agent)];
  }
  const selector = selectorOf(at(agent.json, 'spec', 'selector', 'matchLabels') ?? {});
  const pods = `pod${inNamespace(agent)} -l ${selector} --field-selector spec.nodeName="$NODE"`;
  return [
    `kubectl delete ${pods}`,
    tries(`kubectl wait ${pods} --for=condition=Ready --timeout=10s`, {
      times: 60,
      gaveUp: 'the new pod is not ready: replace no other before it is',
    }),
    rolloutStatus(agent),
  ];
}

function usesOf(contract: SharedContract, { name, grants }: Version): string[] {
  const withClaims = podsWithGrants(grants);
  return [
    ...(withClaims === undefined ? [] : [withClaims]),
    ...(hasDirectory(contract)
      ? [podsWithHostPaths([`${contractDirectory(contract)}/${name}`])]
      : []),
  ];
}

function namespacesOf(grants: readonly Manifest[]): string[] {
  const named = grants.flatMap(each => readGrant(each)?.to ?? []);
  return [...new Set(named)].sort();
}

/** Whether agents of the contract make a directory on the node. */
function hasDirectory(contract: SharedContract): boolean {
  return hasBacking(contract, 'directory', 'tmpfs', 'hugetlbfs');
}
