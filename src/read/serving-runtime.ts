import type { ManifestSet } from './manifest-set';
import type { Pod } from './pod';
import type { Container } from '../kube/pod-template';

/** The name of the container of a ServingRuntime that serves the model. */
const SERVER = 'kserve-container';

/** The pod of a ServingRuntime, with the container that serves the model. */
export interface ServingRuntime {
  readonly pod: Pod;
  readonly container: Container;
}

/** Returns the name of the runtime in the `model` of an InferenceService. Absent if it has none. */
export function runtimeNameOf(pod: Pod, container: Container): string | undefined {
  const { runtime } = container.json;
  return pod.joinedWith !== undefined && typeof runtime === 'string' ? runtime : undefined;
}

/**
 * Returns the ServingRuntime that the `model` of an InferenceService names. Absent if it is not in
 * the set. KServe looks for a ServingRuntime in the namespace before a ClusterServingRuntime, and
 * merges the two containers.
 *
 * @see https://kserve.github.io/website/docs/concepts/resources/servingruntime
 */
export function servingRuntimeOf(
  set: ManifestSet,
  pod: Pod,
  container: Container,
): ServingRuntime | undefined {
  const name = runtimeNameOf(pod, container);
  if (name === undefined) {
    return undefined;
  }
  const manifest =
    set
      .ofKind('ServingRuntime')
      .find(each => each.name === name && each.namespace === pod.manifest.namespace) ??
    set.ofKind('ClusterServingRuntime').find(each => each.name === name);
  const found = manifest && set.pods.find(each => each.manifest === manifest);
  const server = found?.containers.find(each => each.name === SERVER) ?? found?.containers.at(0);
  return found && server ? { pod: found, container: server } : undefined;
}
