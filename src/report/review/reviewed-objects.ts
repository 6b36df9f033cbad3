import { workload } from './markdown';
import type { ReviewModel } from './review-model';
import {
  at,
  canonical,
  isObject,
  objectsOf,
  textOf,
  type Json,
  type JsonObject,
} from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import { APPARMOR_ANNOTATION } from '../../kube/pod-security';
import type { Container } from '../../kube/pod-template';
import { quantityKey } from '../../kube/quantity';
import { PREFIX } from '../../model/annotation-codec';
import { nodeVolumes } from '../../read/node-volumes';
import type { Pod } from '../../read/pod';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import type { MarkedPod } from '../../sharing/marked-pod';
import { containerReaches } from '../../sharing/memory-reach';

/**
 * Returns one text for each object that the page is about, with everything that a reviewer approves
 * of it. An object that is there twice is there twice. Sorted, so that the order of the objects
 * makes no difference.
 *
 * - Of a pod with host privileges, or of a node task: the whole pod spec.
 * - Of another pod that shares memory: who it is, and its spec without what it runs, which changes
 *   with each release of an app although nothing changes that was approved.
 * - All of the other objects.
 */
export function reviewedObjects(model: ReviewModel): string[] {
  const { marked, approvals } = model;
  const privileged = new Set(
    approvals.flatMap(({ holders }) => holders.map(({ markedPod }) => markedPod)),
  );
  const reaches = containerReaches(marked);
  const pods = marked.pods.filter(
    each =>
      privileged.has(each) ||
      each.usesMemory ||
      marked.sharesMemory(each) ||
      each.pod.containers.some(container => reaches.has(container)),
  );
  return [
    ...pods.map(each => canonical(withSameQuantities(podFacts(each, privileged.has(each))))),
    ...[...otherObjects(model, [...privileged])].map(({ json }) =>
      canonical(withSameQuantities(json)),
    ),
  ].sort();
}

/** Fields that hold quantities by the names of resources. */
const RESOURCES = ['limits', 'requests', 'hard', 'capacity', 'max', 'min', 'default'];

/** Returns a copy in which equal quantities are one text: `128Mi` and `131072Ki`. */
function withSameQuantities(json: Json, isResources = false): Json {
  if (Array.isArray(json)) {
    return json.map(each => withSameQuantities(each));
  }
  if (!isObject(json)) {
    return json;
  }
  const entries = Object.entries(json).flatMap(([key, value]): [string, Json][] =>
    value === undefined
      ? []
      : [
          [
            key,
            (isResources || key === 'sizeLimit' ? quantityKey(value) : undefined) ??
              withSameQuantities(value, RESOURCES.includes(key)),
          ],
        ],
  );
  return Object.fromEntries(entries);
}

function podFacts({ pod }: MarkedPod, isWhole: boolean): JsonObject {
  const annotations = Object.entries(at(pod.manifest.json, 'metadata', 'annotations') ?? {});
  const appArmor = Object.entries(at(pod.metadata, 'annotations') ?? {}).filter(([key]) =>
    key.startsWith(APPARMOR_ANNOTATION),
  );
  return {
    workload: workload(pod.manifest),
    at: pod.path,
    annotations: Object.fromEntries(annotations.filter(([key]) => key.startsWith(PREFIX))),
    ...(appArmor.length === 0 ? {} : { appArmor: Object.fromEntries(appArmor) }),
    spec: isWhole ? pod.spec : withoutProgram(pod),
  };
}

/** What containers run, what they are configured with, and what the scheduler counts besides. */
const PROGRAM = [
  ...['image', 'imagePullPolicy', 'command', 'args', 'workingDir', 'env', 'envFrom', 'ports'],
  ...['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'],
  ...['terminationMessagePath', 'terminationMessagePolicy'],
];
const CONFIGURATION = ['configMap', 'secret', 'projected', 'downwardAPI'];

