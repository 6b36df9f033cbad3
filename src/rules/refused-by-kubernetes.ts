import { certain, suggestion } from './remedy';
import { forEachPod, forEachSharingPod, type Rule } from './rule';
import { inSpec } from './rule-match';
import { at, objectsOf, textOf } from '../kube/json';
import { HOST_NAMESPACES, isIpcSysctl } from '../kube/pod-security';
import { NODE_OS } from '../kube/well-known';

/**
 * Rules for fields that Kubernetes rejects or ignores. They quote the messages of the API server.
 * Each rule reports a single line of YAML, and the fix is to remove it.
 */

const pod = (spec: string) => `apiVersion: v1
kind: Pod
metadata: { name: reader }
spec:
${spec}  containers:
    - name: reader
      image: registry.example.com/reader:1
`;

export const SHM114: Rule = {
  id: 'SHM114',
  title: 'a pod that cannot share memory with its node',
  severity: 'warning',
  why: "A sandboxed runtime runs the pod on its own kernel. There, the node's IPC namespace, and what the pod maps from the node's file systems, is not the same memory. Windows has no shared memory of this kind.",
  fix: "run pods that share memory on Linux, with a runtime that uses the node's kernel",
  fact: 'Kata Containers and gVisor give a pod its own kernel; containerd omits the /dev/shm mount for them.',
  link: 'https://kubernetes.io/docs/concepts/containers/runtime-class/',
  wrong: pod('  hostIPC: true # SHM301 warning\n  runtimeClassName: gvisor # SHM114 warning\n'),
  right: pod('  hostIPC: true # SHM301 warning\n'),
  check: forEachSharingPod((markedPod, found) => {
    const runtime = textOf(markedPod.at('runtimeClassName') ?? '');
    if (markedPod.sharesOnNode && /kata|gvisor|runsc|firecracker/i.test(runtime)) {
      found(
        inSpec(
          markedPod,
          'runtimeClassName',
          `runtimeClassName ${runtime} gives the pod its own kernel: memory of the node is not shared with it`,
        ),
      );
    }
    if (!markedPod.sharesOnNode && markedPod.memoryVolumes.length === 0) {
      return;
    }
    if (markedPod.at('os', 'name') === 'windows') {
      found(
        inSpec(
          markedPod,
          'os/name',
          'Windows has neither hostIPC nor /dev/shm nor a memory-medium emptyDir',
          { severity: 'error' },
        ),
      );
    }
    if (markedPod.at('nodeSelector', NODE_OS) === 'windows') {
      found(
        inSpec(
          markedPod,
          'nodeSelector/kubernetes.io~1os',
          'Windows has neither hostIPC nor /dev/shm nor a memory-medium emptyDir',
          { severity: 'error' },
        ),
      );
    }
  }),
};

export const SHM306: Rule = {
  id: 'SHM306',
  title: 'a sysctl of the IPC namespace in a pod with hostIPC',
  severity: 'error',
  why: "With hostIPC, the pod's IPC namespace is the node's, and the limits there are the node's settings. The API server refuses the pod.",
  fix: 'remove the sysctl from the pod and set it on the node',
  fact: 'The API server answers "may not be specified when \'hostIPC\' is true" for kernel.shm*, kernel.sem, kernel.msg*, fs.mqueue.* and kernel.shm_rmid_forced; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/',
  wrong: pod(
    "  hostIPC: true # SHM301 warning\n  securityContext:\n    sysctls:\n      - { name: kernel.shmmax, value: '68719476736' } # SHM306 error\n",
  ),
  right: pod('  hostIPC: true # SHM301 warning\n'),
  check: forEachPod((markedPod, found) => {
    for (const [i, { name }] of objectsOf(markedPod.at('securityContext', 'sysctls')).entries()) {
      if (markedPod.hostIpc && isIpcSysctl(textOf(name))) {
        found(
          inSpec(
            markedPod,
            `securityContext/sysctls/${i}`,
            `sysctl ${textOf(name)} may not be specified when hostIPC is true`,
            {
              remedies: () => [
                certain(`remove the sysctl ${textOf(name)}`, {
                  do: 'remove',
                  pointer: `${markedPod.pod.path}/securityContext/sysctls/${i}`,
                }),
              ],
            },
          ),
        );
      }
    }
  }),
};

