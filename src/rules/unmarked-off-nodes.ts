import { selecting, tolerating } from './placement-remedies';
import { inSpec, type RuleMatch } from './rule-match';
import { workloadWords } from './rule-words';
import { at } from '../kube/json';
import { isKnownNodeDirectory } from '../kube/node-directories';
import { cleanPath, realPath } from '../kube/path';
import { DEV_SHM, NODE_OS } from '../kube/well-known';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';
import {
  exclusionFrom,
  nodeLabels,
  selectsOneNode,
  taintsOfNodes,
  toleratedTaints,
  tolerates,
  type Taint,
} from '../sharing/node-placement';
import type { DirectoryUse } from '../sharing/shared-directories';

/**
 * Returns what is found about pods without a mark that use a directory of the node to which, as far
 * as the manifests show, one DaemonSet writes: they wait for it where it does not run, or stay
 * Pending on its tainted nodes.
 */
export function* unmarkedOffNodes({ directories }: MarkedManifests): Iterable<RuleMatch> {
  for (const [path, uses] of directories.directories) {
    const writers = new Set(uses.filter(isOfDaemonSet).map(({ markedPod }) => markedPod));
    if (writers.size !== 1 || isKnownNodeDirectory(path)) {
      continue;
    }
    const [agent] = writers;
    const others = uses.filter(use => use.markedPod !== agent && isUnmarked(use));
    for (const client of new Set(others.map(({ markedPod }) => markedPod))) {
      const isWaitingFor = (use: DirectoryUse) => use.markedPod === client && isWaiting(use);
      const off =
        path !== DEV_SHM && others.some(isWaitingFor) ? offNodesOf(client, agent, path) : [];
      yield* off.length > 0 ? off : intolerantOf(client, agent, path);
    } // /dev/shm is there on each node
  }
}

function isOfDaemonSet({ markedPod, mount }: DirectoryUse): boolean {
  return markedPod.pod.manifest.kind === 'DaemonSet' && !mount.readOnly;
}

/** Checks whether a pod stays in ContainerCreating until somebody else has made the directory. */
function isWaiting({ mount, path }: DirectoryUse): boolean {
  const hostPath = at(mount.volume?.json, 'hostPath');
  const written = at(hostPath, 'path');
  return (
    typeof written === 'string' &&
    at(hostPath, 'type') === 'Directory' &&
    realPath(cleanPath(written)) === path
  );
}

function isUnmarked({ markedPod, mount }: DirectoryUse): boolean {
  const { pod } = markedPod;
  return !markedPod.declares(mount) && !pod.isPartial && !selectsOneNode(pod);
}

function offNodesOf(client: MarkedPod, agent: MarkedPod, path: string): RuleMatch[] {
  const { pod } = client;
  const who = `${writerWords(agent, path)}, runs only on nodes with `;
  const labels = nodeLabels(agent.pod);
  const excluded = exclusionFrom(pod, labels);
  if (excluded) {
    const label = excluded.label.join('=');
    return [
      inSpec(
        client,
        excluded.path,
        `${who}${label}, and this pod, which waits for the directory, runs on none of them`,
        {
          severity: 'warning',
          fix: `if it makes the directory, let the pod run on nodes with ${label}`,
        },
      ),
    ];
  }
  const missing = [...labels].filter(
    ([key, value]) => nodeLabels(pod).get(key) !== value && key !== NODE_OS,
  );
  const taints = taintsOf(agent);
  return missing.length === 0
    ? []
    : [
        inSpec(
          client,
          'nodeSelector',
          `${who}${missing.map(([key, value]) => `${key}=${value}`).join(', ')}, but this pod does not select them: on any other node it stays in ContainerCreating, because with type: Directory it waits for the directory`,
          {
            severity: 'warning',
            fix: `if the DaemonSet makes the directory, add nodeSelector ${missing.map(([key, value]) => `${key}: '${value}'`).join(', ')}`,
            remedies: () => [selecting(pod, missing, taints)],
          },
        ),
      ];
}

/** Returns the finding that a pod selects the nodes of an agent, but cannot run there. */
function intolerantOf(client: MarkedPod, agent: MarkedPod, path: string): RuleMatch[] {
  const { pod } = client;
  const selected = nodeLabels(pod);
  const missing = taintsOf(agent).filter(
    taint => selected.get(taint.key) === taint.value && !tolerates(pod, taint),
  );
  const tainted = missing.at(0);
  return tainted === undefined
    ? []
    : [
        inSpec(
          client,
          'tolerations',
          `${writerWords(agent, path)}, tolerates taint ${tainted.key} on nodes with ${tainted.key}=${tainted.value}, which this pod selects without tolerating it: if they are tainted, it stays Pending`,
          {
            severity: 'warning',
            fix: `if the nodes have the taint, add the toleration of ${tainted.key} that the DaemonSet has`,
            remedies: () => [tolerating(pod, missing)],
          },
        ),
      ];
}

/** Returns the taints that an agent tolerates and whose name is that of a label of its nodes. */
function taintsOf({ pod }: MarkedPod): Taint[] {
  return taintsOfNodes(nodeLabels(pod), toleratedTaints(pod));
}

function writerWords(agent: MarkedPod, path: string): string {
  return `${workloadWords(agent.pod.manifest)}, the only one that can write to ${path}`;
}
