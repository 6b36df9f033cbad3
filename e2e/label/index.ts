import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOSTILE_PODS } from './hostile-pods';
import { randomPods } from './random-pods';
import { CLIENTS, isPolicy, labeledPod, platform, TABLE, type LabeledPod } from './world';
import { WIRED_GATE } from '../../src/model/injection/use-label';
import type { Context } from '../context';
import type { Event, Pod } from '../kubectl';
import type { Manifest } from '../manifests';
import type { Seen } from '../observation';
import { Runbook } from '../runbook';
import { until } from '../until';

const SECTION = 'Pods that join contract `table` by label';
const EARLY = 'early';
const GATED = 'early-gated';

/**
 * Pods that join by label, as those make them who do not know how: each is wired exactly, or
 * refused with a sentence, or stays visibly gated. examples/join-by-label shows the rest.
 */
export async function joinByLabel(context: Context): Promise<Seen[]> {
  const folder = mkdtempSync(join(tmpdir(), 'e2e-label-'));
  try {
    const objects = platform(folder, context.images.image);
    const runbook = Runbook.in(folder);
    await context.apply(objects.filter(object => !isPolicy(object)));
    await until(
      `the service account of ${CLIENTS}`,
      30,
      async () => (await context.kubectl.get('serviceaccounts', CLIENTS))[0],
    );
    const pods = [labeledPod(EARLY, context.images.image), gated(context, GATED)];
    await context.apply(pods as unknown as Manifest[]);
    await context.apply(objects.filter(isPolicy));
    await runbook.run(SECTION, 'wait before you apply workloads');
    return [
      ...(await early(context, runbook)),
      ...(await hostile(context)),
      ...(await controllers(context)),
      ...(await live(context)),
      await randomPods(context),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function gated(context: Context, name: string): LabeledPod {
  const pod = labeledPod(name, context.images.image);
  pod.spec.schedulingGates = [{ name: WIRED_GATE }];
  return pod;
}

/** Pods that were created before the policies were in force. */
async function early(context: Context, runbook: Runbook): Promise<Seen[]> {
  const listed = (await runbook.run(SECTION, 'have the label and not the memory'))
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
    .join(', ');
  const state = await reason(context, GATED);
  const { stderr } = await context.kubectl.try([
    ...['patch', 'pod', '-n', CLIENTS, GATED, '--type=json'],
    ...['-p', '[{"op":"remove","path":"/spec/schedulingGates"}]'],
  ]);
  await context.kubectl.run(['delete', 'pod', '-n', CLIENTS, EARLY, GATED, '--now']);
  await context.apply([gated(context, GATED) as unknown as Manifest]);
  const again = await reason(context, GATED);
  const left = await runbook.run(SECTION, 'have the label and not the memory').catch(() => '');
  return [
    {
      observed: `pods that were created before the policies were in force, by the command of RUNBOOK.md: ${listed}`,
      ok: listed === [EARLY, GATED].map(name => `${CLIENTS}/${name}`).join(', '),
    },
    {
      observed: `the one with the scheduling gate does not run: ${state}`,
      ok: state === 'SchedulingGated',
    },
    {
      observed: `somebody removes its gate: ${words(stderr)}`,
      ok: /a pod is wired only when it is created; create the pod again: early-gated/.test(stderr),
    },
    {
      observed: `created again, it is wired, has lost the gate, and waits for a node with the agent: ${again}; without the memory: ${left.trim() || 'none'}`,
      ok: again === 'Unschedulable' && left.trim() === '',
    },
  ];
}

/** Why a pod is not scheduled. */
async function reason({ kubectl }: Context, name: string): Promise<string> {
  return until(`the scheduler looks at ${name}`, 30, async () => {
    const pod = (await kubectl.pods(CLIENTS)).find(({ metadata }) => metadata.name === name);
    const conditions = pod?.status.conditions as { type: string; reason?: string }[] | undefined;
    return conditions?.find(({ type }) => type === 'PodScheduled')?.reason;
  });
}

async function hostile(context: Context): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const { who, told, change } of HOSTILE_PODS) {
    const pod = labeledPod('hostile', context.images.image);
    change(pod);
    const { code, stderr } = await context.kubectl.dryRun(pod);
    seen.push({
      observed: `${who}: ${words(stderr)}`,
      ok: code !== 0 && /ValidatingAdmissionPolicy/.test(stderr) && told.test(stderr),
    });
  }
  return seen;
}

/** Pods of controllers: the sentence is an event. */
async function controllers(context: Context): Promise<Seen[]> {
  const { metadata, spec } = labeledPod('x', context.images.image);
  const workload = (kind: string, name: string, more: object, labels: Record<string, string>) => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: CLIENTS },
    spec: {
      ...more,
      selector: { matchLabels: { name } },
      template: { metadata: { labels: { ...labels, name } }, spec },
    },
  });
  await context.apply([
    workload('Deployment', 'clumsy', { replicas: 1 }, { [TABLE]: 'readOnly.v9' }),
    workload('DaemonSet', 'everywhere', {}, metadata.labels),
  ]);
  const said = async (kind: string) =>
    until(`an event of the ${kind}`, 60, async () => {
      const events = await context.kubectl.events(CLIENTS);
      const isIts = (event: Event) =>
        event.reason === 'FailedCreate' && event.involvedObject.kind === kind;
      return events.find(isIts)?.message;
    });
  const [ofSet, ofDaemons] = [await said('ReplicaSet'), await said('DaemonSet')];
  return [
    {
      observed: `a Deployment with an unknown version, in an event of its ReplicaSet: ${words(ofSet)}`,
      ok: /contract table has no such use; write one of readOnly\.v1/.test(ofSet),
    },
    {
      observed: `a DaemonSet, in an event: ${words(ofDaemons)}`,
      ok: /the controller of a DaemonSet chooses the nodes before .*: everywhere/.test(ofDaemons),
    },
  ];
}

