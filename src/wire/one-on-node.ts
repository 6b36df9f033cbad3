import { dotted, type Draft } from './draft';
import { at, isObject, objectsOf, textOf, type JsonObject } from '../kube/json';
import { isEmptySelector, selects } from '../kube/selector';
import { NODE_HOSTNAME } from '../kube/well-known';

/**
 * Checks that no two pods of a Deployment or a StatefulSet can be on one node. The update strategy
 * `Recreate` is not enough: the new pod can start while an old one still terminates.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#recreate-deployment
 */
export function checkOneOnNode(draft: Draft, owner: string): void {
  const kind = textOf(draft.get(['kind']) ?? '');
  const replicas = draft.get(['spec', 'replicas']) ?? 1;
  if ((kind === 'StatefulSet' && replicas === 1) || hasHostPort(draft) || avoidsItself(draft)) {
    return;
  }
  draft.problem(
    'SHM008',
    dotted(draft.podPlace),
    `a ${kind}${replicas === 1 ? '' : ` with ${textOf(replicas)} replicas`}, of which two pods can be on one node`,
    `for the agent of ${owner}: a StatefulSet with one replica, a required podAntiAffinity to its own pods with topologyKey ${NODE_HOSTNAME}, or a hostPort`,
    'add the podAntiAffinity; strategy Recreate is not enough, because a new pod can start while an old one terminates',
  );
}

function hasHostPort(draft: Draft): boolean {
  return draft.containers.some(({ path, role }) => {
    const ports = objectsOf(draft.get([...draft.podPlace, ...path, 'ports']));
    const isHostNetwork = at(draft.pod, 'hostNetwork') === true;
    return (
      (role === 'container' || role === 'sidecar') &&
      ports.some(port => Boolean(port.hostPort) || (isHostNetwork && Boolean(port.containerPort)))
    );
  });
}

function avoidsItself(draft: Draft): boolean {
  const labels = draft.get([...draft.podPlace.slice(0, -1), 'metadata', 'labels']);
  const terms = objectsOf(
    at(draft.pod, 'affinity', 'podAntiAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'),
  );
  return terms.some(
    ({ topologyKey, labelSelector, namespaces, namespaceSelector, ...keys }) =>
      topologyKey === NODE_HOSTNAME &&
      namespaces === undefined &&
      namespaceSelector === undefined &&
      // with these, pods of an older revision may not be meant
      keys.matchLabelKeys === undefined &&
      keys.mismatchLabelKeys === undefined &&
      isObject(labelSelector) &&
      !isEmptySelector(labelSelector) &&
      selects(labelSelector, isObject(labels) ? (labels as JsonObject) : {}),
  );
}
