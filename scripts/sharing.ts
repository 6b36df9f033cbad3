import { at, isObject, objectsOf, keysOf } from '../src/kube/json';
import { containersOf, podTemplates } from '../src/kube/pod-template';

const MARK = 'cdk8s-shared-memory/contract.';

/** A short table of what is shared with whom, read from the marks in the rendered YAML. */
export function sharingTable(rendered: readonly { example: string; object: unknown }[]): string {
  const rows = [
    ['EXAMPLE', 'WORKLOAD', 'SIDE', 'CONTRACT', 'MEMORY', 'ACCESS'],
    ...rendered.flatMap(({ example, object }) => rowsOf(example, object)),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)));
  return rows
    .map(
      row =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i]))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function rowsOf(example: string, object: unknown): string[][] {
  const workload = `${String(at(object, 'metadata', 'namespace') ?? 'default')}/${String(at(object, 'kind'))}/${String(at(object, 'metadata', 'name'))}`;
  const annotations = at(object, 'metadata', 'annotations');
  const marks = Object.entries(isObject(annotations) ? annotations : {})
    .filter(([key]) => key.startsWith(MARK))
    .map(([key, value]) => {
      const mark: unknown = JSON.parse(String(value));
      const memory = objectsOf(at(mark, 'memory'))
        .map(m => `${String(m.name)} ${String(m.size)} ${String(m.mountPath ?? m.api)}`)
        .join(', ');
      return [
        example,
        workload,
        String(at(mark, 'side')),
        key.slice(MARK.length),
        memory,
        String(at(mark, 'access')),
      ];
    });
  return [
    ...marks,
    ...ownDevShm(object).map(memory => [example, workload, 'own', '-', memory, 'readWrite']),
  ];
}

/** A pod's own /dev/shm (PodSharedMemory) has no contract: it is shared within the pod alone. */
function ownDevShm(object: unknown): string[] {
  return podTemplates(object).flatMap(template => {
    const spec = at(object, ...keysOf(template), 'spec');
    const volume = objectsOf(at(spec, 'volumes')).find(v => v.name === 'dev-shm');
    const mounted = containersOf(spec)
      .filter(c => objectsOf(c.json.volumeMounts).some(m => m.name === 'dev-shm'))
      .map(c => c.name);
    return volume
      ? [`${String(at(volume, 'emptyDir', 'sizeLimit'))} /dev/shm in ${mounted.join(', ')}`]
      : [];
  });
}
