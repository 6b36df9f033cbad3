import { exampleClient } from './example-mark';
import { forEachSharingPod, type Rule } from './rule';
import { hasCapability } from '../kube/capabilities';
import { at } from '../kube/json';
import { hostPrivileges, type HostPrivilege } from '../read/host-privileges';
import type { Pod } from '../read/pod';
import { agentStepOf, stepContradictions } from '../sharing/agent-steps';
import type { MarkedPod } from '../sharing/marked-pod';
import { privilegeReasons } from '../sharing/privilege-reasons';
import { unnamedHostPaths } from '../sharing/unnamed-host-paths';

export const SHM320: Rule = {
  id: 'SHM320',
  title: 'a privilege for which no contract of the pod gives a reason',
  severity: 'note',
  strict: 'warning',
  why: 'Nobody who reviews the manifests knows why the pod has the privilege, with which it reaches more of its node than the memory. An init step of this library has its privileges only with the script of this library.',
  fix: 'remove it; if the program of the container needs it, acknowledge the finding: the reason then stands beside the privilege in REVIEW.md',
  fact: 'Pod Security "baseline" refuses host namespaces, hostPaths, privileged containers and added capabilities beyond those that a container runtime gives by default; "restricted" refuses the user 0, too.',
  link: 'https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline',
  wrong: exampleClient('\n  hostPID: true # SHM320 note'),
  right: exampleClient(''),
  check: forEachSharingPod((markedPod, found, marked) => {
    const { pod: of, marks, task } = markedPod;
    if (marks.length === 0 || task) {
      return;
    }
    for (const privilege of [...hostPrivileges(of), ...unnamedHostPaths(marked, markedPod)]) {
      const means = isOfStep(markedPod, privilege) ? undefined : meaningOf(of, privilege);
      if (means === undefined || privilegeReasons(marked, markedPod, privilege).length > 0) {
        continue;
      }
      found({
        manifest: of.manifest,
        path: privilege.pointer,
        ...(privilege.container === undefined ? {} : { container: privilege.container }),
        ...(YIELDING.includes(privilege.kind) ? { yields: true } : {}),
        message: `${means}; contract ${marks.map(({ contract }) => contract).join(' and ')} ${marks.length === 1 ? 'gives' : 'give'} no reason for it`,
      });
    }
  }),
};

/** Checks whether a step of an agent is root, and SHM122 says what is wrong with the step. */
function isOfStep({ pod, marks }: MarkedPod, { kind, container: name }: HostPrivilege): boolean {
  const container = pod.containers.find(each => each.name === name);
  return (
    kind === 'rootUser' &&
    container !== undefined &&
    marks.some(mark => {
      const step = agentStepOf(pod, container, mark);
      return step !== undefined && stepContradictions(step, mark).length > 0;
    })
  );
}

/** Privileges about which other rules may say more. */
const YIELDING: readonly HostPrivilege['kind'][] = ['hostPath', 'rootUser'];

/**
 * Returns what a privilege allows. Absent for those that other rules are about, and for those that
 * reach nothing beyond the container.
 */
function meaningOf(pod: Pod, privilege: HostPrivilege): string | undefined {
  switch (privilege.kind) {
    case 'hostNamespace':
      return privilege.field === 'hostIPC' ? undefined : NAMESPACES[privilege.field];
    case 'hostPath':
      return privilege.container === undefined
        ? `hostPath ${privilege.path}: the pod reaches a directory of the node`
        : `container ${privilege.container} mounts hostPath ${privilege.path}, and no mark names it`;
    case 'rootUser':
      return `${privilege.container === undefined ? 'the pod' : `container ${privilege.container}`} runs as root, which is root on the node, too: ${rootWords(pod, privilege)}`;
    case 'privileged':
      return `container ${privilege.container} is privileged: it is root on the node`;
    case 'capability':
      return privilege.isDefault
        ? undefined
        : `container ${privilege.container} has the capability ${privilege.name}, which no container has by default`;
    default:
      return undefined;
  }
}

/** Says which files of the node root reaches. */
function rootWords(pod: Pod, { container: name }: HostPrivilege): string {
  const containers = pod.containers.filter(each =>
    name === undefined
      ? at(each.json, 'securityContext', 'runAsUser') === undefined
      : each.name === name,
  );
  return containers.some(({ json }) => hasCapability(json, 'DAC_OVERRIDE'))
    ? 'with the capability DAC_OVERRIDE, which containers have by default, no mode keeps it out of a file'
    : 'it reaches the files that belong to root; modes keep it out of other files, because it does not have the capability DAC_OVERRIDE';
}

const NAMESPACES = {
  hostPID:
    "hostPID: the pod sees all processes of the node; with the user of a process, it reads that process's memory, files and environment variables (/proc/PID)",
  hostNetwork:
    'hostNetwork: the pod has the network of the node, past all NetworkPolicies, and its ports are ports of the node',
};
