import { code, fieldOf, fileOf, plain, some, table, workload } from './markdown';
import { groupBy } from '../../kube/group';
import { readGrant } from '../../model/client/grant';
import { hostPrivileges, type HostPrivilege } from '../../read/host-privileges';
import { nodeVolumes, type NodeVolume } from '../../read/node-volumes';
import type { RuleFinding } from '../../rules/engine';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import type { MarkedPod } from '../../sharing/marked-pod';
import { privilegeReasons } from '../../sharing/privilege-reasons';
import { privilegeWords, reasonWords } from '../privilege-words';

/** A host privilege of a workload, with its reason if these manifests contain one. */
export interface ExplainedPrivilege {
  readonly markedPod: MarkedPod;
  readonly privilege: HostPrivilege;
  readonly why: string | undefined;
}

/** Returns the host privileges of all pods, and why they have them. */
export function privilegesOf(
  { pods }: MarkedManifests,
  found: readonly RuleFinding[],
): ExplainedPrivilege[] {
  const acknowledged = groupBy(
    found.filter(each => each.acknowledged),
    each => each.manifest,
  );
  const why = (markedPod: MarkedPod, privilege: HostPrivilege) =>
    whyOf(markedPod, privilege, acknowledged.get(markedPod.pod.manifest) ?? []);
  return pods.flatMap(markedPod =>
    hostPrivileges(markedPod.pod).map(privilege => ({
      markedPod,
      privilege,
      why: why(markedPod, privilege),
    })),
  );
}

/**
 * Lists each host privilege once, with the workloads that have it and the reason, and the
 * directories of nodes that pods reach through claims.
 */
export function privileges(all: readonly ExplainedPrivilege[], { set }: MarkedManifests): string[] {
  const volumes = nodeVolumes(set);
  const title = ['## Host privileges', ''];
  if (all.length === 0 && volumes.length === 0) {
    return [...title, 'No pod has a host privilege.', ''];
  }
  return [
    ...title,
    ...(all.length === 0 ? ['No pod has a host privilege of its own.', ''] : privilegeTable(all)),
    ...(volumes.length === 0 ? [] : volumeTable(volumes)),
  ];
}

/**
 * Pods reach these directories at every Pod Security level. The volumes of one memory for one
 * namespace are one row.
 */
function volumeTable(volumes: readonly NodeVolume[]): string[] {
  const groups = groupBy(
    volumes,
    ({ path, access, namespace }) => `${path}\n${access}\n${namespace ?? ''}`,
  );
  const rows = [...groups.values()].map(members => {
    const [{ access, manifest, namespace, path }] = members;
    const grant = readGrant(manifest);
    return [
      code(path),
      access === 'readOnly' ? 'read' : 'read and **write**',
      namespace === undefined ? '**any namespace that claims it**' : code(namespace),
      grant === undefined
        ? '**these manifests give no reason**'
        : plain(
            `contract ${grant.directory.contract}: memory ${grant.directory.memory}${grant.directory.backing === 'existing' ? ', a directory that somebody else makes' : ''}`,
          ),
      some([...new Set(members.map(each => fileOf(each.manifest)))], 2),
    ];
  });
  return [
    'Pods reach these directories of nodes through a claim, which every Pod Security level allows:',
    '',
    ...table(['directory of the node', 'pods may', 'namespace', 'why', 'file'], rows),
  ];
}

function privilegeTable(all: readonly ExplainedPrivilege[]): string[] {
  const groups = groupBy(all, ({ privilege, why }) => `${privilegeWords(privilege)}\n${why ?? ''}`);
  const rows = [...groups.values()]
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(members => [
      code(privilegeWords(members[0].privilege)),
      members[0].why === undefined ? '**these manifests give no reason**' : plain(members[0].why),
      some(
        [
          ...new Set(
            members.map(
              ({ markedPod, privilege }) =>
                plain(workload(markedPod.pod.manifest)) +
                (privilege.container === undefined ? '' : `, ${code(privilege.container)}`),
            ),
          ),
        ],
        4,
      ),
      some(
        [
          ...new Set(
            members.map(
              ({
                markedPod: {
                  pod: { manifest },
                },
                privilege,
              }) => `${fileOf(manifest)} ${code(fieldOf(manifest, privilege.pointer))}`,
            ),
          ),
        ],
        2,
      ),
    ]);
  return table(['privilege', 'why', 'who', 'where'], rows);
}

/** The order of privileges: the most far-reaching come first. */
const FURTHEST: readonly HostPrivilege['kind'][] = [
  'privileged',
  'hostNamespace',
  'hostPath',
  'bidirectionalMount',
  'rootUser',
  'capability',
];
const NAMESPACES: readonly string[] = ['hostPID', 'hostIPC', 'hostNetwork'];

/** Returns the place of a privilege in this order: a number below 10. */
export function reachOrder(privilege: HostPrivilege): number {
  const order = FURTHEST.indexOf(privilege.kind);
  if (order < 0) {
    return 9;
  }
  return privilege.kind === 'hostNamespace'
    ? order + NAMESPACES.indexOf(privilege.field) / NAMESPACES.length
    : order;
}

/** Returns the sort key of a privilege. Privileges without a reason come before all others. */
function rank({ privilege, why, markedPod }: ExplainedPrivilege): number {
  return reachOrder(privilege) - (why === undefined && markedPod.usesMemory ? 10 : 0);
}

function whyOf(
  markedPod: MarkedPod,
  privilege: HostPrivilege,
  acknowledged: readonly RuleFinding[],
): string | undefined {
  const reasons = privilegeReasons(markedPod.pod, privilege, markedPod.marks, markedPod.task).map(
    reasonWords,
  );
  if (markedPod.task) {
    return reasons[0];
  }
  const taken = acknowledged
    .filter(each => isAbout(each.path, privilege.pointer))
    .map(each => `${each.rule.id}: ${each.acknowledged?.reason}`);
  const all = [...reasons, ...new Set(taken)];
  return all.length === 0 ? undefined : all.join('; ');
}

/** A finding about a hostPath may point at a field of it. */
function isAbout(finding: string, privilege: string): boolean {
  return finding === privilege || finding.startsWith(`${privilege}/`);
}
