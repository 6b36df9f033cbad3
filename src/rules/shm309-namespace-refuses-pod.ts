import { forEachPod, type Rule } from './rule';
import { inSpec } from './rule-match';
import { enforcedLevel, podSecurityViolations } from '../kube/pod-security';
import { POD_SECURITY_ENFORCE } from '../kube/well-known';

const set = (level: string, found: string) => `apiVersion: v1
kind: Namespace
metadata:
  name: agents
  labels: { ${POD_SECURITY_ENFORCE}: ${level} }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent, namespace: agents }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec:
      hostIPC: true # SHM301 warning${found}
      containers:
        - name: agent
          image: registry.example.com/agent:1
`;

export const SHM309: Rule = {
  id: 'SHM309',
  title: 'the namespace does not admit the pod',
  severity: 'error',
  why: 'Pod Security refuses pods, not workloads. kubectl apply succeeds, with a warning that is easily missed, but no pod appears.',
  fix: 'run the agent in its own namespace, with a level that admits it; give clients a claim instead of a hostPath',
  fact: 'A DaemonSet in a baseline namespace: applied with exit code 0, DESIRED 1, CURRENT 0, event FailedCreate; seen on Kubernetes 1.33.',
  link: 'https://kubernetes.io/docs/concepts/security/pod-security-admission/',
  wrong: set('baseline', ', SHM309 error'),
  right: set('privileged', ''),
  check: forEachPod((markedPod, found, marked) => {
    if (markedPod.pod.isPartial) {
      return;
    }
    const { manifest, metadata, spec } = markedPod.pod;
    const level = enforcedLevel(marked.set.namespaceNamed(manifest.namespace));
    if (
      (level !== 'baseline' && level !== 'restricted') ||
      !(markedPod.usesMemory || marked.sharesMemory(markedPod))
    ) {
      return;
    }
    const violations = podSecurityViolations(level, spec, metadata.annotations);
    if (violations.length === 0) {
      return;
    }
    const [{ field, allowed }] = violations;
    const more = violations.length === 1 ? '' : `, and ${violations.length - 1} more`;
    const path = field.startsWith('metadata.')
      ? ''
      : field.replace(/\[(\d+)\]/g, '/$1').replaceAll('.', '/');
    found(
      inSpec(
        markedPod,
        path,
        `namespace ${manifest.namespace} enforces Pod Security "${level}", which refuses ${field}${more}: no pod appears`,
        { fix: `${field} must be ${allowed}; or run the pod in a namespace that admits it` },
      ),
    );
  }),
};