export const SHM307: Rule = {
  id: 'SHM307',
  title: 'an unsafe sysctl of the IPC namespace',
  severity: 'warning',
  why: "The pod is scheduled, and then rejected by every kubelet that does not allow the sysctl. By default, no kubelet does. Whether a kubelet allows it is in the node's configuration, not in these files.",
  fix: 'allow it on the nodes with --allowed-unsafe-sysctls, and let the pod select those nodes',
  fact: '"SysctlForbidden: Pod was rejected: forbidden sysctl ... not allowlisted"; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#enabling-unsafe-sysctls',
  wrong: pod(
    "  securityContext:\n    sysctls:\n      - { name: kernel.msgmax, value: '65536' } # SHM307 warning\n",
  ),
  right: pod(
    "  securityContext:\n    sysctls:\n      - { name: kernel.shm_rmid_forced, value: '1' }\n",
  ),
  check: forEachPod((markedPod, found) => {
    for (const [i, { name }] of objectsOf(markedPod.at('securityContext', 'sysctls')).entries()) {
      if (
        markedPod.hostIpc ||
        !isIpcSysctl(textOf(name)) ||
        /shm_rmid_forced$/.test(textOf(name))
      ) {
        continue;
      }
      found(
        inSpec(
          markedPod,
          `securityContext/sysctls/${i}`,
          `sysctl ${textOf(name)} is unsafe: a kubelet with the default configuration rejects the pod`,
        ),
      );
    }
  }),
};

export const SHM308: Rule = {
  id: 'SHM308',
  title: 'hostUsers: false in a pod with hostIPC, hostPID or hostNetwork',
  severity: 'error',
  why: 'The API server refuses the pod.',
  fix: 'remove hostUsers: false, or hostIPC, hostPID and hostNetwork',
  fact: '"spec.hostIPC: Forbidden: when hostUsers is false"; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/#limitations',
  wrong: pod('  hostIPC: true # SHM301 warning\n  hostUsers: false # SHM308 error\n'),
  right: pod('  hostUsers: false\n'),
  check: forEachPod((markedPod, found) => {
    const fields = HOST_NAMESPACES.filter(field => markedPod.pod.is(field));
    if (markedPod.at('hostUsers') === false && fields.length > 0) {
      found(
        inSpec(
          markedPod,
          'hostUsers',
          `hostUsers: false is not allowed with ${fields.join(' and ')}`,
          {
            remedies: () => [
              suggestion('remove hostUsers: false', {
                do: 'remove',
                pointer: `${markedPod.pod.path}/hostUsers`,
              }),
            ],
          },
        ),
      );
    }
  }),
};

