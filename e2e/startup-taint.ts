import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { FOLDER, World } from './bad-days/world';
import type { Context } from './context';
import type { ApiObject } from './kubectl';
import { podSpec, type Manifest } from './manifests';
import type { Seen } from './observation';
import { Runbook } from './runbook';
import { until } from './until';
import { AgentNodes, StartupTaint } from '../src';

const LABEL = 'example.com/e2e-startup';
const KEY = 'startup-taint.cluster-autoscaler.kubernetes.io/e2e-agent-not-ready';
const OTHER = 'example.com/e2e-other';
const UNDO = 'How to undo it';
const READY = `${FOLDER}/ready`;

interface Taint {
  readonly key: string;
  readonly effect: string;
}
interface Claim extends ApiObject {
  readonly status: { readonly phase?: string };
}
interface Node {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly taints?: Taint[] };
}

/**
 * A node as it comes from an autoscaled pool. It is the first one that there is, so no other pod is
 * scheduled on it for some seconds.
 */
export async function startupTaint(context: Context): Promise<Seen[]> {
  const { kubectl } = context;
  const node = context.nodes.home;
  const taints = async () =>
    (JSON.parse(await kubectl.run(['get', 'node', node, '-o', 'json'])) as Node).spec.taints ?? [];
  const has = async (key: string, effect = 'NoSchedule') =>
    (await taints()).some(t => t.key === key && t.effect === effect);
  const world = new World(context, 'startup', { nodes: AgentNodes.labeled(LABEL, 'yes') });
  await world.makeRoom();
  context.whenGone(async () => {
    await kubectl.run(['label', 'node', node, `${LABEL}-`]);
    for (const key of [KEY, OTHER]) {
      if ((await has(key)) || (await has(key, 'PreferNoSchedule'))) {
        await kubectl.run(['taint', 'node', node, `${key}-`]);
      }
    }
  });
  await kubectl.run(['label', 'node', node, '--overwrite', `${LABEL}=yes`]);
  const objects = platform(context, world);
  await context.apply(objects);
  const remover = await context.runningPod(world.agents, 'routes-startup-taint', { seconds: 90 });
  const agent = await until(
    'the agent runs',
    90,
    async () =>
      (await context.podsOf(world.agents, 'routes')).find(
        pod =>
          !pod.metadata.name.startsWith('routes-startup') &&
          pod.status.containerStatuses?.some(({ state }) => state.running),
      ),
    async () => context.describe(world.agents),
  );
  const log = async () =>
    (await kubectl.logs(world.agents, remover.metadata.name, 'remover'))
      .trim()
      .split('\n')
      .filter(line => line.startsWith(`${node}:`));

  const client = world.client();
  await context.apply(client.filter(({ kind }) => kind !== 'Deployment'));
  await until('the claim is bound', 60, async () =>
    (await kubectl.get<Claim>('persistentvolumeclaims', world.clients)).every(
      ({ status }) => status.phase === 'Bound',
    ),
  );

  await kubectl.run([
    'taint',
    'node',
    node,
    `${OTHER}=kept:PreferNoSchedule`,
    `${KEY}=kept:PreferNoSchedule`,
    `${KEY}=true:NoSchedule`,
  ]);
  await context.apply(client.filter(({ kind }) => kind === 'Deployment'));
  const pending = await until(
    'the client waits',
    30,
    async () =>
      (await kubectl.events(world.clients)).find(
        ({ reason, message }) => reason === 'FailedScheduling' && /taint/.test(message),
      )?.message,
    async () => context.describe(world.clients),
  );
  await until('the remover waits', 30, async () => (await log()).length > 0);
  const refused = await refusals(context, node);
  const stays = await has(KEY);
  await context.probe(agent, 'agent').shell(`touch ${READY}`);
  await until(
    'the taint is gone',
    30,
    async () => !(await has(KEY)),
    async () => (await log()).join('\n'),
  );
  const others = (await has(OTHER, 'PreferNoSchedule')) && (await has(KEY, 'PreferNoSchedule'));
  const live = await world.live(await world.clientProbe());
  const said = await log();
  await context.probe(agent, 'agent').shell(`rm ${READY}`);
  const gone = await undone(context, objects, node, has);
  const words = said.map(line => line.replace(`${node}: `, 'NODE: ').replaceAll(KEY, 'KEY'));
  return [
    {
      observed: `while the agent runs, but is not ready: the taint ${stays ? 'stays' : 'goes'}, and the client is not scheduled (${/untolerated taint/.exec(pending)?.[0] ?? pending})`,
      ok: stays && /untolerated taint/.test(pending),
    },
    {
      observed: `the agent is ready: the taint goes, other taints ${others ? 'stay, one of the same key among them' : 'go, too'}, and the client ${live ? 'starts and reads what moves' : 'reads nothing that moves'}`,
      ok: others && live,
    },
    {
      observed: `what is said of the node: ${words.join('; ')}`,
      ok:
        words.length === 2 &&
        words[0] === 'NODE: waits for the agent of routes' &&
        words[1] === 'NODE: removed KEY:NoSchedule, because its agents are ready',
    },
    ...refused,
    gone,
  ];
}

