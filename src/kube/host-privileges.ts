import { at, itemsOf, objectsOf, textOf, type Json } from './json';
import type { Pod } from './pod';
import { DEFAULT_CAPABILITIES, SAFE_SYSCTLS } from './pod-security';
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
  for (const field of ['hostIPC', 'hostPID', 'hostNetwork']) { if (pod.is(field)) { found.push({ what: field, path: `${pod.path}/${field}` }); } }
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
  found.push(...ofContext(pod.at('securityContext'), `${pod.path}/securityContext`));
  for (const container of pod.containers) {
    found.push(...ofContainer(pod, container).map(privilege => ({ ...privilege, container: container.name })));
  }
  return found;
}

function ofContainer(pod: Pod, container: Container): HostPrivilege[] {
  const path = pod.pathOf(container);
  const context = at(container.json, 'securityContext');
  const inContext = `${path}/securityContext`;
  const found = ofContext(context, inContext);
  if (at(context, 'privileged') === true) { found.push({ what: 'privileged', path: `${inContext}/privileged` }); }
  for (const [i, added] of itemsOf(at(context, 'capabilities', 'add')).entries()) {
    const beyond = DEFAULT_CAPABILITIES.includes(textOf(added)) ? '' : ', which no container has by default';
    found.push({ what: `capability ${textOf(added)}${beyond}`, path: `${inContext}/capabilities/add/${i}` });
  }
  if (![undefined, null, '', 'Default'].includes(at(context, 'procMount') as string)) { found.push({ what: `procMount ${textOf(at(context, 'procMount'))}`, path: `${inContext}/procMount` }); }
  for (const [i, port] of objectsOf(container.json.ports).entries()) {
    if (port.hostPort) { found.push({ what: `hostPort ${textOf(port.hostPort)}`, path: `${path}/ports/${i}/hostPort` }); }
  }
  for (const [i, mount] of objectsOf(container.json.volumeMounts).entries()) {
    if (mount.mountPropagation === 'Bidirectional') { found.push({ what: `mountPropagation Bidirectional at ${textOf(mount.mountPath ?? '')}`, path: `${path}/volumeMounts/${i}/mountPropagation` }); }
  }
  return found;
}

/** What the securityContext of a pod and that of a container may say alike. */
function ofContext(context: Json | undefined, path: string): HostPrivilege[] {
  const found: HostPrivilege[] = [];
  if (at(context, 'runAsUser') === 0) { found.push({ what: 'user root', path: `${path}/runAsUser` }); }
  for (const profile of ['seccompProfile', 'appArmorProfile']) {
    if (at(context, profile, 'type') === 'Unconfined') { found.push({ what: `${profile} Unconfined`, path: `${path}/${profile}/type` }); }
  }
  if (at(context, 'windowsOptions', 'hostProcess') === true) { found.push({ what: 'hostProcess', path: `${path}/windowsOptions/hostProcess` }); }
  const type = at(context, 'seLinuxOptions', 'type');
  if (type === 'spc_t') { found.push({ what: 'SELinux type spc_t', path: `${path}/seLinuxOptions/type` }); }
  return found;
}