function withoutProgram({ spec, containers }: Pod): JsonObject {
  const others = Object.entries(spec).filter(
    ([key]) => !['containers', 'initContainers', 'ephemeralContainers', 'volumes'].includes(key),
  );
  return {
    ...Object.fromEntries(others),
    containers: containers.map(containerFacts),
    volumes: objectsOf(spec.volumes).filter(volume =>
      CONFIGURATION.every(type => volume[type] === undefined),
    ),
  };
}

function containerFacts({ json, role, path }: Container): JsonObject {
  const own = Object.entries(json).filter(([key]) => !PROGRAM.includes(key) && key !== 'resources');
  const memoryOf = (field: string) =>
    Object.fromEntries(
      Object.entries(at(json, 'resources', field) ?? {}).filter(([key]) =>
        /^(memory$|hugepages-)/.test(key),
      ),
    );
  return {
    ...Object.fromEntries(own),
    ...{ role, path: [...path] as Json },
    ...{ limits: memoryOf('limits'), requests: memoryOf('requests') },
  };
}

/** Returns the other objects that the page answers for. */
function otherObjects(
  { marked, guardrails, nodePermissions, podPermissions, otherPermissions, levels }: ReviewModel,
  privileged: readonly MarkedPod[],
): Set<Manifest> {
  const { set } = marked;
  const volumes = new Set(nodeVolumes(set).map(({ manifest }) => manifest));
  const namespaces = levels.map(({ namespace }) => namespace);
  return new Set([
    ...volumes,
    ...set.ofKind('PersistentVolumeClaim').filter(({ namespace, name }) => {
      const volume = set.volumeBehind(namespace, name);
      return volume !== undefined && volumes.has(volume);
    }),
    ...guardrails.flatMap(({ policy, bindings }) => [policy, ...bindings.map(b => b.manifest)]),
    ...injectingPolicies(marked),
    ...[nodePermissions, podPermissions, otherPermissions].flatMap(all =>
      all.flatMap(({ manifests }) => manifests),
    ),
    ...['ResourceQuota', 'LimitRange']
      .flatMap(kind => set.ofKind(kind))
      .filter(({ namespace }) => namespaces.includes(namespace ?? '')),
    ...set.ofKind('Namespace').filter(({ name }) => namespaces.includes(name)),
    ...classesOf(marked),
    ...configurationOf(marked, privileged),
  ]);
}

function injectingPolicies({ set, injections }: MarkedManifests): Manifest[] {
  const policies = injections.flatMap(({ policy }) => policy ?? []);
  const names = policies.map(({ name }) => name);
  const bindings = set
    .ofKind('MutatingAdmissionPolicyBinding')
    .filter(({ json }) => names.includes(textOf(at(json, 'spec', 'policyName') ?? '')));
  return [...policies, ...bindings];
}

/** The priority classes of agents. */
function classesOf({ set, pods }: MarkedManifests): Manifest[] {
  const names = pods
    .filter(({ marks }) => marks.some(({ side }) => side === 'agent'))
    .map(({ pod }) => textOf(pod.at('priorityClassName') ?? ''));
  return set.ofKind('PriorityClass').filter(({ name }) => names.includes(name));
}

/** The ConfigMaps that pods with host privileges mount, or from which they get variables. */
function configurationOf({ set }: MarkedManifests, privileged: readonly MarkedPod[]): Manifest[] {
  const used = new Set(
    privileged.flatMap(({ pod }) => {
      const names = [
        ...objectsOf(pod.at('volumes')).flatMap(volume => [
          at(volume, 'configMap', 'name'),
          ...objectsOf(at(volume, 'projected', 'sources')).map(s => at(s, 'configMap', 'name')),
        ]),
        ...pod.containers.flatMap(({ json }) => [
          ...objectsOf(json.envFrom).map(each => at(each, 'configMapRef', 'name')),
          ...objectsOf(json.env).map(each => at(each, 'valueFrom', 'configMapKeyRef', 'name')),
        ]),
      ];
      return names.map(name => `${pod.manifest.namespace ?? ''}/${textOf(name ?? '')}`);
    }),
  );
  return set
    .ofKind('ConfigMap')
    .filter(({ namespace, name }) => used.has(`${namespace ?? ''}/${name}`));
}
