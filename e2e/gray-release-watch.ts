import type { Context } from './context';
import type { ApiObject, Pod } from './kubectl';
import { until } from './until';

export const [AGENTS, SHOP] = ['gray-agents', 'gray-shop'];
export const AGENT_NAMES = ['routes', 'routes-canary'];

interface Rolled extends ApiObject {
  readonly metadata: ApiObject['metadata'] & { readonly generation: number };
  readonly status: { readonly desiredNumberScheduled?: number };
}
interface Endpoint {
  readonly conditions: { readonly ready?: boolean };
  readonly targetRef?: { readonly name: string };
}
interface Slice extends ApiObject {
  readonly endpoints?: Endpoint[];
}
interface Counts {
  readonly old: number;
  readonly young: number;
  readonly both: number;
}

export async function daemonSets(context: Context): Promise<Rolled[]> {
  return (await context.kubectl.get<Rolled>('daemonsets', AGENTS)).filter(({ metadata }) =>
    AGENT_NAMES.includes(metadata.name),
  );
}

export async function generations(context: Context): Promise<Map<string, number>> {
  return new Map(
    (await daemonSets(context)).map(({ metadata }) => [metadata.name, metadata.generation]),
  );
}

export function changed(before: Map<string, number>, after: Map<string, number>): string[] {
  return [...after]
    .filter(([name, generation]) => before.get(name) !== generation)
    .map(([name]) => name);
}

export async function templatesOf(context: Context): Promise<unknown[]> {
  const objects = [
    ...(await context.kubectl.get('daemonsets', AGENTS)),
    ...(await context.kubectl.get('deployments', SHOP)),
  ];
  return objects.map(
    object => (object as unknown as { spec: { template: unknown } }).spec.template,
  );
}

/** Ready endpoints of the one Service, by the Deployment that has them. */
export async function ready(context: Context): Promise<Counts> {
  const slices = await context.kubectl.get<Slice>('endpointslices', SHOP);
  const names = slices
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions.ready)
    .map(({ targetRef }) => targetRef?.name ?? '');
  const of = (deployment: string) => names.filter(name => name.startsWith(`${deployment}-`)).length;
  return { old: of('shop-old'), young: of('shop-new'), both: of('shop') };
}

export async function agentPods(context: Context): Promise<Pod[]> {
  return (await context.kubectl.pods(AGENTS)).filter(({ metadata }) =>
    /^routes(-canary)?-[^-]+$/.test(metadata.name),
  );
}

/** The fewest ready endpoints of each kind while something is done. */
export async function lowest(context: Context, act: () => Promise<void>): Promise<Counts> {
  let low = await ready(context);
  await meanwhile(act, async () => {
    const now = await ready(context);
    low = {
      old: Math.min(low.old, now.old),
      young: Math.min(low.young, now.young),
      both: Math.min(low.both, now.both),
    };
  });
  return low;
}

/** The most agents whose containers run at once while something is done. */
export async function mostAtOnce(context: Context, act: () => Promise<void>): Promise<number> {
  let most = 0;
  await meanwhile(act, async () => {
    const running = (await agentPods(context)).filter(({ status }) =>
      status.containerStatuses?.some(({ state }) => state.running),
    );
    most = Math.max(most, running.length);
  });
  return most;
}

async function meanwhile(act: () => Promise<void>, look: () => Promise<void>): Promise<void> {
  let isDone = false;
  const watching = (async () => {
    while (!isDone) {
      await look();
      await new Promise(resolve => setTimeout(resolve, 200));
    }
  })();
  try {
    await act();
  } finally {
    isDone = true;
    await watching;
  }
}

export async function gone(context: Context, pod: Pod): Promise<void> {
  await until(`${pod.metadata.name} is gone`, 120, async () => {
    const pods = await context.kubectl.pods(pod.metadata.namespace ?? AGENTS);
    return !pods.some(({ metadata }) => metadata.uid === pod.metadata.uid) || undefined;
  });
}
