import type { Approval, Holder, SharedReason } from './approvals';
import { code, fileOf, linkedWorkload, plain, some, table } from './markdown';
import { permissions } from './permissions-section';
import type { ReviewModel } from './review-model';
import { groupBy } from '../../kube/group';
import { readGrant } from '../../model/client/grant';
import { nodeVolumes, type NodeVolume } from '../../read/node-volumes';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import { seenGrant } from '../../sharing/seen-grants';
import { privilegeWords, seLinuxLevelWords } from '../privilege-words';

/** So many containers, and contracts, are named in a row. */
const MOST_HOLDERS = 8;

const HEAD = ['who', 'gets', 'why', 'image'];

/**
 * Lists what a reviewer approves: one row for each container with host privileges, the tasks of
 * nodes apart, the directories of nodes that pods reach through claims, and what RBAC gives.
 */
export function approvals(model: ReviewModel): string[] {
  const { approvals: all, marked } = model;
  const rights = permissions(model);
  const volumes = nodeVolumes(marked.set);
  const title = ['## What you approve', ''];
  if (all.length + volumes.length + rights.length === 0) {
    return [...title, 'Nothing: no pod has a host privilege.', ''];
  }
  const always = all.filter(each => taskOf(each) === undefined);
  const tasks = all.filter(each => taskOf(each) !== undefined);
  return [
    ...title,
    ...(all.length === 0 ? ['No pod has a host privilege of its own.', ''] : []),
    ...table(HEAD, always.map(row)),
    ...(tasks.length === 0 ? [] : taskTables(tasks)),
    ...(volumes.length === 0 ? [] : volumeTable(volumes, marked, rights.length > 0)),
    ...rights,
  ];
}

/** Tasks run only where somebody labels a node, so nobody has their privileges until then. */
function taskTables(tasks: readonly Approval[]): string[] {
  const isIdle = (each: Approval) => taskOf(each)?.task !== 'guard';
  const [idle, guards] = [tasks.filter(isIdle), tasks.filter(each => !isIdle(each))];
  const labels = [...new Set(idle.map(each => labelOf(each)))].map(code);
  return [
    ...table(HEAD, guards.map(row)),
    ...(idle.length === 0
      ? []
      : [
          `These run on no node until somebody gives it their label (${some(labels)}), and leave it with the label:`,
          '',
          ...table(HEAD, idle.map(row)),
        ]),
  ];
}

function taskOf({ holders: [{ markedPod }] }: Approval) {
  return markedPod.task;
}

/** What the same contracts or the same task say is one sentence. */
function reasonsOf(reasons: Approval['reasons']): string[] {
  return [...groupBy(reasons, ({ owners }) => owners.join('\n'))].map(
    ([, alike]) => `${ownersOf(alike[0])}: ${alike.map(({ text }) => text).join('; ')}`,
  );
}

function ownersOf({ owners }: SharedReason): string {
  return some(owners, MOST_HOLDERS);
}

function labelOf(approval: Approval): string {
  const task = taskOf(approval);
  return task === undefined ? '' : `${task.nodes.key}=${task.nodes.value}`;
}

function row(approval: Approval): string[] {
  const { holders, privileges, reasons, unexplained, seLinuxLevels } = approval;
  const most = unexplained.length > 0 ? Infinity : 4; // nobody must look for what has no reason
  return [
    some(holderNames(holders, most), Math.max(most, MOST_HOLDERS)),
    [...privileges.map(privilegeWords), ...seLinuxLevels.map(seLinuxLevelWords)]
      .map(code)
      .join(', '),
    [
      ...reasonsOf(reasons).map(plain),
      ...(unexplained.length === 0
        ? []
        : [
            `**these manifests give no reason${reasons.length === 0 ? '' : ` for ${unexplained.map(each => code(privilegeWords(each))).join(', ')}`}**`,
          ]),
    ].join('; '),
    imageWords(holders, most),
  ];
}

