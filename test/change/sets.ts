import { changesBetween } from '../../src/change/diff';
import type { ObjectRef, SetChanges } from '../../src/change/set-changes';
import type { DiffDocument } from '../../src/report/diff/diff-document';
import { objectWords } from '../../src/report/diff/diff-words';
import { diffDocument } from '../../src/report/diff/worded-changes';
import { read } from '../rules/findings';

/** What differs between two texts, in words. */
export function diffOf(before: string, after: string): DiffDocument {
  return diffDocument(changesOf(before, after));
}

/** What differs between two texts, as facts. */
export function changesOf(before: string, after: string): SetChanges {
  const side = (text: string) => {
    const { manifests, problems } = read(text, 'app.yaml');
    expect(problems).toEqual([]);
    return { manifests, root: 'app.yaml' };
  };
  return changesBetween(side(before), side(after));
}

/** What differs between two sets of files. */
export function diffOfFiles(
  before: Record<string, string>,
  after: Record<string, string>,
): DiffDocument {
  const side = (files: Record<string, string>) => ({
    manifests: Object.entries(files).flatMap(
      ([name, text]) => read(text, `dist/${name}`).manifests,
    ),
    root: 'dist',
  });
  return diffDocument(changesBetween(side(before), side(after)));
}

/** `Deployment shop/api[, container]: what`. */
export function shown(
  list: readonly {
    of: ObjectRef;
    container: string | null;
    what: string;
    instead: string | null;
  }[],
): string[] {
  return list.map(
    ({ of, container, what, instead }) =>
      `${objectWords(of)}${container === null ? '' : `, ${container}`}: ${what}${instead === null ? '' : ` (${instead})`}`,
  );
}

/**
 * A Deployment `shop/web` of one container; `pod` are further fields of its pod spec, `container`
 * of its container.
 */
export function deployment(pod = '', container = '', more = ''): string {
  return workload('Deployment', { pod, container, more });
}

type Parts = Partial<
  Record<'pod' | 'container' | 'more' | 'spec' | 'name' | 'namespace' | 'annotations', string>
>;

/** A workload of one container, in flow style, so that parts can be written in one line. */
export function workload(
  kind: string,
  {
    pod = '',
    container = '',
    more = '',
    spec = '',
    name = 'web',
    namespace = 'shop',
    annotations = '',
  }: Parts = {},
): string {
  return `---
apiVersion: ${kind === 'Job' || kind === 'CronJob' ? 'batch/v1' : 'apps/v1'}
kind: ${kind}
metadata: { name: ${name}, namespace: ${namespace}${annotations === '' ? '' : `, annotations: { ${annotations} }`} }
spec:
  ${spec}
  ${kind === 'Job' ? '' : 'selector: { matchLabels: { app: web } }'}
  template:
    metadata: { labels: { app: web } ${more === '' ? '' : `, ${more}`} }
    spec:
      containers: [{ name: web, image: 'web:1', ${container} }]
      ${pod.split('\n').join('\n      ')}
`.replace(/^ +\n/gm, '');
}

/** A mark as a line of a flow map of annotations. */
export function mark(
  side: 'agent' | 'client' | 'sidecar',
  memory: object = {},
  more: object = {},
): string {
  const value = {
    apiVersion: 'cdk8s-shared-memory/v1',
    namespace: 'agents',
    version: 'v1',
    side,
    access: side === 'client' ? 'readOnly' : 'readWrite',
    group: 2000,
    payer: 'agent',
    memory: [
      {
        name: 'table',
        api: 'files',
        size: '256Mi',
        mountPath: '/run/routes',
        backing: side === 'sidecar' ? 'emptyDir' : 'directory',
        ...memory,
      },
    ],
    containers: ['web'],
    ...more,
  };
  return `cdk8s-shared-memory/contract.routes: '${JSON.stringify(value)}'`;
}

/** A grant of memory table of contract routes. */
export function grant(
  namespace: string,
  access: 'ro' | 'rw' = 'ro',
  version = 'v1',
  name = `agents-routes-table-${version}-${namespace}-${access}`,
): string {
  return `---
apiVersion: v1
kind: PersistentVolume
metadata: { name: ${name} }
spec:
  claimRef: { namespace: ${namespace}, name: routes-table-${version}-${access} }
  local: { path: /run/cdk8s-shared-memory/agents.routes/${version}/table }
  ${access === 'ro' ? 'mountOptions: [ro]' : 'accessModes: [ReadWriteMany]'}
`;
}

/** The privileges that a change gains and loses, as diff shows them. */
export function gainsAndLosses(before: string, after: string) {
  const {
    privileges: { gained, lost },
  } = diffOf(before, after);
  return { gained: shown(gained), lost: shown(lost) };
}