/** The label of pods that exist. */
async function live(context: Context): Promise<Seen[]> {
  const plain = labeledPod('plain', context.images.image);
  plain.metadata.labels = {};
  await context.apply([plain as unknown as Manifest]);
  const [pod]: Pod[] = (await context.kubectl.pods(CLIENTS)).filter(
    ({ metadata }) => metadata.name === GATED,
  );
  const seen: Seen[] = [];
  for (const [what, name, label] of [
    ['added to a pod', 'plain', `${TABLE}=readOnly.v1`],
    ['changed on a pod', pod.metadata.name, `${TABLE}=readOnly.v9`],
    ['removed from a pod', pod.metadata.name, `${TABLE}-`],
  ]) {
    const { code, stderr } = await context.kubectl.try([
      ...['label', 'pod', '-n', CLIENTS, '--overwrite', name, label],
    ]);
    seen.push({
      observed: `the label is ${what} that exists: ${words(stderr)}`,
      ok: code !== 0 && /is read when a pod is created, and cannot be changed later/.test(stderr),
    });
  }
  for (const [what, label] of [
    ['removed from', 'null'],
    ['changed on', '"readWrite.v1"'],
  ]) {
    const { code, stderr } = await context.kubectl.try([
      ...['patch', 'pod', '-n', CLIENTS, GATED, '--subresource=status', '--type=merge'],
      ...['-p', `{"metadata":{"labels":{"${TABLE}":${label}}}}`],
    ]);
    seen.push({
      observed: `the label is ${what} a pod by who may write its status: ${words(stderr)}`,
      ok: code !== 0 && /is read when a pod is created, and cannot be changed later/.test(stderr),
    });
  }
  const other = await context.kubectl.try(['label', 'pod', '-n', CLIENTS, GATED, 'other=label']);
  seen.push({
    observed: `another label is added to that pod: ${other.code === 0 ? 'admitted' : words(other.stderr)}`,
    ok: other.code === 0,
  });
  return seen;
}

function words(stderr: string): string {
  return /denied request: (.*)/.exec(stderr)?.[1].trim() ?? `not refused (${stderr.trim()})`;
}
