import { ApiObject, Chart } from 'cdk8s';
import { show, type Problem } from '../../errors';
import { at, isObject, textOf, type Json, type JsonObject } from '../../kube/json';
import { selects, serviceSelector } from '../../kube/selector';
import { previewJson } from '../../wire/hook';

/**
 * Finds the problems around two Deployments that are one workload: an object that is meant for both
 * must select both, and an object that is meant for one must not select the other.
 *
 * @param isGone whether everything has been shifted, so that an object may select the new
 * Deployment alone
 */
export function shiftConflicts(from: ApiObject, to: ApiObject, isGone: boolean): Problem[] {
  const [old, young] = [previewJson(from), previewJson(to)];
  const sides = [
    { object: from, labels: labelsOf(old) },
    { object: to, labels: labelsOf(young) },
  ];
  const problems: Problem[] = [];
  const wrong = (field: string, given: string, allowed: string, fix: string) =>
    problems.push({ code: 'SHM007', field, given, allowed, fix });
  for (const [selecting, selected] of [
    [{ object: from, json: old }, sides[1]],
    [{ object: to, json: young }, sides[0]],
  ] as const) {
    if (!selects(at(selecting.json, 'spec', 'selector'), selected.labels)) {
      continue;
    }
    wrong(
      'selector',
      `${show(at(selecting.json, 'spec', 'selector'))} of ${selecting.object.name}, which also selects the pods of ${selected.object.name}`,
      'selectors that have no pod in common',
      'give the pods of the new Deployment another value of a label in the old selector, which cannot change as long as the Deployment lives; let the Service select by a label that both have (adding it to the old pods restarts them once)',
    );
  }
  for (const object of neighbours(from)) {
    const json = object.toJson() as JsonObject;
    if (object.kind === 'HorizontalPodAutoscaler') {
      const target = at(json, 'spec', 'scaleTargetRef', 'name');
      if (sides.every(side => side.object.name !== target)) {
        continue;
      }
      wrong(
        'replicas',
        `HorizontalPodAutoscaler ${object.name} also sets the replicas of ${textOf(target)}`,
        'replicas that only the WorkloadShift sets',
        'leave the autoscaler out while the workload is shifted, and set replicas for its peak; then let it scale the new Deployment',
      );
      continue;
    }
    const selector =
      object.kind === 'Service'
        ? serviceSelector(at(json, 'spec', 'selector'))
        : at(json, 'spec', 'selector');
    const has = sides.filter(({ labels }) => selects(selector, labels));
    if (has.length !== 1 || (isGone && has[0].object === to)) {
      continue;
    }
    const [missing] = sides.filter(side => side !== has[0]);
    wrong(
      object.kind === 'Service' ? 'service' : 'podDisruptionBudget',
      `${object.kind} ${object.name} with selector ${show(at(json, 'spec', 'selector'))}, which selects only the pods of ${has[0].object.name}`,
      `a selector that also selects the pods of ${missing.object.name}: ${show(Object.fromEntries(common(sides[0].labels, sides[1].labels)))}`,
      'give the pods of both the same label, and select by it',
    );
  }
  return problems;
}

/** Services, budgets and autoscalers of the app in the namespace of an object. */
function neighbours(object: ApiObject): ApiObject[] {
  const kinds = ['Service', 'PodDisruptionBudget', 'HorizontalPodAutoscaler'];
  const objects = object.node.root.node
    .findAll()
    .filter((each): each is ApiObject => ApiObject.isApiObject(each));
  return objects.filter(
    each =>
      kinds.includes(each.kind) &&
      Chart.of(each) === Chart.of(object) &&
      namespaceOf(each) === namespaceOf(object),
  );
}

function namespaceOf(object: ApiObject): string | undefined {
  return object.metadata.namespace ?? Chart.of(object).namespace;
}

function labelsOf(deployment: JsonObject): JsonObject {
  const labels = at(deployment, 'spec', 'template', 'metadata', 'labels');
  return isObject(labels) ? labels : {};
}

function common(a: JsonObject, b: JsonObject): [string, Json | undefined][] {
  return Object.entries(a).filter(([key, value]) => b[key] === value);
}
