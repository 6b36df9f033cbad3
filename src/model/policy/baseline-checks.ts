import { namesOf, strings, type Refusal } from './cel';
import type { Json } from '../../kube/json';
import {
  APPARMOR_ANNOTATION,
  HANDLERS,
  SAFE_SYSCTLS,
  SELINUX_TYPES,
} from '../../kube/pod-security';

/**
 * Namespaces with hostPath or hostIPC cannot enforce Pod Security "baseline". These checks are the
 * rest of that level, as Kubernetes 1.34 defines it. Where the namespace enforces it, the API
 * server checks it anyway, with the definition of its own version.
 */
export const BASELINE_VARIABLES: readonly Json[] = [
  {
    name: 'enforced',
    expression:
      "namespaceObject.metadata.?labels[?'pod-security.kubernetes.io/enforce'].orValue('') in ['baseline', 'restricted']",
  },
];

/** Values that neither a pod nor a container may have in its security context. */
function forbidden(of: string): string {
  const context = `${of}.?securityContext`;
  return [
    `${context}.?windowsOptions.?hostProcess.orValue(false)`,
    `${context}.?appArmorProfile.?type.orValue('') == 'Unconfined'`,
    `${context}.?seccompProfile.?type.orValue('') == 'Unconfined'`,
    `!(${context}.?seLinuxOptions.?type.orValue('') in ${strings(SELINUX_TYPES)})`,
    `${context}.?seLinuxOptions.?user.orValue('') != ''`,
    `${context}.?seLinuxOptions.?role.orValue('') != ''`,
  ].join(' || ');
}

const POD_CONTEXT = forbidden('object.spec');
const CONTAINER_CONTEXT = forbidden('c');
const HOST_PORT =
  '!object.spec.?hostNetwork.orValue(false) && c.?ports.orValue([]).exists(p, p.?hostPort.orValue(0) != 0)';
const PROC_MOUNT = "!(c.?securityContext.?procMount.orValue('') in ['', 'Default'])";
const UNSAFE_SYSCTL = `!(s.name in ${strings(SAFE_SYSCTLS)})`;
const SYSCTLS = 'object.spec.?securityContext.?sysctls.orValue([])';
const ANNOTATIONS = 'object.metadata.?annotations.orValue({})';
const UNCONFINED = `k.startsWith('${APPARMOR_ANNOTATION}') && !(${ANNOTATIONS}[k] in ['', 'runtime/default']) && !${ANNOTATIONS}[k].startsWith('localhost/')`;
const OTHER_HOST = HANDLERS.flatMap(([first, ...more]) =>
  ['httpGet', 'tcpSocket'].map(kind => {
    const handler = [first, ...more, kind, 'host'].map(step => `.?${step}`).join('');
    return `c${handler}.orValue('') != ''`;
  }),
).join(' || ');

const unlessEnforced = (refused: string) => `variables.enforced ? [] : ${refused}`;
const containersWith = (condition: string) =>
  unlessEnforced(namesOf('variables.containers', 'c', condition));

/** What the policy refuses of "baseline" beyond what it refuses in every namespace. */
export const BASELINE_REFUSALS: readonly Refusal[] = [
  {
    name: 'forbiddenContexts',
    refused: unlessEnforced(
      `(${POD_CONTEXT} ? ['the pod'] : []) + ${namesOf('variables.containers', 'c', CONTAINER_CONTEXT)}`,
    ),
    says: `'Pod Security "baseline" refuses hostProcess, an Unconfined seccomp or AppArmor profile, and SELinux users, roles and other types than those of containers, in the securityContext of: '`,
  },
  {
    name: 'unconfinedAnnotations',
    refused: unlessEnforced(`${ANNOTATIONS}.filter(k, ${UNCONFINED})`),
    says: `'Pod Security "baseline" refuses the AppArmor profile of annotations: '`,
  },
  {
    name: 'hostPorts',
    refused: containersWith(HOST_PORT),
    says: `'Pod Security "baseline" refuses hostPort, in containers: '`,
  },
  {
    name: 'procMounts',
    refused: containersWith(PROC_MOUNT),
    says: `'Pod Security "baseline" refuses another procMount than Default, in containers: '`,
  },
  {
    name: 'unsafeSysctls',
    refused: unlessEnforced(namesOf(SYSCTLS, 's', UNSAFE_SYSCTL)),
    says: `'Pod Security "baseline" refuses sysctls: '`,
  },
  {
    name: 'otherHosts',
    refused: containersWith(OTHER_HOST),
    says: `'Pod Security "baseline" refuses probes and lifecycle hooks that name a host, in containers: '`,
  },
];