/**
 * "How to undo it" of REVIEW.md, for a node whose agent is not ready: nothing but the command takes
 * its taint away.
 */
async function undone(
  { kubectl }: Context,
  objects: readonly Manifest[],
  node: string,
  has: (key: string) => Promise<boolean>,
): Promise<Seen> {
  const review = Runbook.review(objects);
  await kubectl.run(['taint', 'node', node, `${KEY}=true:NoSchedule`]);
  // on several nodes, only this one has the taint
  await review.run(UNDO, 'Take the startup taint', { accepts: /^error: taint "\S+" not found$/ });
  const tainted = await has(KEY);
  await review.run(UNDO, 'Delete what removes the startup taint');
  const kinds =
    'deployments,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings';
  const { stdout } = await kubectl.try(['get', kinds, '-n', 'e2e-startup', '-o', 'name']);
  const left = stdout.split('\n').filter(name => name.includes('startup-taint'));
  return {
    observed: `undone by REVIEW.md while the agent is not ready: the taint ${tainted ? 'stays' : 'is gone'}, and of what removes it ${left.length === 0 ? 'nothing' : left.join(', ')} is left`,
    ok: !tainted && left.length === 0,
  };
}

/**
 * The agent, which is ready when somebody says so, and the StartupTaint with the image of kubectl.
 */
function platform(context: Context, world: World): Manifest[] {
  const memory = { request: Size.mebibytes(64), limit: Size.mebibytes(64) };
  const readiness = kplus.Probe.fromCommand(['sh', '-c', `[ -e ${READY} ]`], {
    periodSeconds: Duration.seconds(1),
  });
  const containers = [
    {
      name: 'agent',
      image: 'registry.example.com/replaced-by-the-test:1',
      resources: { cpu: { request: kplus.Cpu.millis(10) }, memory },
      readiness,
    },
  ];
  const objects = world.agent({}, { containers }, undefined, agent => {
    new StartupTaint(agent.node.scope!, 'startup-taint', {
      agents: [agent],
      image: 'registry.example.com/kubectl:1',
      key: KEY,
      interval: Duration.seconds(2),
    });
  });
  for (const deployment of objects.filter(({ kind }) => kind === 'Deployment')) {
    podSpec(deployment)?.containers.forEach(container => {
      container.image = context.images.kubectlImage;
    });
  }
  return objects;
}

