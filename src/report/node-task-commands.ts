import { inNamespace, nameOf, podsOf, quoted, tries } from './shell-commands';
import type { Manifest } from '../kube/manifest';
import type { ReadNodeTask, TaskKind } from '../model/node/node-task';
import type { MarkedManifests } from '../sharing/marked-manifests';

/** A DaemonSet that does something once on each node that is labeled for it. */
export interface FoundTask {
  readonly manifest: Manifest;
  readonly task: ReadNodeTask;
}

/** Returns the tasks of a kind. */
export function tasksOf({ tasks }: MarkedManifests, kind: TaskKind): FoundTask[] {
  return tasks.flatMap(({ pod: { manifest }, task }) =>
    task?.task === kind ? [{ manifest, task }] : [],
  );
}

/** Returns the tasks of a kind for a contract. */
export function tasksFor(
  marked: MarkedManifests,
  kind: TaskKind,
  contract: { readonly name: string; readonly namespace: string },
): FoundTask[] {
  return tasksOf(marked, kind).filter(
    ({ manifest, task }) =>
      manifest.namespace === contract.namespace && task.contracts.includes(contract.name),
  );
}

/**
 * Returns the commands that give a task to one node, `$NODE`, show the result, and remove the label
 * again.
 */
export function runOn({ manifest, task }: FoundTask): string[] {
  const label = `${task.nodes.key}=${task.nodes.value}`;
  return [
    `pod() { ${podsOf(manifest)} --field-selector spec.nodeName="$NODE" -o name; }`,
    `kubectl label node "$NODE" ${quoted(label)}`,
    tries('[ -n "$(pod)" ]', {
      times: 60,
      gaveUp: `no pod after a minute: is ${nameOf(manifest)} applied?`,
    }),
    `kubectl wait${inNamespace(manifest)} "$(pod)" --for=condition=Ready --timeout=120s || echo 'not ready: the logs say why'`,
    `kubectl logs${inNamespace(manifest)} "$(pod)" --all-containers --ignore-errors`,
    `kubectl label node "$NODE" ${quoted(`${task.nodes.key}-`)}`,
  ];
}

/**
 * Returns the commands that give a task to all nodes of some pools, and remove it when all are
 * done.
 */
export function runOnAll({ manifest, task }: FoundTask, pools: readonly string[]): string[] {
  const { key, value } = task.nodes;
  // -eq, because wc of macOS writes spaces before the number
  return [
    ...pools.map(
      pool => `kubectl label nodes -l ${quoted(pool)} --overwrite ${quoted(`${key}=${value}`)}`,
    ),
    `ready() { kubectl get${inNamespace(manifest)} ${nameOf(manifest)} -o 'jsonpath={.status.numberReady}'; }`,
    tries(
      `[ "$(ready)" -eq "$(kubectl get nodes -l ${quoted(`${key}=${value}`)} -o name | wc -l)" ]`,
      {
        ...{ times: 300, seconds: 2 },
        gaveUp: 'not done on all nodes after 10 minutes: the next lines say where, and why',
      },
    ),
    `${podsOf(manifest)} -o wide   # a node is done if its pod is 1/1; if it is not, its logs say why`,
    `${podsOf(manifest).replace('get pods', 'logs')} --all-containers --prefix`,
    `kubectl label nodes -l ${quoted(`${key}=${value}`)} ${quoted(`${key}-`)}`,
  ];
}
