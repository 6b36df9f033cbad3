import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context';
import { withoutSharedMemory, type Manifest } from '../manifests';
import type { Seen } from '../observation';
import { until } from '../until';

const NAMESPACE = 'postgresql';
const POD = 'postgres-0';
const DATA = '/run/e2e-postgresql';
const QUERY = readFileSync(
  join(__dirname, '..', '..', 'examples', 'postgresql', 'join.sql'),
  'utf8',
);

/** PostgreSQL: a parallel query with a /dev/shm that is big enough, and with the default one. */
export async function postgresql(context: Context, yaml: string): Promise<Seen[]> {
  await context.makeNamespaces({ [NAMESPACE]: 'restricted' });
  await context.keepClean(async () => {
    await context.onNodes(`rm -rf /host${DATA}`);
  });
  await context.onNodes(`mkdir -p /host${DATA}`);
  await context.apply(volumeAndPassword(context.token));
  const objects = await context.readyWithSoftware(yaml, {
    'registry.example.com/postgres:15.18': 'postgresql',
  });
  const query = async () => {
    await until('the server accepts connections', 120, async () => {
      const { code } = await context.kubectl.exec(NAMESPACE, POD, 'postgres', ['pg_isready']);
      return code === 0;
    });
    return context.kubectl.try(
      [
        ...['exec', '-i', '-n', NAMESPACE, POD, '--'],
        ...['psql', '-U', 'postgres', '-v', 'ON_ERROR_STOP=1', '-tA'],
      ],
      QUERY,
    );
  };
  const started = async (other?: string) =>
    until('the pod of the server', 120, async () => {
      const pod = await context.runningPod(NAMESPACE, POD, { seconds: 120 });
      return pod.metadata.uid === other ? undefined : pod;
    });

  await context.apply(objects);
  const first = await started();
  const big = await query();
  await context.kubectl.run(['delete', 'pod', '-n', NAMESPACE, POD]);
  const second = await started(first.metadata.uid);
  const again = await query();
  await context.kubectl.apply(objects.map(withoutSharedMemory));
  await started(second.metadata.uid);
  const small = await query();
  const alive = await context.kubectl.exec(NAMESPACE, POD, 'postgres', [
    ...['psql', '-U', 'postgres', '-tAc', 'SELECT count(*) FROM numbers'],
  ]);
  const row = (text: string) => text.trim().split('\n').pop() ?? '';
  const error = /ERROR: .*/.exec(small.stderr)?.[0] ?? 'no error';
  return [
    {
      observed: `PostgreSQL with PodSharedMemory, in a "restricted" namespace: a parallel hash join of 1.5 million rows: ${row(big.stdout)}${big.stderr.trim()}`,
      ok: row(big.stdout) === '1500000|1|1500000',
    },
    {
      observed: `its pod is deleted: the table is there again, and the query returns ${row(again.stdout)}${again.stderr.trim()}`,
      ok: row(again.stdout) === '1500000|1|1500000',
    },
    {
      observed: `the same YAML without PodSharedMemory: ${error.replace(/PostgreSQL\.\d+/, 'PostgreSQL.N')}`,
      ok: /could not resize shared memory segment .*: No space left on device/.test(error),
    },
    {
      observed: `that server goes on: the table has ${alive.stdout.trim()} rows`,
      ok: alive.stdout.trim() === '1500000',
    },
  ];
}

/** What the example leaves to the cluster and to its user. */
function volumeAndPassword(password: string): Manifest[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'e2e-postgresql' },
      spec: {
        capacity: { storage: '10Gi' },
        accessModes: ['ReadWriteOnce'],
        claimRef: { namespace: NAMESPACE, name: 'postgres-data' },
        local: { path: DATA },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              {
                matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }],
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'postgres', namespace: NAMESPACE },
      stringData: { password },
    } as Manifest,
  ];
}
