import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMain } from './run-main';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'compared-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const contract = (name: string) =>
  JSON.stringify({
    ...{ apiVersion: 'cdk8s-shared-memory/v1', name, namespace: 'node-agents', version: 'v1' },
    memory: [
      {
        name: 'table',
        api: 'files',
        size: '256Mi',
        mountPath: '/run/routes',
        backing: 'directory',
      },
    ],
    nodes: {
      label: { key: 'example.com/node-agents', value: 'yes' },
      taint: { key: 'example.com/node-agents', value: 'yes', effect: 'NoSchedule' },
    },
    ...{ ownerId: 10001, groupId: 2000, clients: 'readOnly' },
  });

test.each([
  ['routes', 'compared with 3 workloads'],
  ['router', 'no workload in these files has a mark of it, so nothing was compared'],
])('lint says with what contract %s was compared', async (name, words) => {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, contract(name));
  const dist = join(__dirname, '..', '..', 'dist', 'node-agents');
  const { out } = await runMain('lint', dist, '--contract', file);
  expect(out).toContain(`\ncontract ${name} v1 (${file}): ${words}\n`);
  const json = await runMain('lint', dist, '--contract', file, '--format', 'json');
  expect(json.out + json.err).not.toContain(`contract ${name} v1 (`);
});
