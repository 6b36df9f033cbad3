import { selecting } from './placement-remedies';
import { inSpec, type RuleMatch } from './rule-match';
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
  toleratedTaints,
} from '../sharing/node-placement';
import type { DirectoryUse } from '../sharing/shared-directories';

/**
 * Returns what is found about pods without a mark that wait for a directory of the node which, as
 * far as the manifests show, one DaemonSet makes: it does not run where they can run.
 */
export function* unmarkedOffNodes({ directories }: MarkedManifests): Iterable<RuleMatch> {
  for (const [path, uses] of directories.directories) {
    const writers = new Set(uses.filter(isOfDaemonSet).map(({ markedPod }) => markedPod));
    if (writers.size !== 1 || path === DEV_SHM || isKnownNodeDirectory(path)) {
      continue;
    } // /dev/shm is there on each node
    const [agent] = writers;
    const clients = uses.filter(use => use.markedPod !== agent && isWaiting(use));
    for (const client of new Set(clients.map(({ markedPod }) => markedPod))) {
      yield* offNodesOf(client, agent, path);
    }
  }
}

function isOfDaemonSet({ markedPod, mount }: DirectoryUse): boolean {
  return markedPod.pod.manifest.kind === 'DaemonSet' && !mount.readOnly;
}

/** Checks whether a pod stays in ContainerCreating until somebody else has made the directory. */
function isWaiting({ markedPod, mount, path }: DirectoryUse): boolean {
  const hostPath = at(mount.volume?.json, 'hostPath');
  const written = at(hostPath, 'path');
  return (
    typeof written === 'string' &&
    at(hostPath, 'type') === 'Directory' &&
    realPath(cleanPath(written)) === path &&
    !markedPod.declares(mount) &&
    !markedPod.pod.isPartial &&
    !selectsOneNode(markedPod.pod)
  );
}

function offNodesOf(client: MarkedPod, agent: MarkedPod, path: string): RuleMatch[] {
  const { pod } = client;
  const { namespace, name } = agent.pod.manifest;
  const who = `DaemonSet ${namespace === undefined ? '' : `${namespace}/`}${name}, the only one that can write to ${path}, runs only on nodes with `;
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
  const taints = toleratedTaints(agent.pod)
    .filter(({ key }) => labels.has(key))
    .map(taint => ({ ...taint, value: labels.get(taint.key) }));
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