export const SHM312: Rule = {
  id: 'SHM312',
  title: 'a feature that Kubernetes no longer has',
  severity: 'warning',
  why: 'Kubernetes 1.25 removed PodSecurityPolicy: applying one fails. The annotation critical-pod has had no effect since 1.16: the pod can be evicted and preempted.',
  fix: 'use Pod Security labels on the namespace, and priorityClassName: system-node-critical',
  fact: 'The API server warns: "non-functional in v1.16+; use the "priorityClassName" field instead".',
  link: 'https://kubernetes.io/docs/tasks/administer-cluster/guaranteed-scheduling-critical-addon-pods/',
  wrong: `apiVersion: v1
kind: Pod
metadata:
  name: agent
  annotations:
    scheduler.alpha.kubernetes.io/critical-pod: '' # SHM312 warning
spec:
  hostIPC: true # SHM301 warning
  containers:
    - name: agent
      image: registry.example.com/agent:1
`,
  right: pod('  hostIPC: true # SHM301 warning\n  priorityClassName: system-node-critical\n'),
  check: function* (marked) {
    if (!marked.pods.some(each => marked.sharesMemory(each))) {
      return;
    }
    for (const manifest of marked.set.ofKind('PodSecurityPolicy')) {
      yield {
        manifest,
        path: '/kind',
        message: 'Kubernetes 1.25 removed PodSecurityPolicy: no cluster accepts it since then',
        severity: 'error',
      };
    }
    const annotation = 'scheduler.alpha.kubernetes.io/critical-pod';
    const isOn = (metadata: unknown) => at(metadata, 'annotations', annotation) !== undefined;
    for (const markedPod of marked.pods) {
      const { manifest, metadata, path, spec, isPartial } = markedPod.pod;
      const place = isOn(metadata)
        ? `${path.slice(0, -'/spec'.length)}/metadata`
        : isOn(manifest.json.metadata)
          ? '/metadata'
          : undefined;
      if (place === undefined || !marked.sharesMemory(markedPod)) {
        continue;
      }
      // The API server warns about the annotation even if the pod sets priorityClassName, the field
      // that replaced it.
      const without =
        spec.priorityClassName === undefined && !isPartial ? ': the pod has no priority' : '';
      const field = `${place}/annotations/scheduler.alpha.kubernetes.io~1critical-pod`;
      yield {
        manifest,
        path: field,
        remedies: () => [
          certain('remove the annotation critical-pod', { do: 'remove', pointer: field }),
        ],
        message: `the annotation critical-pod has had no effect since Kubernetes 1.16${without}`,
      };
    }
  },
};

export const SHM313: Rule = {
  id: 'SHM313',
  title: 'shareProcessNamespace in a pod with hostPID',
  severity: 'error',
  why: 'The API server refuses the pod.',
  fix: 'remove shareProcessNamespace: with hostPID, the pod sees all processes',
  fact: '"ShareProcessNamespace and HostPID cannot both be enabled"; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/',
  wrong: pod('  hostPID: true\n  shareProcessNamespace: true # SHM313 error\n'),
  right: pod('  hostPID: true\n'),
  check: forEachPod((markedPod, found) => {
    if (markedPod.pod.is('hostPID') && markedPod.pod.is('shareProcessNamespace')) {
      found(
        inSpec(
          markedPod,
          'shareProcessNamespace',
          'shareProcessNamespace is not allowed with hostPID',
          {
            remedies: () => [
              certain('remove shareProcessNamespace', {
                do: 'remove',
                pointer: `${markedPod.pod.path}/shareProcessNamespace`,
              }),
            ],
          },
        ),
      );
    }
  }),
};

export const SHM405: Rule = {
  id: 'SHM405',
  title: 'a Node object with taints',
  severity: 'warning',
  why: 'The taints of a node are one list without keys. Applying it removes all taints that others have set, including those of the node lifecycle and of autoscalers.',
  fix: 'use kubectl taint and kubectl label',
  fact: 'spec.taints is an atomic list.',
  link: 'https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy',
  wrong: `apiVersion: v1
kind: Node
metadata: { name: worker-1 }
spec:
  taints: # SHM405 warning
    - { key: example.com/agent, value: 'yes', effect: NoSchedule }
`,
  right: `apiVersion: v1
kind: ConfigMap
metadata: { name: nodes }
data: { how: kubectl taint node worker-1 example.com/agent=yes:NoSchedule }
`,
  check: function* (marked) {
    for (const manifest of marked.set.ofKind('Node')) {
      // A Node with generateName can only be created, not applied, so it has no taints set by
      // others.
      const named = at(manifest.json, 'metadata', 'name') !== undefined;
      if (
        named &&
        manifest.apiVersion === 'v1' &&
        Array.isArray(at(manifest.json, 'spec', 'taints'))
      ) {
        // an empty list also removes all taints
        yield {
          manifest,
          path: '/spec/taints',
          message: `applying Node ${manifest.name} replaces all of its taints`,
        };
      }
    }
  },
};
