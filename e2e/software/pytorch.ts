import type { Context } from '../context';
import type { ApiObject } from '../kubectl';
import { withoutSharedMemory } from '../manifests';
import type { Seen } from '../observation';
import { until } from '../until';

const NAMESPACE = 'pytorch';
const JOB = 'trainer';
const SMALL = 'trainer-without';

/** PyTorch's DataLoader: with a /dev/shm that is big enough, and with the default one. */
export async function pytorch(context: Context, yaml: string): Promise<Seen[]> {
  await context.makeNamespaces({ [NAMESPACE]: 'restricted' });
  const objects = await context.readyWithSoftware(yaml, {
    'registry.example.com/pytorch:1.13.0': 'pytorch',
  });
  await context.apply(objects);
  const big = await ended(context, JOB);
  const job = objects.find(({ kind }) => kind === 'Job')!;
  const without = withoutSharedMemory(job);
  await context.apply([
    {
      ...without,
      metadata: { ...without.metadata, name: SMALL },
      spec: { ...without.spec, backoffLimit: 0 },
    },
  ]);
  const small = await ended(context, SMALL);
  const done = /done: .*/.exec(big.log)?.[0] ?? big.log.slice(-300);
  const most = Number(/at most (\d+) MiB/.exec(done)?.[1]);
  const error = /.*[Bb]us error.*/.exec(small.log)?.[0].trim() ?? small.log.slice(-300);
  return [
    {
      observed: `PyTorch with PodSharedMemory, in a "restricted" namespace: the Job is ${big.condition}: ${done.replace(/\d+ MiB/, most > 64 ? 'more than 64 MiB' : '$&')}`,
      ok: big.condition === 'Complete' && most > 64,
    },
    {
      observed: `the same YAML without PodSharedMemory: the Job is ${small.condition}: ${error.replace(/pid(s?)\W*\d+(, \d+)*/g, 'pid$1 N')}`,
      ok: small.condition === 'Failed' && /[Bb]us error/.test(error),
    },
  ];
}

/** How a Job has ended, and what its pod has said. */
async function ended(
  { kubectl }: Context,
  name: string,
): Promise<{ condition: string; log: string }> {
  const condition = await until(`Job ${name} ends`, 300, async () => {
    const jobs = await kubectl.get<ApiObject & { status: JobStatus }>('jobs', NAMESPACE);
    const conditions = jobs.find(({ metadata }) => metadata.name === name)?.status.conditions ?? [];
    return conditions.find(({ type }) => ['Complete', 'Failed'].includes(type))?.type;
  });
  const { stdout } = await kubectl.try(['logs', '-n', NAMESPACE, `job/${name}`]);
  return { condition, log: stdout };
}

interface JobStatus {
  readonly conditions?: readonly { readonly type: string }[];
}
