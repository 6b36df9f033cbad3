import type { Context } from '../context';
import { HOLD } from '../manifests';
import { Observations, type Observation } from '../observation';
import type { BetweenPodsScenario } from '../scenarios';
import { capped, isolates, readOnly } from './boundaries';
import { gates, survivesRestart } from './lifecycle';
import { restricted } from './restricted';
import { makeRoom, type Names, type Stage } from './stage';

/**
 * An agent's DaemonSet and a client in another namespace: the client first, so that the gate is
 * seen.
 */
export async function betweenPods(
  context: Context,
  scenario: BetweenPodsScenario,
): Promise<Observation[]> {
  const seen = new Observations(scenario.technique);
  const names: Names = {
    foreign: `e2e-${scenario.technique}-foreign`,
    restricted: `e2e-${scenario.technique}-level`,
  };
  await makeRoom(context, scenario, names);

  const agent = context.ready(scenario.agent, {
    [scenario.agentContainer]: [
      'shm-probe',
      ...(scenario.isHuge ? ['-s', '2m'] : []),
      '-g',
      String(scenario.groupId),
      'serve',
      context.token,
      scenario.object,
    ],
  });
  const client = context.ready(scenario.client, { [scenario.clientContainer]: HOLD });
  const stage: Stage = {
    context,
    scenario,
    names,
    seen,
    ...(await gates({ context, scenario, seen }, agent, client)),
  };

  const step = await stage.client.read(context.token, scenario.object);
  const live = await stage.client.isLive(context.token, scenario.object);
  seen.add(
    'shares',
    live,
    live
      ? `the client reads this run's token, and sees the agent count (mode ${step.mode})`
      : 'the client reads, but nothing moves',
  );
  await isolates(stage);
  await readOnly(stage);
  await restricted(context, seen, names.restricted, client);
  const agentAfter = await survivesRestart(stage);
  await capped({ ...stage, agent: agentAfter });
  return seen.all;
}
