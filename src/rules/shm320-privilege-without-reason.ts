import { exampleClient } from './example-mark';
import { forEachSharingPod, type Rule } from './rule';
import { hostPrivileges, type HostPrivilege } from '../read/host-privileges';
import { privilegeReasons } from '../sharing/privilege-reasons';

export const SHM320: Rule = {
  id: 'SHM320',
  title: 'a privilege for which no contract of the pod gives a reason',
  severity: 'note',
  strict: 'warning',
  why: 'Nobody who reviews the manifests knows why the pod has the privilege, with which it reaches more of its node than the memory. An init step of this library has its privileges only with the script of this library.',
  fix: 'remove it; if the program of the container needs it, acknowledge the finding: the reason then stands beside the privilege in REVIEW.md',
  fact: 'Pod Security "baseline" refuses host namespaces, privileged containers and added capabilities beyond those that a container runtime gives by default.',
  link: 'https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline',
  wrong: exampleClient('\n  hostPID: true # SHM320 note'),
  right: exampleClient(''),
  check: forEachSharingPod((markedPod, found, marked) => {
    const { pod: of, marks, task } = markedPod;
    if (marks.length === 0 || task) {
      return;
    }
    for (const privilege of hostPrivileges(of)) {
      const means = meaningOf(privilege);
      if (means === undefined || privilegeReasons(marked, markedPod, privilege).length > 0) {
        continue;
      }
      found({
        manifest: of.manifest,
        path: privilege.pointer,
        ...(privilege.container === undefined ? {} : { container: privilege.container }),
        message: `${means}; contract ${marks.map(({ contract }) => contract).join(' and ')} gives no reason for it`,
      });
    }
  }),
};

/**
 * Returns what a privilege allows. Absent for those that other rules are about, and for those that
 * reach nothing beyond the container.
 */
function meaningOf(privilege: HostPrivilege): string | undefined {
  switch (privilege.kind) {
    case 'hostNamespace':
      return privilege.field === 'hostIPC' ? undefined : NAMESPACES[privilege.field];
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

const NAMESPACES = {
  hostPID:
    "hostPID: the pod sees all processes of the node; with the user of a process, it reads that process's memory, files and environment variables (/proc/PID)",
  hostNetwork:
    'hostNetwork: the pod has the network of the node, past all NetworkPolicies, and its ports are ports of the node',
};
