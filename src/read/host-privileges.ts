import type { Pod } from './pod';
import {
  at,
  isObject,
  itemsOf,
  objectsOf,
  pointer,
  textOf,
  type Json,
  type JsonObject,
} from '../kube/json';
import {
  APPARMOR_ANNOTATION,
  DEFAULT_CAPABILITIES,
  HOST_NAMESPACES,
  SAFE_SYSCTLS,
  SELINUX_TYPES,
} from '../kube/pod-security';
import type { Container } from '../kube/pod-template';

const HOST_PATH_ACCESSES = ['notMounted', 'readOnly', 'readWrite'] as const;

/** How a pod mounts a directory of its node. */
export type HostPathAccess = (typeof HOST_PATH_ACCESSES)[number];

/** Checks whether one access to a directory of the node allows more than another one. */
export function isWiderAccess(access: HostPathAccess, than: HostPathAccess): boolean {
  return HOST_PATH_ACCESSES.indexOf(access) > HOST_PATH_ACCESSES.indexOf(than);
}

/** A privilege that gives a pod access to its node which ordinary pods do not have. */
export type HostPrivilege = PrivilegeFacts & {
  /** Name of the container that has the privilege. Absent if the whole pod has it. */
  readonly container?: string;
  /** JSON pointer, in the manifest, of the field that grants the privilege. */
  readonly pointer: string;
};

/** The kind of a privilege and its details. */
export type PrivilegeFacts =
  | { readonly kind: 'hostNamespace'; readonly field: (typeof HOST_NAMESPACES)[number] }
  | { readonly kind: 'hostPath'; readonly path: string; readonly access: HostPathAccess }
  | { readonly kind: 'unsafeSysctl'; readonly name: string }
  | { readonly kind: 'rootUser' }
  | { readonly kind: 'unconfinedProfile'; readonly field: (typeof PROFILES)[number] }
  | { readonly kind: 'hostProcess' }
  | { readonly kind: 'seLinuxType'; readonly type: string }
  | { readonly kind: 'seLinuxIdentity'; readonly field: 'user' | 'role'; readonly value: string }
  | { readonly kind: 'privileged' }
  | { readonly kind: 'capability'; readonly name: string; readonly isDefault: boolean }
  | { readonly kind: 'procMount'; readonly value: string }
  | { readonly kind: 'hostPort'; readonly port: string }
  | { readonly kind: 'bidirectionalMount'; readonly mountPath: string };

const PROFILES = ['seccompProfile', 'appArmorProfile'] as const;

/**
 * Returns the host privileges of a pod: fields that Pod Security "baseline" forbids because they
 * give access to the node, every added capability, an explicit root user, and mounts that propagate
 * to the node.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
 */
export function hostPrivileges(pod: Pod): HostPrivilege[] {
  return [
    ...ofNamespaces(pod),
    ...ofHostPaths(pod),
    ...ofSysctls(pod),
    ...ofAnnotations(pod),
    ...below(pod.path, ofContext(pod.spec.securityContext)),
    ...pod.containers.flatMap(container =>
      below(pod.pathOf(container), ofContainer(container), container.name),
    ),
  ];
}

/**
 * Prefixes the pointers of privileges, which are relative to a pod spec or a container, with the
 * pointer of that pod spec or container.
 */
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

/** Returns the containers whose AppArmor profile an annotation of the pod removes. */
function ofAnnotations(pod: Pod): HostPrivilege[] {
  const { annotations } = pod.metadata;
  return pod.containers
    .filter(({ name }) => at(annotations, APPARMOR_ANNOTATION + name) === 'unconfined')
    .map(({ name }) => ({
      kind: 'unconfinedProfile',
      field: 'appArmorProfile',
      container: name,
      pointer: `${pod.path.replace(/\/spec$/, '')}${pointer('metadata', 'annotations', APPARMOR_ANNOTATION + name)}`,
    }));
}

/** Returns the privileges of a container. Their pointers are relative to the container. */
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
 * Returns the privileges that the security contexts of pods and containers can both grant. Their
 * pointers are relative to the object that contains the security context.
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
  return isObject(seLinuxOptions) ? [...found, ...ofSeLinux(seLinuxOptions)] : found;
}

/** What Pod Security "baseline" refuses of SELinux options: other types, users and roles. */
function ofSeLinux(options: JsonObject): HostPrivilege[] {
  const pathOf = (field: string) => `securityContext/seLinuxOptions/${field}`;
  const type = textOf(options.type ?? '');
  const identity = (['user', 'role'] as const).flatMap((field): HostPrivilege[] => {
    const value = textOf(options[field] ?? '');
    return value === '' ? [] : [{ kind: 'seLinuxIdentity', field, value, pointer: pathOf(field) }];
  });
  return SELINUX_TYPES.includes(type)
    ? identity
    : [{ kind: 'seLinuxType', type, pointer: pathOf('type') }, ...identity];
}
