import { forEachPod, type Rule } from './rule';
import { inContainer } from './rule-match';
import { at, itemsOf, textOf } from '../kube/json';
import type { Container } from '../kube/pod-template';
import type { MarkedPod } from '../sharing/marked-pod';

const set = (host: string, mark: string) => `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: tuner }
spec:
  selector: { matchLabels: { app: tuner } }
  template:
    metadata: { labels: { app: tuner } }
    spec:
${host}      initContainers:
        - name: tune
          image: registry.example.com/tuner:1
          securityContext: { privileged: true }
          command: [sysctl, -w, kernel.shmmni=8192]${mark}
      containers:
        - name: pause
          image: registry.example.com/pause:3
`;

export const SHM314: Rule = {
  id: 'SHM314',
  title: "a command that sets a sysctl in the pod's own IPC namespace",
  severity: 'note',
  why: "The limits of System V memory and of message queues belong to the IPC namespace of the process that writes them. Without hostIPC, that namespace is the pod's: the node keeps its own limits, and the setting is gone with the pod.",
  fix: 'for the pod alone, use securityContext.sysctls and no privileged container; for the node, use its own configuration, or hostIPC: true in a pod that does nothing else',
  fact: "A privileged container without hostIPC wrote 778 to kernel.shmmni and read it back; the node's value stayed 4096; seen with runc 1.1 on Linux 6.18.",
  link: 'https://man7.org/linux/man-pages/man7/ipc_namespaces.7.html',
  wrong: set('', ' # SHM314 warning'),
  right: set('      hostIPC: true # SHM301 warning\n', ''),
  check: forEachPod((markedPod, found) => {
    if (markedPod.hostIpc) {
      return;
    }
    for (const container of markedPod.pod.containers) {
      const place =
        at(container.json, 'securityContext', 'privileged') === true
          ? settingOf(container)
          : undefined; // only privileged containers can write to /proc/sys
      if (!place) {
        continue;
      }
      found(
        inContainer(
          markedPod,
          container,
          place.field,
          `${place.sysctl} is set in the pod's own IPC namespace: the node's value does not change`,
          tunesNodes(markedPod, container) ? { severity: 'warning' } : {},
        ),
      );
    }
  }),
};

const NAME = String.raw`(kernel[./](?:shm(?:max|all|mni|_rmid_forced)|sem|msg(?:max|mnb|mni))|fs[./]mqueue[./]\w+)`;
const BY_COMMAND = new RegExp(String.raw`\b${NAME}\s*=`);
// a write through a mount of the node's /proc also changes the writer's own namespace
const BY_FILE = new RegExp(String.raw`(?:>|\btee(?:\s+-\w+)*)\s*\S*/proc/sys/${NAME}`);

/**
 * Returns the item of a container's command that sets a sysctl of the IPC namespace. Absent for
 * commands with `nsenter`, which set it in the namespace of another process.
 */
function settingOf({ json }: Container): { field: string; sysctl: string } | undefined {
  const items = ['command', 'args'].flatMap(list =>
    itemsOf(json[list]).map((item, i) => ({ field: `${list}/${i}`, text: textOf(item) })),
  );
  const whole = items.map(({ text }) => text).join(' ');
  if (/\bnsenter\b/.test(whole)) {
    return undefined;
  }
  for (const { field, text } of items) {
    const match = (/\bsysctl\b/.test(whole) && BY_COMMAND.exec(text)) || BY_FILE.exec(text);
    if (match) {
      return { field, sysctl: match[1].replace(/\//g, '.') };
    }
  }
  return undefined;
}

/**
 * Checks whether the setting can only be meant for the nodes: the workload is a DaemonSet, and its
 * only other containers are pause containers.
 */
function tunesNodes({ pod }: MarkedPod, tuning: Container): boolean {
  return (
    pod.manifest.kind === 'DaemonSet' &&
    pod.containers.every(
      container =>
        container === tuning || /(^|\/)pause([:@]|$)/.test(textOf(container.json.image ?? '')),
    )
  );
}
