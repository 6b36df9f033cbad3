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

/** So many fields are named. */
const MOST_FIELDS = 4;

function listed(all: readonly string[], separator = ', '): string {
  const named = all.length > MOST_FIELDS + 1 ? all.slice(0, MOST_FIELDS) : all;
  return `${named.join(separator)}${all.length > named.length ? `${separator}and ${all.length - named.length} more` : ''}`;
}

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
    const [{ field }] = violations;
    const path = field.startsWith('metadata.')
      ? ''
      : field.replace(/\[(\d+)\]/g, '/$1').replaceAll('.', '/');
    const fields = violations.map(each => each.field);
    const isHardening = podSecurityViolations('baseline', spec, metadata.annotations).length === 0;
    found(
      inSpec(
        markedPod,
        path,
        `namespace ${manifest.namespace} enforces Pod Security "${level}", which refuses ${listed(fields)}: no pod appears`,
        {
          fix: `${listed(
            violations.map(each => `${each.field} must be ${each.allowed}`),
            '; ',
          )}; ${isHardening ? 'with cdk8s, PodSecurity.restricted().attachTo() writes these fields' : 'or run the pod in a namespace that admits it'}`,
        },
      ),
    );
  }),
};
