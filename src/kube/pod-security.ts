import { at, isObject, itemsOf, objectsOf, textOf, type Json, type JsonObject } from './json';
import { containersOf } from './pod-template';

/** A field that Pod Security "restricted" refuses. */
export interface Violation { readonly field: string; readonly given: Json | undefined; readonly allowed: string }

type Refuse = (field: string, given: Json | undefined, allowed: string) => void;

const VOLUME_TYPES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret'];
/** Sysctls that belong to the pod alone, so that Kubernetes lets any pod set them. */
export const SAFE_SYSCTLS = [
  'kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.ip_unprivileged_port_start', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports', 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem', 'net.ipv4.tcp_slow_start_after_idle', 'net.ipv4.tcp_notsent_lowat',
];
const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP = ['RuntimeDefault', 'Localhost'];
const SELINUX = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];

/** The levels that refuse anything. */
export type PodSecurityLevel = 'baseline' | 'restricted';

/** Capabilities that "baseline" lets containers add: those that runtimes give by default. */
export const DEFAULT_CAPABILITIES = [
  'AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT',
];

/** What Pod Security "restricted" (and "baseline", which it contains) refuses in a pod spec, or in the annotations of its pod. */
export function restrictedViolations(podSpec: unknown, annotations?: unknown): Violation[] {
  return podSecurityViolations('restricted', podSpec, annotations);
}

/**
 * What a level of Pod Security refuses in a pod spec, or in the annotations of its pod.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function podSecurityViolations(level: PodSecurityLevel, podSpec: unknown, annotations?: unknown): Violation[] {
  const restricted = level === 'restricted';
  const found: Violation[] = [];
  const refuse: Refuse = (field, given, allowed) => { found.push({ field, given, allowed }); };
  const pod = at(podSpec, 'securityContext');
  for (const field of ['hostIPC', 'hostPID', 'hostNetwork']) {
    if (at(podSpec, field) === true) { refuse(field, true, 'absent or false'); }
  }
  for (const [i, volume] of objectsOf(at(podSpec, 'volumes')).entries()) {
    const type = Object.keys(volume).find(k => k !== 'name');
    if (!restricted) {
      if (volume.hostPath !== undefined) { refuse(`volumes[${i}]`, 'hostPath', 'a volume that is no hostPath'); }
    } else if (type !== undefined && !VOLUME_TYPES.includes(type)) {
      refuse(`volumes[${i}]`, type, `a volume of type ${VOLUME_TYPES.join(', ')}`);
    }
  }
  for (const { name } of objectsOf(at(pod, 'sysctls'))) {
    if (!SAFE_SYSCTLS.includes(textOf(name))) { refuse('securityContext.sysctls', name, SAFE_SYSCTLS.join(', ')); }
  }
  for (const [key, value] of Object.entries(isObject(annotations) ? annotations : {})) {
    if (!key.startsWith(APPARMOR) || value === 'runtime/default' || textOf(value).startsWith('localhost/')) { continue; }
    refuse(`metadata.annotations["${key}"]`, value, 'runtime/default or localhost/...');
  }
  checkContext(refuse, 'securityContext', pod, restricted);
  for (const { json, path: [list, index] } of containersOf(podSpec)) {
    const field = `${list}[${index}]`;
    const context = at(json, 'securityContext');
    checkContext(refuse, `${field}.securityContext`, context, restricted);
    checkContainer(refuse, field, json, context);
    if (restricted) { checkRestricted(refuse, `${field}.securityContext`, context, pod); } else { checkAdded(refuse, `${field}.securityContext`, context, DEFAULT_CAPABILITIES); }
  }
  return found;
}

/** What no level admits in a container. */
function checkContainer(refuse: Refuse, field: string, container: JsonObject, context: Json | undefined): void {
  if (at(context, 'privileged') === true) { refuse(`${field}.securityContext.privileged`, true, 'absent or false'); }
  for (const handler of ['livenessProbe', 'readinessProbe', 'startupProbe']) { checkHosts(refuse, `${field}.${handler}`, container[handler]); }
  for (const hook of ['postStart', 'preStop']) { checkHosts(refuse, `${field}.lifecycle.${hook}`, at(container.lifecycle, hook)); }
  for (const { hostPort } of objectsOf(container.ports)) {
    if (hostPort) { refuse(`${field}.ports`, hostPort, 'no hostPort'); }
  }
  const procMount = at(context, 'procMount');
  if (procMount && procMount !== 'Default') { refuse(`${field}.securityContext.procMount`, procMount, 'absent or Default'); }
}

