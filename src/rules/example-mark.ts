import { API_VERSION } from '../model/annotation-codec';
import type { Side } from '../model/contract/contract-mark';

/** Memories in the example YAML of the rules. */
export const TABLE = {
  name: 'table',
  api: 'files',
  size: '64Mi',
  mountPath: '/run/routes',
  backing: 'directory',
};
export const RING = { name: 'ring', api: 'systemV', size: '64Mi', backing: 'hostIpc' };

interface More {
  readonly namespace?: string;
  readonly version?: string;
  readonly group?: number;
  readonly access?: 'readOnly' | 'readWrite';
}

/** Returns the line of YAML with the mark of an example workload. */
export function exampleMark(
  side: Side,
  memory: object,
  containers: string[],
  more: More = {},
): string {
  const { namespace = 'agents', version = 'v1', group } = more;
  const access = more.access ?? (side === 'agent' ? 'readWrite' : 'readOnly');
  const mark = {
    apiVersion: API_VERSION,
    namespace,
    version,
    side,
    access,
    ...(group === undefined ? {} : { group }),
    memory: [memory],
    containers,
  };
  return `    cdk8s-shared-memory/contract.routes: '${JSON.stringify(mark)}'`;
}

/**
 * Returns an example client that has its memory by a claim, and so needs nothing of its node.
 *
 * @param more further fields of its pod spec, each on a line of its own
 */
export function exampleClient(more: string): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
${exampleMark('client', TABLE, ['web'])}
spec:${more}
  containers:
    - name: web
      image: registry.example.com/web:1
      volumeMounts:
        - { name: routes, mountPath: /run/routes, readOnly: true }
  volumes:
    - name: routes
      persistentVolumeClaim: { claimName: routes-table-v1-ro, readOnly: true }
`;
}
