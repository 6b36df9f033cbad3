import type { Context } from './context';
import { HOLD, podSpec, type Manifest } from './manifests';
import { asRoot } from './nodes';
import type { Seen } from './observation';
import { Runbook } from './runbook';
import { until, withPatience } from './until';
import { IMAGES } from '../examples/join-by-label/main';
import { WIRED_GATE } from '../src/model/injection/use-label';

const OBJECT = 'file:/run/routes/table.bin';
const NODE_LABEL = 'example.com/label-agent';
const AGENTS = 'label-agents';
const APP = 'join-by-label';
const SECTION = 'Pods that join contract `routes` by label';
const UNDO = 'How to undo it';
const UNDO_STEPS = ['2. Wait', '3. Delete', '4. Delete', '5. Delete', '7. Remove'] as const;

/**
 * Plain YAML joins a contract by its label, as examples/join-by-label says, and everything is
 * undone as its REVIEW.md says.
 */
export async function joinByLabel(context: Context, yaml: string): Promise<Seen[]> {
  const runbook = Runbook.in(APP);
  const serve = ['shm-probe', '-g', '2000', 'serve', context.token, OBJECT];
  // the image of the step that waits stands in the expressions of the policies
  const objects = context.ready(
    yaml.replaceAll(IMAGES.tools, context.images.image),
    { 'routes/agent': serve, web: HOLD },
    'as rendered',
  );
  const [app, platform] = [objects.filter(isApp), objects.filter(object => !isApp(object))];
  await context.keepClean(async () => context.removeDirectory(`${AGENTS}.routes`));
  await context.apply(platform);
  await runbook.run(SECTION, 'wait before you apply workloads');
  await context.apply(app);
  const waiting = await until('the pods wait for the agent', 60, async () => {
    const pods = await context.podsOf(APP, 'web');
    const reasons = pods.map(({ status }) => reasonOf(status.conditions));
    return reasons.length === 2 && reasons.every(reason => reason === 'Unschedulable');
  });
  const node = context.nodes.home;
  context.whenGone(async () => {
    await context.kubectl.run(['label', 'node', node, `${NODE_LABEL}-`]);
  });
  await context.kubectl.run(['label', 'node', node, `${NODE_LABEL}=yes`]);
  await context.kubectl.run([
    'rollout',
    'status',
    '-n',
    APP,
    'deployment/web',
    `--timeout=${withPatience(240)}s`,
  ]);
  const pods = await context.podsOf(APP, 'web');
  const moves: boolean[] = [];
  const creates: string[] = [];
  for (const pod of pods) {
    const web = context.probe(pod, 'web');
    await web.read(context.token, OBJECT);
    moves.push(await web.isLive(context.token, OBJECT));
    creates.push(await web.result('try-create', '/run/routes/own'));
  }
  const debugging = await debugged(context, pods[0].metadata.name);
  const unwired = await runbook.run(SECTION, 'have the label and not the memory').catch(() => ''); // grep ends with 1 if it prints nothing
  const allMove = moves.length === 2 && moves.every(Boolean);
  return [
    {
      observed:
        'the pods of a Deployment with the label, in a "restricted" namespace, are created, lose their scheduling gate, and wait for the agent',
      ok: waiting,
    },
    {
      observed: `its two pods read ${allMove ? "this run's bytes, and they move" : 'nothing that moves'}`,
      ok: allMove,
    },
    {
      observed: `they create a file there: ${creates.join(', ')}`,
      ok: creates.length === 2 && creates.every(result => result === 'EROFS'),
    },
    {
      observed: `so does an ephemeral container that mounts the volume without readOnly: ${debugging}`,
      ok: debugging === 'EROFS',
    },
    {
      observed: `labelled pods without the memory, by the command of RUNBOOK.md: ${unwired.trim() || 'none'}`,
      ok: unwired.trim() === '',
    },
    await undone(context, app),
  ];
}

function isApp({ kind }: Manifest): boolean {
  return kind === 'Deployment';
}

