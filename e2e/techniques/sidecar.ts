import type { Context } from '../context';
import { HOLD, podSpec, type Manifest } from '../manifests';
import { Observations, type Observation } from '../observation';
import { steps, type Probe } from '../probe';
import type { SidecarScenario } from '../scenarios';
import { until } from '../until';
import { overfill, oversizedSegment, uncapped } from './overfill';
import { restricted } from './restricted';

/**
 * The agent in the client's own pod. It starts three seconds late, and the app reads once, at once:
 * so only the startup probe can make it succeed.
 */
export async function sidecar(context: Context, scenario: SidecarScenario): Promise<Observation[]> {
  const seen = new Observations(scenario.technique);
  const { kubectl, token } = context;
  const names = {
    foreign: `e2e-${scenario.technique}-foreign`,
    level: `e2e-${scenario.technique}-level`,
  };
  await context.makeNamespaces({
    [names.foreign]: 'privileged',
    [names.level]: 'restricted',
    [scenario.namespace]: 'restricted',
  });
  const read = `shm-probe read ${token} ${scenario.object}`;
  const commands = {
    [scenario.agentContainer]: [
      'sh',
      '-c',
      `sleep 3; exec shm-probe ${scenario.isHuge ? '-s 2m ' : ''}serve ${token} ${scenario.object}`,
    ],
    [scenario.appContainer]: ['sh', '-c', `${read}; ${HOLD[2]}`],
  };
  const rendered = context.ready(scenario.yaml, commands);
  await context.apply(rendered);
  const pod = await context.runningPod(scenario.namespace, scenario.workload);
  const app = context.probe(pod, scenario.appContainer);

  const first = steps(
    await kubectl.logs(scenario.namespace, pod.metadata.name, scenario.appContainer),
  )[0]?.result;
  seen.add(
    'gates',
    first === 'ok',
    `the agent starts 3 s late; the first read of the app, without a second try, ${first === 'ok' ? 'succeeds' : `fails (${first})`}`,
  );
  const live = await app.isLive(token, scenario.object);
  seen.add(
    'shares',
    live,
    live ? "the app reads this run's token, and sees the agent count" : 'nothing moves',
  );

  const stranger = await context.adHoc({
    name: 'stranger',
    namespace: names.foreign,
    node: pod.spec.nodeName,
    uid: scenario.ownerId,
    groups: [scenario.groupId],
    hostIPC: true,
  });
  const outside = await stranger.result('read', token, scenario.object);
  seen.add(
    'isolates',
    outside === 'ENOENT',
    `a stranger with hostIPC on the same node finds nothing (${outside})`,
  );

  // what is there, its mode would protect before the mount does
  const own = await (scenario.path === undefined
    ? app.result('try-write', scenario.object)
    : app.result('try-create', `${scenario.path}/app`));
  const rogueName = `rogue-${scenario.workload}`;
  await context.apply([rogue(rendered, rogueName, scenario)]);
  const rogueApp = context.probe(
    await context.runningPod(scenario.namespace, rogueName),
    scenario.appContainer,
  );
  await rogueApp.read(token, scenario.object);
  const without = await rogueApp.result('try-write', scenario.object);
  seen.add(
    'readOnly',
    own === (scenario.path === undefined ? 'EACCES' : 'EROFS') && without === 'ok',
    [
      own === 'ok' ? 'the app as rendered writes' : `the app as rendered cannot write (${own})`,
      `the same pod with the agent's user and no readOnly ${without === 'ok' ? 'can' : `cannot (${without})`}`,
    ].join('; '),
  );

  const agent = context.probe(pod, scenario.agentContainer);
  seen.add('capped', ...(await beyondSize(context, agent, scenario)));
  await restricted(context, seen, names.level, rendered);

  // PID 1 of the sidecar ends: the kubelet starts that container again, in the same pod.
  const before = await app.read(token, scenario.object);
  await agent.endContainer();
  const after = await until('the sidecar serves again', 60, async () => {
    const step = await app.read(token, scenario.object);
    return Number(step.starts) > Number(before.starts) ? step : undefined;
  });
  await kubectl.run(['delete', 'pod', '-n', scenario.namespace, pod.metadata.name, '--wait=true']);
  const next = context.probe(
    await context.runningPod(scenario.namespace, scenario.workload),
    scenario.appContainer,
  );
  const fresh = await next.read(token, scenario.object);
  seen.add(
    'survivesRestart',
    Number(after.generation) >= Number(before.generation) && fresh.starts === '1',
    "the data outlives a restart of the sidecar's container; a new pod starts with new memory",
  );
  return seen.all;
}

/** The agent writes more than the size of the contract. */
async function beyondSize(
  { token }: Context,
  agent: Probe,
  { isHuge, path, size }: SidecarScenario,
): Promise<[boolean, string]> {
  if (path === undefined) {
    return oversizedSegment(agent, token, size);
  }
  return isHuge ? uncapped(agent, path, size) : overfill(agent, 'the agent', path, size);
}

/** What somebody may make of the rendered workload who does not want to be read-only. */
function rogue(rendered: Manifest[], name: string, scenario: SidecarScenario): Manifest {
  const workload = structuredClone(rendered.find(object => podSpec(object)));
  const spec = workload && podSpec(workload);
  if (!workload || !spec) {
    throw new Error('no workload');
  }
  for (const container of spec.containers) {
    container.securityContext = { ...container.securityContext, runAsUser: scenario.ownerId };
    container.volumeMounts?.forEach(mount => {
      delete mount.readOnly;
    });
  }
  const labels = { app: name };
  const selector = workload.spec?.selector as { matchLabels: Record<string, string> };
  const template = workload.spec?.template as { metadata: { labels: Record<string, string> } };
  selector.matchLabels = labels;
  template.metadata.labels = labels;
  return { ...workload, metadata: { ...workload.metadata, name } };
}
