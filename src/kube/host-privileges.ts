import { at, isObject, itemsOf, objectsOf, textOf, type Json } from './json';
import type { Pod } from './pod';
import { DEFAULT_CAPABILITIES, HOST_NAMESPACES, SAFE_SYSCTLS } from './pod-security';
import type { Container } from './pod-template';

/** Something of the node that a pod has, and an ordinary pod has not. */
export interface HostPrivilege {
  /** In the words of Kubernetes, with what it is about: `hostIPC`, `hostPath /dev/shm, read-only`, `capability CHOWN`. */
  readonly what: string;
  /** The container that has it; absent where the whole pod does. */
  readonly container?: string;
  /** JSON pointer of the field, in the manifest. */
  readonly path: string;
}

/**
 * The host privileges of a pod: what Pod Security "baseline" refuses, capabilities beyond none, a root user that is written, and mounts that reach the node.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
 */
export function hostPrivileges(pod: Pod): HostPrivilege[] {
  const found: HostPrivilege[] = [];
  for (const field of HOST_NAMESPACES) { if (pod.is(field)) { found.push({ what: field, path: `${pod.path}/${field}` }); } }
  for (const volume of pod.volumes) {
    const directory = at(volume.json, 'hostPath', 'path');
    if (directory === undefined) { continue; }
    const mounts = pod.mountsOfVolume(volume);
    const use = mounts.length === 0 ? ', not mounted' : mounts.every(({ readOnly }) => readOnly) ? ', read-only' : '';
    found.push({ what: `hostPath ${textOf(directory)}${use}`, path: `${volume.path}/hostPath` });
  }
  for (const [i, { name = '' }] of objectsOf(pod.at('securityContext', 'sysctls')).entries()) {
    if (!SAFE_SYSCTLS.includes(textOf(name))) { found.push({ what: `unsafe sysctl ${textOf(name)}`, path: `${pod.path}/securityContext/sysctls/${i}` }); }
  }
  for (const { what, path } of ofContext(pod.spec.securityContext)) { found.push({ what, path: `${pod.path}/${path}` }); }
  for (const container of pod.containers) {
    for (const { what, path } of ofContainer(container)) { found.push({ what, path: `${pod.pathOf(container)}/${path}`, container: container.name }); }
  }
  return found;
}

/** The privileges that stand in a container, by their pointers in it. */
function ofContainer({ json }: Container): HostPrivilege[] {
  const { securityContext: context, ports, volumeMounts } = json;
  const found = ofContext(context);
  if (at(context, 'privileged') === true) { found.push({ what: 'privileged', path: 'securityContext/privileged' }); }
  for (const [i, added] of itemsOf(at(context, 'capabilities', 'add')).entries()) {
    const beyond = DEFAULT_CAPABILITIES.includes(textOf(added)) ? '' : ', which no container has by default';
    found.push({ what: `capability ${textOf(added)}${beyond}`, path: `securityContext/capabilities/add/${i}` });
  }
  const procMount = at(context, 'procMount');
  if (![undefined, null, '', 'Default'].includes(procMount as string)) { found.push({ what: `procMount ${textOf(procMount)}`, path: 'securityContext/procMount' }); }
  for (const [i, { hostPort }] of objectsOf(ports).entries()) {
    if (hostPort) { found.push({ what: `hostPort ${textOf(hostPort)}`, path: `ports/${i}/hostPort` }); }
  }
  for (const [i, { mountPropagation, mountPath }] of objectsOf(volumeMounts).entries()) {
    if (mountPropagation === 'Bidirectional') { found.push({ what: `mountPropagation Bidirectional at ${textOf(mountPath ?? '')}`, path: `volumeMounts/${i}/mountPropagation` }); }
  }
  return found;
}

/** What the securityContext of a pod and that of a container may say alike, by pointers beside it. */
function ofContext(context: Json | undefined): HostPrivilege[] {
  if (!isObject(context)) { return []; }
  const found: HostPrivilege[] = [];
  const { runAsUser, windowsOptions, seLinuxOptions } = context;
  if (runAsUser === 0) { found.push({ what: 'user root', path: 'securityContext/runAsUser' }); }
  for (const field of PROFILES) {
    const profile = context[field];
    if (isObject(profile) && profile.type === 'Unconfined') { found.push({ what: `${field} Unconfined`, path: `securityContext/${field}/type` }); }
  }
  if (isObject(windowsOptions) && windowsOptions.hostProcess === true) { found.push({ what: 'hostProcess', path: 'securityContext/windowsOptions/hostProcess' }); }
  if (isObject(seLinuxOptions) && seLinuxOptions.type === 'spc_t') { found.push({ what: 'SELinux type spc_t', path: 'securityContext/seLinuxOptions/type' }); }
  return found;
}

const PROFILES = ['seccompProfile', 'appArmorProfile'];
