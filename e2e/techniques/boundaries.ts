import type { Context } from '../context';
import type { Pod } from '../kubectl';
import type { AdHocPod } from '../manifests';
import { until } from '../until';
import { overfill, overmap } from './overfill';
import type { Stage } from './stage';

const MEBIBYTE = 1024 * 1024;

/**
 * A pod outside the contract, with the ids of the agent, the group of the contract and the SELinux
 * level of its clients: none of these is a secret, and any pod may ask for them.
 */
export async function isolates(stage: Stage): Promise<void> {
  const { context, scenario, seen } = stage;
  const stranger = await context.adHoc(strangerPod(stage, 'stranger'));
  const results: string[] = [];
  for (const each of scenario.stranger.objects) {
    results.push(await stranger.result('read', context.token, each));
  }
  if (!seen.promised('isolates')) {
    seen.add(
      'isolates',
      results[0] === 'ok',
      `a stranger ${scenario.stranger.words} ${results[0] === 'ok' ? 'reads it' : `does not read it (${results[0]})`}`,
    );
    return;
  }
  const outside = results.every(result => result === 'ENOENT');
  const claim = scenario.persistentVolume ? await stolenClaim(stage) : undefined;
  seen.add(
    'isolates',
    outside && claim !== 'Bound',
    [
      `a stranger ${scenario.stranger.words} finds nothing (${[...new Set(results)].join(', ')})`,
      ...(claim ? [`a claim of another namespace on the same volume stays ${claim}`] : []),
    ].join('; '),
  );
}

function strangerPod({ scenario, names, clientPod }: Stage, name: string): AdHocPod {
  const { hostIPC, volume } = scenario.stranger;
  return {
    name,
    namespace: names.foreign,
    node: clientPod.spec.nodeName,
    uid: scenario.ownerId,
    groups: [scenario.groupId],
    hostIPC,
    level: levelOf(clientPod),
    volume,
  };
}

/** The SELinux level of a client as rendered, if its contract asks for one. */
function levelOf({ spec }: Pod): string | undefined {
  return spec.securityContext?.seLinuxOptions?.level;
}

/**
 * A namespace without a grant makes a claim of its own on the granted volume; returns the claim's
 * phase after the binder has looked at it.
 */
async function stolenClaim({ context, scenario, names }: Stage): Promise<string> {
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'stolen', namespace: names.foreign },
    spec: {
      accessModes: ['ReadOnlyMany'],
      storageClassName: '',
      volumeName: scenario.persistentVolume,
      resources: { requests: { storage: '1Mi' } },
    },
  };
  await context.apply([claim]);
  return until('an answer of the binder', 60, async () => {
    const { status }: { status: { phase: string } } = JSON.parse(
      await context.kubectl.run(['get', 'pvc', '-n', names.foreign, 'stolen', '-o', 'json']),
    );
    const events = await context.kubectl.events(names.foreign);
    return status.phase === 'Bound' ||
      events.some(({ involvedObject }) => involvedObject.name === 'stolen')
      ? status.phase
      : undefined;
  });
}

/**
 * The client as rendered, and then one that runs as the agent's user with no readOnly in its YAML.
 * The client is asked to create: to open what is there, the mode of the file would refuse it before
 * the mount does.
 */
