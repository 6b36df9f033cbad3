import type { Pod } from './pod';
import { at, isObject, itemsOf, objectsOf, textOf, type Json } from '../kube/json';
import { DEFAULT_CAPABILITIES, HOST_NAMESPACES, SAFE_SYSCTLS } from '../kube/pod-security';
import type { Container } from '../kube/pod-template';

/** How much a pod may do with a directory of its node. */
export type HostPathAccess = 'notMounted' | 'readOnly' | 'readWrite';

/** Something that a pod can do to its node and an ordinary pod cannot. */
export type HostPrivilege = PrivilegeFacts & {
  /** The container that has it; absent if the whole pod has it. */
  readonly container?: string;
  /** JSON pointer of the field that grants it, in the manifest. */
  readonly pointer: string;
};

/** What kind of privilege it is, and what it is about. */
export type PrivilegeFacts =
  | { readonly kind: 'hostNamespace'; readonly field: (typeof HOST_NAMESPACES)[number] }
  | { readonly kind: 'hostPath'; readonly path: string; readonly access: HostPathAccess }
  | { readonly kind: 'unsafeSysctl'; readonly name: string }
  | { readonly kind: 'rootUser' }
  | { readonly kind: 'unconfinedProfile'; readonly field: (typeof PROFILES)[number] }
  | { readonly kind: 'hostProcess' }
  | { readonly kind: 'seLinuxType'; readonly type: string }
  | { readonly kind: 'privileged' }
  | { readonly kind: 'capability'; readonly name: string; readonly isDefault: boolean }
  | { readonly kind: 'procMount'; readonly value: string }
  | { readonly kind: 'hostPort'; readonly port: string }
  | { readonly kind: 'bidirectionalMount'; readonly mountPath: string };

const PROFILES = ['seccompProfile', 'appArmorProfile'] as const;

/**
 * The host privileges of a pod: what Pod Security "baseline" refuses, capabilities beyond none, a
 * root user that is written, and mounts that reach the node.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
 */
export function hostPrivileges(pod: Pod): HostPrivilege[] {
  return [
    ...ofNamespaces(pod),
    ...ofHostPaths(pod),
    ...ofSysctls(pod),
    ...below(pod.path, ofContext(pod.spec.securityContext)),
    ...pod.containers.flatMap(container =>
      below(pod.pathOf(container), ofContainer(container), container.name),
    ),
  ];
}

/** Privileges whose pointers begin at a pod spec or at a container. */
function below(path: string, found: readonly HostPrivilege[], container?: string): HostPrivilege[] {
  return found.map(each => ({
    ...each,
    pointer: `${path}/${each.pointer}`,
    ...(container === undefined ? {} : { container }),
  }));
}

function ofNamespaces(pod: Pod): HostPrivilege[] {
  return HOST_NAMESPACES.filter(field => pod.is(field)).map(field => ({
    kind: 'hostNamespace',
    field,
    pointer: `${pod.path}/${field}`,
  }));
}

function ofHostPaths(pod: Pod): HostPrivilege[] {
  return pod.volumes.flatMap((volume): HostPrivilege[] => {
    const path = at(volume.json, 'hostPath', 'path');
    if (path === undefined) {
      return [];
    }
    const mounts = pod.mountsOfVolume(volume);
    const mounted = mounts.every(({ readOnly }) => readOnly) ? 'readOnly' : 'readWrite';
    const access = mounts.length === 0 ? 'notMounted' : mounted;
    return [{ kind: 'hostPath', path: textOf(path), access, pointer: `${volume.path}/hostPath` }];
  });
}

function ofSysctls(pod: Pod): HostPrivilege[] {
  const sysctls = objectsOf(pod.at('securityContext', 'sysctls')).map(({ name = '' }, i) => ({
    name: textOf(name),
    i,
  }));
  const unsafe = sysctls.filter(({ name }) => !SAFE_SYSCTLS.includes(name));
  return unsafe.map(({ name, i }) => ({
    kind: 'unsafeSysctl',
    name,
    pointer: `${pod.path}/securityContext/sysctls/${i}`,
  }));
}

/** The privileges of a container; their pointers begin there. */
function ofContainer({ json }: Container): HostPrivilege[] {
  const { securityContext: context, ports, volumeMounts } = json;
  const found = ofContext(context);
  if (at(context, 'privileged') === true) {
    found.push({ kind: 'privileged', pointer: 'securityContext/privileged' });
  }
  for (const [i, added] of itemsOf(at(context, 'capabilities', 'add')).entries()) {
    const name = textOf(added);
    found.push({
      kind: 'capability',
      name,
      isDefault: DEFAULT_CAPABILITIES.includes(name),
      pointer: `securityContext/capabilities/add/${i}`,
    });
  }
  const procMount = at(context, 'procMount');
  if (![undefined, null, '', 'Default'].includes(procMount as string)) {
    found.push({
      kind: 'procMount',
      value: textOf(procMount),
      pointer: 'securityContext/procMount',
    });
  }
  for (const [i, { hostPort }] of objectsOf(ports).entries()) {
    if (hostPort) {
      found.push({ kind: 'hostPort', port: textOf(hostPort), pointer: `ports/${i}/hostPort` });
    }
  }
  for (const [i, { mountPropagation, mountPath }] of objectsOf(volumeMounts).entries()) {
    if (mountPropagation !== 'Bidirectional') {
      continue;
    }
    found.push({
      kind: 'bidirectionalMount',
      mountPath: textOf(mountPath ?? ''),
      pointer: `volumeMounts/${i}/mountPropagation`,
    });
  }
  return found;
}

/**
 * What the security context of a pod and that of a container can both grant; pointers begin beside
 * it.
 */
function ofContext(context: Json | undefined): HostPrivilege[] {
  if (!isObject(context)) {
    return [];
  }
  const found: HostPrivilege[] = [];
  const { runAsUser, windowsOptions, seLinuxOptions } = context;
  if (runAsUser === 0) {
    found.push({ kind: 'rootUser', pointer: 'securityContext/runAsUser' });
  }
  for (const field of PROFILES) {
    const profile = context[field];
    if (isObject(profile) && profile.type === 'Unconfined') {
      found.push({ kind: 'unconfinedProfile', field, pointer: `securityContext/${field}/type` });
    }
  }
  if (isObject(windowsOptions) && windowsOptions.hostProcess === true) {
    found.push({ kind: 'hostProcess', pointer: 'securityContext/windowsOptions/hostProcess' });
  }
  if (isObject(seLinuxOptions) && seLinuxOptions.type === 'spc_t') {
    found.push({
      kind: 'seLinuxType',
      type: 'spc_t',
      pointer: 'securityContext/seLinuxOptions/type',
    });
  }
  return found;
}
