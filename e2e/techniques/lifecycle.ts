import type { Pod } from '../kubectl';
import type { Manifest } from '../manifests';
import { until } from '../until';
import type { Stage } from './stage';

type Sides = Pick<Stage, 'agent' | 'agentPod' | 'client' | 'clientPod'>;

/** Applies client and agent in this order, and says whether the client waited. */
export async function gates(
  before: Pick<Stage, 'context' | 'scenario' | 'seen'>,
  agent: Manifest[],
  client: Manifest[],
): Promise<Sides> {
  const { context, scenario, seen } = before;
  const promised = seen.promised('gates');
  const running = async (seconds: number) =>
    context.runningPod(scenario.clientNamespace, scenario.clientWorkload, { seconds });
  await context.apply(client);
  if (promised) {
    const reason = await until(
      'the mount of the client waits',
      90,
      async () => mountFailure(before),
      async () => context.describe(scenario.clientNamespace),
    );
    await context.apply(agent);
    const clientPod = await running(180); // the kubelet asks again after up to two minutes
    const agentPod = await agentOn(before, clientPod);
    const restarts = restartsOf(clientPod);
    seen.add(
      'gates',
      restarts === 0,
      `the client stays in ContainerCreating (${reason}); after the agent it starts by itself, ${restarts} restarts`,
    );
    return { agentPod, clientPod, ...probes(before, agentPod, clientPod) };
  }
  const clientPod = await running(60);
  const early = await context
    .probe(clientPod, scenario.clientContainer)
    .result('read', context.token, scenario.object);
  seen.add(
    'gates',
    early !== 'ok',
    `the client starts without the agent and finds nothing (${early})`,
  );
  await context.apply(agent);
  const agentPod = await agentOn(before, clientPod);
  return { agentPod, clientPod, ...probes(before, agentPod, clientPod) };
}

async function agentOn(
  { context, scenario }: Pick<Stage, 'context' | 'scenario'>,
  { spec }: Pod,
): Promise<Pod> {
  return context.runningPod(scenario.agentNamespace, scenario.agentWorkload, {
    node: spec.nodeName,
  });
}

function probes(
  { context, scenario }: Pick<Stage, 'context' | 'scenario'>,
  agentPod: Pod,
  clientPod: Pod,
): Pick<Stage, 'agent' | 'client'> {
  return {
    agent: context.probe(agentPod, scenario.agentContainer),
    client: context.probe(clientPod, scenario.clientContainer),
  };
}

/** The kubelet's own word for why the mount waits, without paths. */
async function mountFailure({
  context,
  scenario,
}: Pick<Stage, 'context' | 'scenario'>): Promise<string | undefined> {
  for (const { status } of await context.podsOf(
    scenario.clientNamespace,
    scenario.clientWorkload,
  )) {
    if (status.containerStatuses?.some(({ state }) => !state.waiting)) {
      throw new Error('the client starts without the agent: nothing gates it');
    }
  }
  const events = await context.kubectl.events(scenario.clientNamespace);
  const failed = events.find(
    ({ reason, involvedObject, message }) =>
      reason === 'FailedMount' &&
      involvedObject.name.startsWith(scenario.clientWorkload) &&
      !message.includes('PVC is not bound'),
  ); // yet
  if (!failed) {
    return undefined;
  }
  const [known] = /is not a directory|does not exist/.exec(failed.message) ?? [];
  if (!known) {
    throw new Error(`the mount fails for another reason: ${failed.message}`);
  }
  return `FailedMount: the path ${known}`;
}

function restartsOf({ status }: Pod): number {
  return [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].reduce(
    (sum, { restartCount }) => sum + restartCount,
    0,
  );
}

/** Replaces the agent's pod; the client's stays. Returns the new pod's probe. */
export async function survivesRestart({
  context,
  scenario,
  seen,
  agentPod,
  clientPod,
  client,
}: Stage): Promise<Stage['agent']> {
  const before = await client.read(context.token, scenario.object);
  await context.kubectl.run([
    'delete',
    'pod',
    '-n',
    scenario.agentNamespace,
    agentPod.metadata.name,
    '--wait=true',
  ]);
  await until(
    'a new agent pod',
    60,
    async () =>
      (await agentOn({ context, scenario }, clientPod)).metadata.uid !== agentPod.metadata.uid ||
      undefined,
  );
  if (!seen.promised('survivesRestart')) {
    const fresh = await until('the new agent serves', 20, async () => {
      const step = await client.read(context.token, scenario.object).catch(() => undefined);
      return step && Number(step.generation) < Number(before.generation) ? step : undefined;
    });
    seen.add(
      'survivesRestart',
      fresh.starts === '1',
      "agent pod deleted: a client that connects again finds the new agent's memory, which starts anew",
    );
    return context.probe(await agentOn({ context, scenario }, clientPod), scenario.agentContainer);
  }
  const after = await until('the new agent takes the object over', 10, async () => {
    const step = await client.read(context.token, scenario.object);
    return Number(step.starts) > Number(before.starts) ? step : undefined;
  });
  const live = await client.isLive(context.token, scenario.object);
  const now = await context.runningPod(scenario.clientNamespace, scenario.clientWorkload);
  const same = now.metadata.uid === clientPod.metadata.uid && restartsOf(now) === 0;
  const kept = Number(after.generation) >= Number(before.generation) && live && same;
  seen.add(
    'survivesRestart',
    kept,
    kept
      ? 'agent pod deleted: the new one finds the old data and counts on; the client reads on, same pod, 0 restarts'
      : `generation ${before.generation} became ${after.generation}, live: ${live}, same client pod: ${same}`,
  );
  return context.probe(await agentOn({ context, scenario }, clientPod), scenario.agentContainer);
}
