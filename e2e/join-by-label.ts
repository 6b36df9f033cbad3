import type { Context } from './context';
import { HOLD, type Manifest } from './manifests';
import type { Seen } from './observation';
import { Runbook } from './runbook';
import { until } from './until';
import { IMAGES } from '../examples/join-by-label/main';

const OBJECT = 'file:/run/routes/table.bin';
const NODE_LABEL = 'example.com/label-agent';
const APP = 'join-by-label';
const SECTION = 'Pods that join contract `routes` by label';

/** Plain YAML joins a contract by its label, as examples/join-by-label says. */
export async function joinByLabel(context: Context, yaml: string): Promise<Seen[]> {
  const runbook = new Runbook('join-by-label');
  const serve = ['shm-probe', '-g', '2000', 'serve', context.token, OBJECT];
  // the image of the step that waits stands in the expressions of the policies
  const objects = context.ready(
    yaml.replaceAll(IMAGES.tools, context.images.image),
    { 'routes/agent': serve, web: HOLD },
    'as rendered',
  );
  const [app, platform] = [objects.filter(isApp), objects.filter(object => !isApp(object))];
  await context.keepClean(async () => context.removeDirectory('label-agents.routes'));
  await context.apply(platform);
  await runbook.run(SECTION, 'wait before you apply workloads');
  await context.apply(app);
  const waiting = await until('the pods wait for the agent', 60, async () => {
    const pods = await context.podsOf(APP, 'web');
    return pods.length === 2 && pods.every(pod => pod.status.phase === 'Pending');
  });
  const [
    {
      metadata: { name: node },
    },
  ] = await context.kubectl.get('nodes');
  context.whenGone(async () => {
    await context.kubectl.run(['label', 'node', node, `${NODE_LABEL}-`]);
  });
  await context.kubectl.run(['label', 'node', node, `${NODE_LABEL}=yes`]);
  const web = context.probe(await context.runningPod(APP, 'web', { seconds: 240 }), 'web');
  await web.read(context.token, OBJECT);
  const moves = await web.isLive(context.token, OBJECT);
  const creates = await web.result('try-create', '/run/routes/own');
  const unwired = await runbook.run(SECTION, 'have the label and not the memory').catch(() => ''); // grep ends with 1 if it prints nothing
  return [
    {
      observed:
        'the pods of a Deployment with the label, in a "restricted" namespace, are created, lose their scheduling gate, and wait for the agent',
      ok: waiting,
    },
    {
      observed: `a pod reads ${moves ? "this run's bytes, and they move" : 'nothing that moves'}`,
      ok: moves,
    },
    { observed: `it creates a file there: ${creates}`, ok: creates === 'EROFS' },
    {
      observed: `labelled pods without the memory, by the command of RUNBOOK.md: ${unwired.trim() || 'none'}`,
      ok: unwired.trim() === '',
    },
  ];
}

function isApp({ kind }: Manifest): boolean {
  return kind === 'Deployment';
}
