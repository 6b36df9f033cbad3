import type { Context } from '../context';
import { HOLD } from '../manifests';
import { Observations, type Observation } from '../observation';
import type { PodSharedMemoryScenario } from '../scenarios';
import { until } from '../until';
import { overfill } from './overfill';
import { restricted } from './restricted';

/** A bigger /dev/shm in one pod, mounted by two of its containers. */
export async function podSharedMemory(
  context: Context,
  scenario: PodSharedMemoryScenario,
): Promise<Observation[]> {
  const seen = new Observations('pod-shared-memory');
  const { kubectl, token } = context;
  const object = 'posix:/e2e';
  const names = { foreign: 'e2e-pod-shared-memory-foreign', level: 'e2e-pod-shared-memory-level' };
  await context.makeNamespaces({
    [names.foreign]: 'privileged',
    [names.level]: 'restricted',
    [scenario.namespace]: 'restricted',
  });
  const rendered = context.ready(scenario.yaml, {
    [scenario.containers[0]]: HOLD,
    [scenario.containers[1]]: HOLD,
  });
  await context.apply(rendered);
  const pod = await context.runningPod(scenario.namespace, scenario.workload);
  const [writer, reader] = scenario.containers.map(container => context.probe(pod, container));
  seen.add('gates', true, 'not observable: there is nothing to wait for');

  // The containers may run as different users: nothing in the technique gives them a common one.
  const written = await writer.result('-m', '0666', 'write', token, object);
  const { result } = await reader.read(token, object);
  seen.add(
    'shares',
    written === 'ok' && result === 'ok',
    'one container reads what another has written to /dev/shm',
  );
  const own = await reader.result('try-write', object);
  seen.add(
    'readOnly',
    own === 'ok',
    own === 'ok'
      ? 'another container of the pod writes'
      : `another container of the pod cannot write (${own})`,
  );

  const stranger = await context.adHoc({
    name: 'stranger',
    namespace: names.foreign,
    node: pod.spec.nodeName,
    uid: 10001,
    groups: [2000],
    hostIPC: true,
  });
  const outside = await stranger.result('read', token, object);
  seen.add(
    'isolates',
    outside === 'ENOENT',
    `a stranger with hostIPC on the same node finds nothing (${outside})`,
  );
  await restricted(context, seen, names.level, rendered);

  seen.add('capped', ...(await overfill(writer, 'a container', '/dev/shm', scenario.size)));

  await writer.endContainer();
  await until(
    'the container runs again',
    60,
    async () => {
      const [{ status }] = await context.podsOf(scenario.namespace, scenario.workload);
      const killed = status.containerStatuses?.find(({ name }) => name === scenario.containers[0]);
      return killed && killed.restartCount > 0 && killed.state.running;
    },
    async () => context.describe(scenario.namespace),
  );
  const kept = await writer.read(token, object);
  await kubectl.run(['delete', 'pod', '-n', scenario.namespace, pod.metadata.name, '--wait=true']);
  const next = context.probe(
    await context.runningPod(scenario.namespace, scenario.workload),
    scenario.containers[0],
  );
  const fresh = await next.result('read', token, object);
  seen.add(
    'survivesRestart',
    kept.result === 'ok' && fresh === 'ENOENT',
    'the data outlives a restart of a container; a new pod starts with new memory',
  );
  return seen.all;
}
