import type { ExplainedPrivilege } from './explained-privileges';
import { code, plain, some, table } from './markdown';
import { groupBy } from '../../kube/group';
import { textOf } from '../../kube/json';
import { enforcedLevel, podSecurityViolations, type Violation } from '../../kube/pod-security';
import { readGrant } from '../../model/client/grant';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import type { MarkedPod } from '../../sharing/marked-pod';
import { unnamedReaches } from '../../sharing/memory-reach';

/**
 * What a namespace must allow, for those of its pods that use shared memory or the node, also if no
 * mark says that they do.
 */
export interface NamespaceLevel {
  /** '' if the objects have none; `kubectl -n` then sets it. */
  readonly namespace: string;
  readonly level: 'privileged' | 'baseline' | 'restricted';
  readonly because: string;
}

/** Returns the strictest Pod Security level that admits the pods of each namespace. */
export function levelsOf(
  marked: MarkedManifests,
  held: readonly ExplainedPrivilege[],
): NamespaceLevel[] {
  const others = new Set([...held, ...unnamedReaches(marked)].map(({ markedPod }) => markedPod));
  const concerned = marked.pods.filter(markedPod => markedPod.usesMemory || others.has(markedPod));
  return [...groupBy(concerned, ({ pod }) => pod.manifest.namespace ?? '')]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([namespace, pods]) => ({ namespace, ...leastLevel(pods) }));
}

/**
 * Lists what Pod Security must allow, by namespace. Those that only have grants are there, too, if
 * these manifests say what they enforce: it decides what else the pods of clients can be.
 */
export function namespaces(marked: MarkedManifests, levels: readonly NamespaceLevel[]): string[] {
  const rows = levels.map(({ namespace, level, because }) => [
    namespace === '' ? 'the namespace of `kubectl -n`' : code(namespace),
    level === 'privileged' ? '**privileged**' : level,
    because,
    enforced(marked, namespace),
  ]);
  const known = new Set(levels.map(({ namespace }) => namespace));
  const granted = new Set(
    marked.set.ofKind('PersistentVolume').flatMap(manifest => readGrant(manifest)?.to ?? []),
  );
  for (const namespace of [...granted].filter(each => !known.has(each)).sort()) {
    if (marked.set.namespaceNamed(namespace) !== undefined) {
      const none = 'none of its pods is in these manifests';
      rows.push([code(namespace), none, '', enforced(marked, namespace)]);
    }
  }
  const head = [
    'namespace',
    'strictest Pod Security level that admits its pods',
    'because of',
    'enforced',
  ];
  return rows.length === 0 ? [] : ['## What each namespace must allow', '', ...table(head, rows)];
}

function leastLevel(pods: readonly MarkedPod[]): Pick<NamespaceLevel, 'level' | 'because'> {
  for (const [level, above] of [
    ['privileged', 'baseline'],
    ['baseline', 'restricted'],
  ] as const) {
    const refused = new Set<string>();
    for (const { pod } of pods) {
      for (const violation of podSecurityViolations(above, pod.spec, pod.metadata.annotations)) {
        refused.add(`${plain(pod.manifest.name)} ${wording(violation)}`);
      }
    }
    if (refused.size > 0) {
      return { level, because: some([...refused], 3) };
    }
  }
  return { level: 'restricted', because: '' };
}

function wording({ field, given }: Violation): string {
  return code(
    typeof given === 'string' && field.startsWith('volumes[') ? `${given} volume` : short(field),
  );
}

/** Removes indexes: they tell a reader nothing, and change when a container is added. */
function short(field: string): string {
  return field.replace(/\[\d+\]/g, '');
}

function enforced({ set }: MarkedManifests, namespace: string): string {
  const found = set.namespaceNamed(namespace);
  if (!found) {
    return 'not in these manifests: see the next section';
  }
  const label = enforcedLevel(found);
  return label === undefined ? 'nothing: the default of the cluster applies' : code(textOf(label));
}
