import { at, isObject, itemsOf, objectsOf, textOf, type Json } from './json';
import { containersOf } from './pod-template';

/** A field that Pod Security "restricted" refuses. */
export interface Violation { readonly field: string; readonly given: Json | undefined; readonly allowed: string }

type Check = (ok: boolean, field: string, given: Json | undefined, allowed: string) => void;

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
  const check: Check = (ok, field, given, allowed) => { if (!ok) { found.push({ field, given, allowed }); } };
  for (const field of ['hostIPC', 'hostPID', 'hostNetwork']) { check(at(podSpec, field) !== true, field, true, 'absent or false'); }
  objectsOf(at(podSpec, 'volumes')).forEach((volume, i) => {
    const type = Object.keys(volume).find(k => k !== 'name');
    if (restricted) {
      check(type === undefined || VOLUME_TYPES.includes(type), `volumes[${i}]`, type, `a volume of type ${VOLUME_TYPES.join(', ')}`);
    } else {
      check(volume.hostPath === undefined, `volumes[${i}]`, 'hostPath', 'a volume that is no hostPath');
    }
  });
  for (const s of objectsOf(at(podSpec, 'securityContext', 'sysctls'))) { check(SAFE_SYSCTLS.includes(textOf(s.name)), 'securityContext.sysctls', s.name, SAFE_SYSCTLS.join(', ')); }
  const pod = at(podSpec, 'securityContext');
  for (const [key, value] of Object.entries(isObject(annotations) ? annotations : {})) {
    const allowed = !key.startsWith(APPARMOR) || value === 'runtime/default' || textOf(value).startsWith('localhost/');
    check(allowed, `metadata.annotations["${key}"]`, value, 'runtime/default or localhost/...');
  }
  checkContext(check, 'securityContext', pod, restricted);
  for (const { json, path: [list, index] } of containersOf(podSpec)) {
    const context = at(json, 'securityContext');
    const field = `${list}[${index}].securityContext`;
    checkContext(check, field, context, restricted);
    check(at(context, 'privileged') !== true, `${field}.privileged`, true, 'absent or false');
    checkHosts(check, `${list}[${index}]`, json);
    for (const port of objectsOf(json.ports)) { check(!port.hostPort, `${list}[${index}].ports`, port.hostPort, 'no hostPort'); }
    check(!at(context, 'procMount') || at(context, 'procMount') === 'Default', `${field}.procMount`, at(context, 'procMount'), 'absent or Default');
    if (!restricted) {
      for (const added of itemsOf(at(context, 'capabilities', 'add'))) { check(DEFAULT_CAPABILITIES.includes(textOf(added)), `${field}.capabilities.add`, added, DEFAULT_CAPABILITIES.join(', ')); }
      continue;
    }
    check(at(context, 'allowPrivilegeEscalation') === false, `${field}.allowPrivilegeEscalation`, at(context, 'allowPrivilegeEscalation'), 'false');
    check(itemsOf(at(context, 'capabilities', 'drop')).includes('ALL'), `${field}.capabilities.drop`, at(context, 'capabilities', 'drop'), '[ALL]');
    for (const added of itemsOf(at(context, 'capabilities', 'add'))) { check(added === 'NET_BIND_SERVICE', `${field}.capabilities.add`, added, 'NET_BIND_SERVICE'); }
    check((at(context, 'runAsNonRoot') ?? at(pod, 'runAsNonRoot')) === true, `${field}.runAsNonRoot`, at(context, 'runAsNonRoot'), 'true, here or for the pod');
    const seccomp = at(context, 'seccompProfile', 'type') ?? at(pod, 'seccompProfile', 'type');
    check(SECCOMP.includes(textOf(seccomp)), `${field}.seccompProfile.type`, seccomp, `${SECCOMP.join(' or ')}, here or for the pod`);
  }
  return found;
}

/** A probe or hook that connects to somewhere else than its pod (refused since Kubernetes 1.34). */
function checkHosts(check: Check, field: string, container: Json): void {
  for (const path of [['livenessProbe'], ['readinessProbe'], ['startupProbe'], ['lifecycle', 'postStart'], ['lifecycle', 'preStop']]) {
    for (const kind of ['httpGet', 'tcpSocket']) {
      const host = at(container, ...path, kind, 'host');
      check(!host, [field, ...path, kind, 'host'].join('.'), host, 'absent: the pod itself');
    }
  }
}

function checkContext(check: Check, field: string, context: Json | undefined, restricted: boolean): void {
  check(at(context, 'windowsOptions', 'hostProcess') !== true, `${field}.windowsOptions.hostProcess`, true, 'absent or false');
  check(!restricted || at(context, 'runAsUser') !== 0, `${field}.runAsUser`, 0, 'any user but 0');
  const selinux = at(context, 'seLinuxOptions');
  check(!isObject(selinux) || (SELINUX.includes(textOf(selinux.type ?? '')) && !selinux.user && !selinux.role), `${field}.seLinuxOptions`, selinux,
    `a type of ${SELINUX.slice(1).join(', ')}, no user and no role`);
  const appArmor = at(context, 'appArmorProfile', 'type');
  check(appArmor !== 'Unconfined', `${field}.appArmorProfile.type`, appArmor, 'RuntimeDefault or Localhost');
  const seccomp = at(context, 'seccompProfile', 'type');
  check(seccomp !== 'Unconfined', `${field}.seccompProfile.type`, seccomp, SECCOMP.join(' or '));
}
