import { code, plain, some, table } from './markdown';
import { hostPrivileges } from '../../kube/host-privileges';
import { at, textOf } from '../../kube/json';
import { podSecurityViolations } from '../../kube/pod-security';
import type { Subject } from '../../rules/subject';
import type { Subjects } from '../../rules/subjects';

const ENFORCE = 'pod-security.kubernetes.io/enforce';

/** What Pod Security must allow, by namespace: as far as pods have to do with shared memory, or with the node. */
export function namespaces(subjects: Subjects): string[] {
  const byNamespace = new Map<string, Subject[]>();
  for (const subject of subjects.pods) {
    if (!subject.usesMemory && hostPrivileges(subject.pod).length === 0) { continue; }
    const namespace = subject.pod.manifest.namespace ?? '';
    byNamespace.set(namespace, [...byNamespace.get(namespace) ?? [], subject]);
  }
  if (byNamespace.size === 0) { return []; }
  const rows = [...byNamespace].sort(([a], [b]) => a < b ? -1 : 1).map(([namespace, pods]) => {
    const { level, because } = leastLevel(pods);
    return [namespace === '' ? 'that of `kubectl -n`' : code(namespace), level === 'privileged' ? '**privileged**' : level, because, enforced(subjects, namespace)];
  });
  return ['## What each namespace must allow', '', ...table(['namespace', 'least Pod Security level that admits these pods', 'because of', 'enforced in these manifests'], rows)];
}

/** The strictest level that admits all pods. */
export function leastLevel(pods: readonly Subject[]): { level: 'privileged' | 'baseline' | 'restricted'; because: string } {
  for (const [level, above] of [['privileged', 'baseline'], ['baseline', 'restricted']] as const) {
    const refused = pods.flatMap(({ pod }) => podSecurityViolations(above, pod.spec, pod.metadata.annotations).map(({ field, given }) => `${plain(pod.manifest.name)} ${code(typeof given === 'string' && /^volumes\[/.test(field) ? `${given} volume` : short(field))}`));
    if (refused.length > 0) { return { level, because: some([...new Set(refused)], 3) }; }
  }
  return { level: 'restricted', because: '' };
}

/** A number says nothing to a reader, and changes when another container comes. */
function short(field: string): string {
  return field.replace(/\[\d+\]/g, '');
}

function enforced({ set }: Subjects, namespace: string): string {
  const found = set.ofKind('Namespace').find(({ name }) => name === namespace);
  if (!found) { return 'the namespace is not in these manifests'; }
  const label = at(found.json, 'metadata', 'labels', ENFORCE);
  return label === undefined ? 'nothing: the default of the cluster' : code(textOf(label));
}
