import { at, objectsOf, textOf, type Json } from './json';
import { HOST_NAMESPACES, isIpcSysctl } from './pod-security';
import { containersOf } from './pod-template';
import { parseBytes } from './quantity';

/**
 * A combination of fields that Kubernetes does not accept: the API server rejects the pod, or the
 * kubelet cannot run it.
 */
export interface RefusedCombination {
  readonly field: string;
  readonly given: string;
  readonly allowed: string;
  readonly fix: string;
}

/** Returns the invalid combinations in a pod spec, out of those that sharing memory can cause. */
export function refusedCombinations(podSpec: unknown): RefusedCombination[] {
  const refused: RefusedCombination[] = [];
  const hostIpc = at(podSpec, 'hostIPC') === true;
  for (const field of HOST_NAMESPACES) {
    if (at(podSpec, field) === true && at(podSpec, 'hostUsers') === false) {
      refused.push({
        field: 'hostUsers',
        given: `hostUsers: false with ${field}: true`,
        allowed: `hostUsers absent or true: the API server answers "Forbidden: when hostUsers is false" for ${field}`,
        fix: `remove hostUsers: false, or use a technique without ${field}`,
      });
    }
  }
  for (const sysctl of objectsOf(at(podSpec, 'securityContext', 'sysctls'))) {
    if (hostIpc && isIpcSysctl(textOf(sysctl.name))) {
      refused.push({
        field: 'securityContext.sysctls',
        given: `${sysctl.name} with hostIPC: true`,
        allowed:
          'no sysctl of the IPC namespace: with hostIPC it is the node\'s namespace, and the API server answers "may not be specified when hostIPC is true"',
        fix: `remove ${sysctl.name} from the pod and set it on the node`,
      });
    }
  }
  for (const { name, json } of containersOf(podSpec as Json)) {
    const [own, ofPod] = [json, podSpec].map(of => at(of, 'securityContext'));
    const user = at(own, 'runAsUser') ?? at(ofPod, 'runAsUser');
    const nonRoot = at(own, 'runAsNonRoot') ?? at(ofPod, 'runAsNonRoot');
    if (user === 0 && nonRoot === true) {
      refused.push({
        field: `securityContext.runAsNonRoot of container ${name}`,
        given: 'true with runAsUser: 0',
        allowed:
          'true only with another user: the kubelet does not start a container that runs as root',
        fix: 'write a runAsUser that is not 0 (cdk8s-plus: user); only if the container must be root, and Pod Security "restricted" does not apply to its namespace, write runAsNonRoot: false (cdk8s-plus: ensureNonRoot: false)',
      });
    }
  }
  for (const { name, json } of containersOf(podSpec as Json)) {
    const [request, limit] = ['requests', 'limits'].map(of => at(json, 'resources', of, 'memory'));
    const [asked, most] = [request, limit].map(parseBytes);
    if (asked !== undefined && most !== undefined && asked > most) {
      refused.push({
        field: `resources.requests.memory of container ${name}`,
        given: `${textOf(request)} with a limit of ${textOf(limit)}`,
        allowed:
          'a request of at most the limit: the API server answers "must be less than or equal to memory limit"',
        fix: 'lower the request, or raise the limit',
      });
    }
  }
  if (at(podSpec, 'os', 'name') === 'windows') {
    refused.push({
      field: 'os.name',
      given: 'windows',
      allowed: 'linux: Windows has no shared memory of this kind',
      fix: 'do not attach Windows pods',
    });
  }
  return refused;
}
