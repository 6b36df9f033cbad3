import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { newFolder } from './adopted-app';

/** A workload whose containers mount a directory of the node. */
export const workload = (
  kind: string,
  name: string,
  { path = '/run/cache', type = '', at = '', readOnly = false, metadata = '', more = '' } = {},
) => `apiVersion: apps/v1
kind: ${kind}
metadata: { name: ${name}, namespace: ${kind === 'DaemonSet' ? 'cache' : 'shop'}${metadata} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
${more}      containers:
        - name: app # the only one
          image: registry.example.com/${name}:1
          volumeMounts: [{ name: shared, mountPath: ${at || path}${readOnly ? ', readOnly: true' : ''} }]
      volumes: [{ name: shared, hostPath: { path: ${path}${type === '' ? '' : `, type: ${type}`} } }]
`;
export const agent = workload('DaemonSet', 'cache');
export const client = workload('Deployment', 'web', { readOnly: true });
export const secret = (labels: string) =>
  `apiVersion: v1\nkind: Secret\nmetadata: { name: s, labels: { ${labels} } }\nstringData: { a: b }\n`;

/** Writes files into a new folder. */
export function folderOf(files: Record<string, string>): string {
  const folder = join(newFolder(), 'deploy');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}