export async function readOnly({
  context,
  scenario,
  seen,
  client,
  clientPod,
}: Stage): Promise<void> {
  const rendered = await (scenario.path
    ? client.result('try-create', `${scenario.path}/client`)
    : client.result('try-write', scenario.object));
  const own =
    rendered === 'ok'
      ? 'the client as rendered writes'
      : `the client as rendered cannot write (${rendered})`;
  const refused = rendered === (scenario.path ? 'EROFS' : 'EACCES');
  const pod: AdHocPod = {
    name: 'rogue',
    namespace: scenario.clientNamespace,
    node: clientPod.spec.nodeName,
    uid: scenario.ownerId,
    groups: [scenario.groupId],
    level: levelOf(clientPod),
    ...scenario.rogue,
  };
  const who = "a pod of its namespace with the agent's user and no readOnly";
  if (context.nodes.enforceSeLinux && scenario.persistentVolume !== undefined) {
    const why = await notRelabelled(context, pod);
    seen.add('readOnly', refused, `${own}; ${who} does not start ("${why}")`);
    return;
  }
  const rogue = await context.adHoc(pod);
  const results = [await rogue.result('try-write', scenario.object)];
  const byDescriptor = scenario.object.startsWith('memfd:'); // its directory holds no data
  if (scenario.path && !byDescriptor) {
    results.push(await rogue.result('try-create', `${scenario.path}/rogue`));
  }
  const writes = results.every(result => result === 'ok');
  seen.add(
    'readOnly',
    refused && results.every(result => result === (seen.promised('readOnly') ? 'EROFS' : 'ok')),
    `${own}; ${who} ${writes ? 'can' : `cannot (${[...new Set(results)].join(', ')})`}`,
  );
}

/**
 * Where SELinux is enforcing, the runtime gives a claim that a pod does not mount read-only the
 * label of that pod, and ends with an error where it may not.
 */
async function notRelabelled(context: Context, pod: AdHocPod): Promise<string> {
  await context.apply([context.adHocManifest(pod)]);
  return until(
    'the runtime cannot relabel the volume',
    120,
    async () => {
      const [found] = await context.podsOf(pod.namespace, pod.name);
      const waiting = found?.status.containerStatuses?.[0]?.state.waiting;
      return /lsetxattr.*: (read-only file system)/.exec(waiting?.message ?? '')?.[1];
    },
    async () => context.describe(pod.namespace),
  );
}

/**
 * The agent writes past the size of the contract. Last of all: where an init step measures the
 * leftovers, the agent does not come up again.
 */
export async function capped(stage: Stage): Promise<void> {
  const { context, scenario, seen, agent } = stage;
  if (seen.promised('capped') && scenario.path) {
    const fill = scenario.isHuge ? overmap : overfill;
    seen.add('capped', ...(await fill(agent, 'the agent', scenario.path, scenario.size)));
    return;
  }
  const beyond = scenario.size + 8 * MEBIBYTE;
  const second = scenario.object.startsWith('memfd:')
    ? `memfd:${scenario.path}/second.sock`
    : scenario.path
      ? `file:${scenario.path}/beyond`
      : scenario.nodeObjects[1];
  const result = await agent.result('-s', beyond, 'write', context.token, second);
  const able = result === 'ok' ? 'can write' : `cannot write (${result})`;
  const observed = [
    `the agent ${able} ${beyond / MEBIBYTE} MiB where the contract has ${scenario.size / MEBIBYTE} MiB`,
  ];
  const measured =
    scenario.measureContainer !== undefined && (await refusal(stage, scenario.measureContainer));
  if (measured) {
    observed.push(`the next agent pod does not start over that: "${measured}"`);
  } else {
    await agent.result('remove', second);
  }
  seen.add(
    'capped',
    result === 'ok' && !seen.promised('capped') && measured !== '',
    observed.join('; '),
  );
}

/** What the init step says that measures, without the path on the node. */
async function refusal(
  { context, scenario, agent, clientPod }: Stage,
  container: string,
): Promise<string> {
  await context.kubectl.run(['delete', 'pod', '-n', agent.namespace, agent.pod, '--wait=true']);
  const message = await until(
    `${container} refuses`,
    60,
    async () => {
      const pods = await context.podsOf(scenario.agentNamespace, scenario.agentWorkload);
      const pod = pods.find(({ spec }) => spec.nodeName === clientPod.spec.nodeName);
      const status = pod?.status.initContainerStatuses?.find(({ name }) => name === container);
      return status?.state.terminated?.message ?? status?.lastState?.terminated?.message;
    },
    async () => context.describe(scenario.agentNamespace),
  );
  return /holds .*/.exec(message)?.[0] ?? '';
}