/** Says which images the holders run; of whom, if they do not all run the same. */
function imageWords(holders: readonly Holder[], most: number): string {
  const groups = [...groupBy(holders, ({ images }) => images.join('\n')).values()].map(alike => ({
    names: some(
      [...new Set(alike.map(({ markedPod }) => code(markedPod.pod.manifest.name)))],
      most,
    ),
    images: alike[0].images.map(code),
  }));
  return groups.length === 1
    ? some(groups[0].images, most)
    : some(
        groups.map(({ names, images }) => `${names}: ${images.join(' and ')}`),
        most,
      );
}

/** Containers with one name are named once, after the last of their workloads. */
function holderNames(holders: readonly Holder[], most: number): string[] {
  const named = groupBy(holders, ({ container }) => container && containerWords(container));
  return [...named].flatMap(([container, alike]) => {
    const workloads = new Set(alike.map(({ markedPod }) => linkedWorkload(markedPod.pod.manifest)));
    const words = some([...workloads], most);
    return container === undefined ? words : `${words}: ${container}`;
  });
}

function containerWords({ name, role }: Required<Holder>['container']): string {
  return `${role === 'init' ? 'init step ' : ''}${code(name)}`;
}

/**
 * Pods reach these directories at every Pod Security level. The volumes of one memory for the same
 * namespaces are one row.
 */
function volumeTable(
  volumes: readonly NodeVolume[],
  marked: MarkedManifests,
  showsRights: boolean,
): string[] {
  const explained = volumes.map(each => ({ ...each, why: volumeReason(each, marked) }));
  const groups = groupBy(explained, ({ path, access, namespace, why }) =>
    [path, access, namespace !== undefined, why].join('\n'),
  );
  const byAccess = [...groups.values()].map(members => ({ members, named: namespacesOf(members) }));
  const byDirectory = groupBy(byAccess, ({ members: [{ path, why }], named }) =>
    [path, why, ...named].join('\n'),
  );
  const rows = [...byDirectory.values()].map(alike => {
    const [{ named }] = alike;
    const members = alike.flatMap(each => each.members);
    const [{ path, why }] = members;
    return [
      code(path),
      alike.map(each => accessWords(each.members[0])).join(', or '),
      named.length === 0 ? '**any namespace that claims it**' : some(named.map(code)),
      why,
      some([...new Set(members.map(each => fileOf(each.manifest)))], 2),
    ];
  });
  return [
    `Any pod in the namespaces below can reach these directories of nodes through a claim, at every Pod Security level. Who may create pods there is up to RBAC: ${showsRights ? 'this page shows only the bindings in these manifests' : 'these manifests have no binding that says so'}.`,
    '',
    ...table(['directory of the node', 'pods may', 'namespace', 'why', 'file'], rows),
  ];
}

function namespacesOf(volumes: readonly NodeVolume[]): string[] {
  return [...new Set(volumes.flatMap(({ namespace }) => namespace ?? []))].sort();
}

function accessWords({ access }: NodeVolume): string {
  return access === 'readOnly' ? 'read' : 'read and **write**';
}

/** Why pods may have a directory, and whether they may do more than was granted. */
function volumeReason(volume: NodeVolume, marked: MarkedManifests): string {
  const grant = seenGrant(marked, volume);
  const claimed = readGrant(volume.manifest)?.directory;
  if (grant === undefined) {
    return `**these manifests give no reason**${claimed === undefined ? '' : `: the annotation of the volume names contract ${code(claimed.contract)}, and no workload that shares this directory for it is among them`}`;
  }
  const { contract, memory, backing } = grant.directory;
  const reason = `contract ${contract}: memory ${memory}${backing === 'existing' ? ', a directory that the contract does not make' : ''}`;
  return grant.isForReading && grant.access === 'readWrite'
    ? `${plain(reason)}; **the grant is for reading, but \`mountOptions\` has no \`ro\`**`
    : plain(reason);
}
