import { at, isObject, itemsOf, objectsOf, textOf, type Json, type JsonObject } from './json';
import type { Manifest } from './manifest';
import { containersOf, volumeType, type Container } from './pod-template';
import { POD_SECURITY_ENFORCE } from './well-known';

/** A field that violates a Pod Security level. */
export interface Violation {
  readonly field: string;
  readonly given: Json | undefined;
  readonly allowed: string;
}

type Refuse = (field: string, given: Json | undefined, allowed: string) => void;

const VOLUME_TYPES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
/** Sysctls that only affect the pod itself. Kubernetes allows any pod to set them. */
export const SAFE_SYSCTLS = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
  'net.ipv4.tcp_slow_start_after_idle',
  'net.ipv4.tcp_notsent_lowat',
];
/**
 * Checks whether a sysctl belongs to the IPC namespace. With hostIPC, that is the namespace of the
 * node, and the API server rejects a pod that sets the sysctl.
 */
export function isIpcSysctl(name: string): boolean {
  return /^(kernel[./](shm|sem|msg)|fs[./]mqueue[./])/.test(name);
}

/**
 * Prefix of the annotations of a pod that set the AppArmor profile of a container. From Kubernetes
 * 1.30 on they are deprecated, but the API server still copies them to the field `appArmorProfile`.
 */
export const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP = ['RuntimeDefault', 'Localhost'];
/** The SELinux types that "baseline" allows. */
export const SELINUX_TYPES = [
  '',
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
];
/** The fields of a container that contain its probes and lifecycle hooks. */
export const HANDLERS = [
  ['livenessProbe'],
  ['readinessProbe'],
  ['startupProbe'],
  ['lifecycle', 'postStart'],
  ['lifecycle', 'preStop'],
] as const;

/** Fields that put a pod into a namespace of its node. */
export const HOST_NAMESPACES = ['hostIPC', 'hostPID', 'hostNetwork'] as const;

/** The Pod Security levels that restrict pods. "privileged" allows everything. */
export type PodSecurityLevel = 'baseline' | 'restricted';

/**
 * Capabilities that "baseline" allows containers to add: those that container runtimes grant by
 * default.
 */
export const DEFAULT_CAPABILITIES = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

/** Returns the level that a namespace enforces, as its label says. Absent if it has none. */
export function enforcedLevel(namespace: Manifest | undefined): Json | undefined {
  return at(namespace?.json, 'metadata', 'labels', POD_SECURITY_ENFORCE);
}

/**
 * Returns the fields of a pod spec, and the annotations of its pod, that violate Pod Security
 * "restricted", which includes all rules of "baseline".
 */
export function restrictedViolations(podSpec: unknown, annotations?: unknown): Violation[] {
  return podSecurityViolations('restricted', podSpec, annotations);
}

/**
 * Returns the fields of a pod spec, and the annotations of its pod, that violate a Pod Security
 * level.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function podSecurityViolations(
  level: PodSecurityLevel,
  podSpec: unknown,
  annotations?: unknown,
): Violation[] {
  const restricted = level === 'restricted';
  const found: Violation[] = [];
  const refuse: Refuse = (field, given, allowed) => {
    found.push({ field, given, allowed });
  };
  const pod = at(podSpec, 'securityContext');
  checkNamespaces(refuse, podSpec);
  checkVolumes(refuse, at(podSpec, 'volumes'), restricted);
  checkSysctls(refuse, at(pod, 'sysctls'));
  checkAnnotations(refuse, annotations);
  checkContext(refuse, pod, restricted);
  for (const container of containersOf(podSpec)) {
    checkContainer(refuse, container, pod, restricted);
  }
  return found;
}

function checkNamespaces(refuse: Refuse, podSpec: unknown): void {
  for (const field of HOST_NAMESPACES) {
    if (at(podSpec, field) === true) {
      refuse(field, true, 'absent or false');
    }
  }
}

function checkVolumes(refuse: Refuse, volumes: Json | undefined, restricted: boolean): void {
  for (const [i, volume] of objectsOf(volumes).entries()) {
    const type = volumeType(volume);
    if (!restricted) {
      if (volume.hostPath !== undefined) {
        refuse(`volumes[${i}]`, 'hostPath', 'a volume that is no hostPath');
      }
    } else if (type !== undefined && !VOLUME_TYPES.includes(type)) {
      refuse(`volumes[${i}]`, type, `a volume of type ${VOLUME_TYPES.join(', ')}`);
    }
  }
}

function checkSysctls(refuse: Refuse, sysctls: Json | undefined): void {
  for (const { name } of objectsOf(sysctls)) {
    if (!SAFE_SYSCTLS.includes(textOf(name))) {
      refuse('securityContext.sysctls', name, SAFE_SYSCTLS.join(', '));
    }
  }
}

/** Checks the AppArmor annotations, which Kubernetes used before version 1.30. */
function checkAnnotations(refuse: Refuse, annotations: unknown): void {
  for (const [key, profile] of Object.entries(isObject(annotations) ? annotations : {})) {
    if (
      !key.startsWith(APPARMOR_ANNOTATION) ||
      profile === 'runtime/default' ||
      textOf(profile).startsWith('localhost/')
    ) {
      continue;
    }
    refuse(`metadata.annotations["${key}"]`, profile, 'runtime/default or localhost/...');
  }
}