/** What the service account is refused: by the policy where RBAC lets it, by RBAC else. */
async function refusals(context: Context, node: string): Promise<Seen[]> {
  const as = '--as=system:serviceaccount:e2e-startup:routes-startup-taint';
  const patch = async (operations: object[]) =>
    context.kubectl.try([
      'patch',
      'node',
      node,
      as,
      '--dry-run=server',
      '--type=json',
      '-p',
      JSON.stringify(operations),
    ]);
  const list =
    (JSON.parse(await context.kubectl.run(['get', 'node', node, '-o', 'json'])) as Node).spec
      .taints ?? [];
  const place = (key: string, effect: string) =>
    `/spec/taints/${list.findIndex(t => t.key === key && t.effect === effect)}`;
  const mine = place(KEY, 'NoSchedule');
  const removal = [
    { op: 'test', path: `${mine}/key`, value: KEY },
    { op: 'test', path: `${mine}/effect`, value: 'NoSchedule' },
    { op: 'remove', path: mine },
  ];
  const allowed = await until(
    'the policy lets it do its work',
    30,
    async () => (await patch(removal)).code === 0 || undefined,
  );
  const tries: [string, object[], RegExp][] = [
    [
      'take another taint away',
      [{ op: 'remove', path: place(OTHER, 'PreferNoSchedule') }],
      /may remove .* from a node, and may change no other taint/,
    ],
    [
      'take the taint of the same key and another effect away',
      [{ op: 'remove', path: place(KEY, 'PreferNoSchedule') }],
      /change no other taint/,
    ],
    ['take all taints away', [{ op: 'remove', path: '/spec/taints' }], /change no other taint/],
    [
      'add a taint',
      [
        {
          op: 'add',
          path: '/spec/taints/-',
          value: { key: 'example.com/x', effect: 'NoSchedule' },
        },
      ],
      /change no other taint/,
    ],
    [
      'make the taint another one',
      [{ op: 'replace', path: `${mine}/value`, value: 'other' }],
      /change no other taint/,
    ],
    [
      'cordon the node with it',
      [...removal, { op: 'add', path: '/spec/unschedulable', value: true }],
      /may change nothing of a node but its taints/,
    ],
    [
      'label the node with it',
      [...removal, { op: 'add', path: '/metadata/labels/example.com~1x', value: 'x' }],
      /may change nothing of a node but its taints/,
    ],
    [
      'annotate the node with it',
      [...removal, { op: 'add', path: '/metadata/annotations/example.com~1x', value: 'x' }],
      /may change nothing of a node but its taints/,
    ],
    [
      'take the taint away where another one has come to its place',
      [
        { op: 'test', path: '/spec/taints/0/key', value: 'example.com/nobody' },
        { op: 'remove', path: '/spec/taints/0' },
      ],
      /./,
    ],
  ];
  const seen: Seen[] = [{ observed: 'the service account may take the taint away', ok: allowed }];
  for (const [what, operations, told] of tries) {
    const { code, stderr } = await patch(operations);
    seen.push({
      observed:
        `it may not ${what}: ${/denied request: (.*)/.exec(stderr)?.[1] ?? stderr.trim().split('\n').at(-1)}`.replaceAll(
          KEY,
          'KEY',
        ),
      ok: code !== 0 && told.test(stderr),
    });
  }
  const can = async (...args: string[]) =>
    (await context.kubectl.try(['auth', 'can-i', as, ...args])).stdout.trim() === 'yes';
  const more = [
    ['delete', 'nodes'],
    ['create', 'nodes'],
    ['update', 'nodes'],
    ['patch', 'nodes', '--subresource=status'],
    ['list', 'pods', '-n', 'kube-system'],
    ['get', 'secrets', '-n', 'e2e-startup'],
    ['delete', 'pods', '-n', 'e2e-startup'],
    ['create', 'pods', '-n', 'e2e-startup'],
  ];
  const open: string[] = [];
  for (const args of more) {
    if (await can(...args)) {
      open.push(args.join(' '));
    }
  }
  seen.push({
    observed: `RBAC lets it ${open.length === 0 ? 'do nothing else: of nodes no create, update, delete and no status, of pods no more than their list in its own namespace' : open.join(', ')}`,
    ok: open.length === 0,
  });
  return seen;
}