/** A probe or hook that connects to somewhere else than its pod (refused since Kubernetes 1.34). */
function checkHosts(refuse: Refuse, field: string, handler: Json | undefined): void {
  if (!isObject(handler)) { return; }
  for (const kind of ['httpGet', 'tcpSocket']) {
    const host = at(handler[kind], 'host');
    if (host) { refuse(`${field}.${kind}.host`, host, 'absent: the pod itself'); }
  }
}

/** What "restricted" asks for in the security context of a container, or in that of its pod. */
function checkRestricted(refuse: Refuse, field: string, context: Json | undefined, pod: Json | undefined): void {
  const escalation = at(context, 'allowPrivilegeEscalation');
  if (escalation !== false) { refuse(`${field}.allowPrivilegeEscalation`, escalation, 'false'); }
  const drop = at(context, 'capabilities', 'drop');
  if (!itemsOf(drop).includes('ALL')) { refuse(`${field}.capabilities.drop`, drop, '[ALL]'); }
  checkAdded(refuse, field, context, ['NET_BIND_SERVICE']);
  const nonRoot = at(context, 'runAsNonRoot');
  if ((nonRoot ?? at(pod, 'runAsNonRoot')) !== true) { refuse(`${field}.runAsNonRoot`, nonRoot, 'true, here or for the pod'); }
  const seccomp = at(context, 'seccompProfile', 'type') ?? at(pod, 'seccompProfile', 'type');
  if (!SECCOMP.includes(textOf(seccomp))) { refuse(`${field}.seccompProfile.type`, seccomp, `${SECCOMP.join(' or ')}, here or for the pod`); }
}

function checkAdded(refuse: Refuse, field: string, context: Json | undefined, allowed: readonly string[]): void {
  for (const added of itemsOf(at(context, 'capabilities', 'add'))) {
    if (!allowed.includes(textOf(added))) { refuse(`${field}.capabilities.add`, added, allowed.join(', ')); }
  }
}

/** What a security context, of a pod or of a container, must not say. */
function checkContext(refuse: Refuse, field: string, context: Json | undefined, restricted: boolean): void {
  if (!isObject(context)) { return; }
  if (at(context, 'windowsOptions', 'hostProcess') === true) { refuse(`${field}.windowsOptions.hostProcess`, true, 'absent or false'); }
  if (restricted && context.runAsUser === 0) { refuse(`${field}.runAsUser`, 0, 'any user but 0'); }
  const selinux = context.seLinuxOptions;
  if (isObject(selinux) && (!SELINUX.includes(textOf(selinux.type ?? '')) || selinux.user || selinux.role)) {
    refuse(`${field}.seLinuxOptions`, selinux, `a type of ${SELINUX.slice(1).join(', ')}, no user and no role`);
  }
  const appArmor = at(context, 'appArmorProfile', 'type');
  if (appArmor === 'Unconfined') { refuse(`${field}.appArmorProfile.type`, appArmor, 'RuntimeDefault or Localhost'); }
  const seccomp = at(context, 'seccompProfile', 'type');
  if (seccomp === 'Unconfined') { refuse(`${field}.seccompProfile.type`, seccomp, SECCOMP.join(' or ')); }
}