/** Why a pod is not scheduled. */
function reasonOf(conditions: readonly object[] = []): string | undefined {
  const all = conditions as readonly { type: string; reason?: string }[];
  return all.find(({ type }) => type === 'PodScheduled')?.reason;
}

/** Somebody who may debug pods adds a container that mounts the volume to write. */
async function debugged(context: Context, name: string): Promise<string> {
  const path = `/api/v1/namespaces/${APP}/pods/${name}`;
  const pod = JSON.parse(await context.kubectl.run(['get', '--raw', path]));
  const { image, imagePullPolicy, securityContext } = pod.spec.containers[0];
  const { name: volume } = pod.spec.volumes.find(
    (each: { persistentVolumeClaim?: object }) => each.persistentVolumeClaim,
  );
  pod.spec.ephemeralContainers = [
    {
      ...{ name: 'debugger', image, imagePullPolicy, securityContext, command: HOLD },
      volumeMounts: [{ name: volume, mountPath: '/memory' }],
    },
  ];
  await context.kubectl.run(
    ['replace', '--raw', `${path}/ephemeralcontainers`, '-f', '-'],
    JSON.stringify(pod),
  );
  return until('the ephemeral container runs', 60, async () => {
    const command = ['shm-probe', 'try-create', '/memory/own'];
    const { stdout } = await context.kubectl.exec(APP, name, 'debugger', command);
    return /result=(\S+)/.exec(stdout)?.[1];
  });
}

/** "How to undo it", command by command. */
async function undone(context: Context, app: readonly Manifest[]): Promise<Seen> {
  const review = Runbook.in(APP, 'REVIEW.md');
  const { kubectl } = context;
  await kubectl.apply(app.map(withoutLabel));
  await review.run(UNDO, '1. Take');
  for (const words of UNDO_STEPS.slice(0, 4)) {
    await review.run(UNDO, words);
  }
  await until(
    'the agent is gone',
    60,
    async () => (await context.podsOf(AGENTS, 'routes')).length === 0,
  );
  await context.onNodes(asRoot(review.commands(UNDO, '6. Remove')));
  await review.run(UNDO, UNDO_STEPS[4]);
  const left = [
    ...(await named(context, 'mutatingadmissionpolicies')),
    ...(await named(context, 'mutatingadmissionpolicybindings')),
    ...(await named(context, 'validatingadmissionpolicies')),
    ...(await named(context, 'validatingadmissionpolicybindings')),
    ...(await named(context, 'persistentvolumes')),
    ...(await named(context, 'persistentvolumeclaims', APP)),
    ...(await named(context, 'daemonsets', AGENTS)),
    ...(await context.onNodes(`ls /host/run/cdk8s-shared-memory | grep ${AGENTS} || :`)),
    await kubectl.run(['get', 'nodes', '-o', 'name', '-l', NODE_LABEL]),
  ].filter(each => each.trim() !== '');
  const pods = await context.podsOf(APP, 'web');
  const running = pods.filter(({ status }) => status.phase === 'Running').length;
  return {
    observed: `undone by REVIEW.md: the ${running} pods of the Deployment run without the memory, and of policies, grants, agent, directory and label of ${context.nodes.home} ${left.length === 0 ? 'nothing' : left.join(', ')} is left`,
    ok: running === 2 && left.length === 0,
  };
}

async function named({ kubectl }: Context, kind: string, namespace?: string): Promise<string[]> {
  return (await kubectl.get(kind, namespace))
    .map(({ metadata }) => metadata.name)
    .filter(name => /label-agents|^routes|shared-memory-use-routes/.test(name));
}

/** The workload as it was before it joined: without the label and the scheduling gate. */
function withoutLabel(object: Manifest): Manifest {
  const copy = structuredClone(object);
  const { metadata } = copy.spec?.template as { metadata: { labels: Record<string, string> } };
  delete metadata.labels['cdk8s-shared-memory/use.routes'];
  const spec = podSpec(copy);
  const gates = (spec?.schedulingGates ?? []) as { name: string }[];
  if (spec !== undefined) {
    spec.schedulingGates = gates.filter(({ name }) => name !== WIRED_GATE);
  }
  return copy;
}