function checkContainer(
  refuse: Refuse,
  { json, path: [list, index] }: Container,
  pod: Json | undefined,
  restricted: boolean,
): void {
  const here: Refuse = (field, given, allowed) => {
    refuse(`${list}[${index}].${field}`, given, allowed);
  };
  const context = isObject(json.securityContext) ? json.securityContext : NONE;
  checkContext(here, context, restricted);
  if (context.privileged === true) {
    here('securityContext.privileged', true, 'absent or false');
  }
  checkHandlers(here, json);
  if (json.ports) {
    checkPorts(here, json.ports);
  }
  const { capabilities, procMount } = context;
  if (procMount && procMount !== 'Default') {
    here('securityContext.procMount', procMount, 'absent or Default');
  }
  if (restricted) {
    checkRestricted(here, context, pod);
  } else if (capabilities) {
    checkAdded(here, capabilities, DEFAULT_CAPABILITIES);
  }
}

const NONE: JsonObject = {};
/**
 * Checks for probes and hooks that connect to a host other than their pod. Pod Security forbids
 * them since Kubernetes 1.34.
 */
function checkHandlers(refuse: Refuse, container: JsonObject): void {
  for (const path of HANDLERS) {
    const handler = at(container, ...path);
    if (isObject(handler)) {
      checkHosts(refuse, path.join('.'), handler);
    }
  }
}

function checkHosts(refuse: Refuse, field: string, handler: JsonObject): void {
  for (const kind of ['httpGet', 'tcpSocket']) {
    const to = handler[kind];
    if (isObject(to) && to.host) {
      refuse(`${field}.${kind}.host`, to.host, 'absent: the pod itself');
    }
  }
}

function checkPorts(refuse: Refuse, ports: Json | undefined): void {
  for (const { hostPort } of objectsOf(ports)) {
    if (hostPort) {
      refuse('ports', hostPort, 'no hostPort');
    }
  }
}

/**
 * Checks what "restricted" additionally requires in the security context of a container, or of its
 * pod.
 */
function checkRestricted(refuse: Refuse, context: Json | undefined, pod: Json | undefined): void {
  const escalation = at(context, 'allowPrivilegeEscalation');
  if (escalation !== false) {
    refuse('securityContext.allowPrivilegeEscalation', escalation, 'false');
  }
  const drop = at(context, 'capabilities', 'drop');
  if (!itemsOf(drop).includes('ALL')) {
    refuse('securityContext.capabilities.drop', drop, '[ALL]');
  }
  checkAdded(refuse, at(context, 'capabilities'), ['NET_BIND_SERVICE']);
  const nonRoot = at(context, 'runAsNonRoot');
  if ((nonRoot ?? at(pod, 'runAsNonRoot')) !== true) {
    refuse('securityContext.runAsNonRoot', nonRoot, 'true, here or for the pod');
  }
  const seccomp = at(context, 'seccompProfile', 'type') ?? at(pod, 'seccompProfile', 'type');
  if (!SECCOMP.includes(textOf(seccomp))) {
    refuse(
      'securityContext.seccompProfile.type',
      seccomp,
      `${SECCOMP.join(' or ')}, here or for the pod`,
    );
  }
}

function checkAdded(
  refuse: Refuse,
  capabilities: Json | undefined,
  allowed: readonly string[],
): void {
  for (const added of itemsOf(at(capabilities, 'add'))) {
    if (!allowed.includes(textOf(added))) {
      refuse('securityContext.capabilities.add', added, allowed.join(', '));
    }
  }
}

/** Checks the security context of a pod or a container for forbidden values. */
function checkContext(refuse: Refuse, context: Json | undefined, restricted: boolean): void {
  if (!isObject(context)) {
    return;
  }
  const {
    appArmorProfile,
    runAsUser,
    seccompProfile,
    seLinuxOptions: selinux,
    windowsOptions,
  } = context;
  if (at(windowsOptions, 'hostProcess') === true) {
    refuse('securityContext.windowsOptions.hostProcess', true, 'absent or false');
  }
  if (restricted && runAsUser === 0) {
    refuse('securityContext.runAsUser', 0, 'any user but 0');
  }
  if (
    isObject(selinux) &&
    (!SELINUX_TYPES.includes(textOf(selinux.type ?? '')) || selinux.user || selinux.role)
  ) {
    refuse(
      'securityContext.seLinuxOptions',
      selinux,
      `a type of ${SELINUX_TYPES.slice(1).join(', ')}, no user and no role`,
    );
  }
  const unconfined = (profile: Json | undefined) =>
    isObject(profile) && profile.type === 'Unconfined';
  if (unconfined(appArmorProfile)) {
    refuse('securityContext.appArmorProfile.type', 'Unconfined', 'RuntimeDefault or Localhost');
  }
  if (unconfined(seccompProfile)) {
    refuse('securityContext.seccompProfile.type', 'Unconfined', SECCOMP.join(' or '));
  }
}
