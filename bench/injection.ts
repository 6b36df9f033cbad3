/**
 * Pod creations per second on a bare API server (Kubernetes 1.36 or newer, no controllers and no
 * nodes) with so many `ClientInjection`s, side by side in each round: npm run bench:injection.
 * Needs KUBECONFIG of a server of its own: it creates policies and pods, and deletes them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { App, Chart, Size } from 'cdk8s';
import { ApiServer, type ApiObject } from './api-server';
import { AgentContract, ClientInjection, ReadyWhen, SharedMemory } from '../src';

const QUICK = process.argv.includes('--quick');
const ROUNDS = QUICK ? 1 : 3;
/** Pods that join take longer. */
const [PODS, JOINING_PODS, AT_ONCE] = QUICK ? [100, 40, 8] : [800, 300, 8];
const COUNTS = [1, 10, 100];
const WITHOUT = ['no injection, before', 'no injection, after'];
const NAMESPACE = 'bench-injection';

/** The objects of so many injections, each of a contract of its own. */
function injections(from: number, to: number): ApiObject[] {
  const chart = new Chart(new App(), 'policies', { disableResourceNameHashes: true });
  for (let i = from; i < to; i++) {
    const contract = new AgentContract({
      name: `routes-${i}`,
      namespace: 'agents',
      version: 'v1',
      memory: [
        SharedMemory.files({ name: 'table', size: Size.mebibytes(64), mountPath: '/run/routes' }),
      ],
      readyWhen: ReadyWhen.file('table.bin', { toolImage: 'registry.example.com/busybox:1.36' }),
      ownerId: 10001,
      groupId: 2000,
    });
    new ClientInjection(chart, `join-${i}`, { contract, namespaces: [NAMESPACE] });
  }
  return chart.toJson() as ApiObject[];
}

/** A pod as a Deployment has it: two containers, a probe, an environment. */
function pod(name: string, contract?: string): ApiObject {
  const container = (of: string) => ({
    name: of,
    image: `registry.example.com/${of}:1`,
    env: Array.from({ length: 10 }, (_, i) => ({ name: `NAME_${i}`, value: `value ${i}` })),
    resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '64Mi' } },
    readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
    volumeMounts: [{ name: 'cache', mountPath: '/var/cache/app' }],
  });
  const labels: Record<string, string> = { app: 'web' };
  const annotations: Record<string, string> = {};
  if (contract !== undefined) {
    labels[`cdk8s-shared-memory/use.${contract}`] = 'readOnly.v1';
    annotations[`cdk8s-shared-memory/containers.${contract}`] = 'web';
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE, labels, annotations },
    spec: {
      containers: [container('web'), container('logs')],
      volumes: [{ name: 'cache', emptyDir: {} }],
    },
  };
}

interface Rate {
  readonly perSecond: number;
  /** Milliseconds of CPU of the API server for a pod: other work on the machine counts less. */
  readonly cpu: number;
}

/** Waits until the server has done what follows from earlier changes. */
async function quiet(api: ApiServer): Promise<void> {
  for (let tries = 0; tries < 30; tries++) {
    const before = await api.cpuSeconds();
    await sleep(1000);
    if ((await api.cpuSeconds()) - before < 0.1) {
      return;
    }
  }
}

/** Creates pods, so many at once. */
async function measured(api: ApiServer, contract?: string): Promise<Rate> {
  const count = contract === undefined ? PODS : JOINING_PODS;
  const names = Array.from({ length: count }, (_, i) => `p${i}`);
  await quiet(api);
  const before = await api.cpuSeconds();
  const start = process.hrtime.bigint();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) {
        await api.create(pod(name, contract));
      }
    }),
  );
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const cpu = ((await api.cpuSeconds()) - before) * 1000;
  await api.deletePods(NAMESPACE);
  return { perSecond: count / seconds, cpu: cpu / count };
}

/** Waits until a contract wires pods, or no longer does so. */
async function waitFor(api: ApiServer, contract: string, isWired: boolean): Promise<void> {
  for (;;) {
    const answer = await api.tryCreate(pod('probe', contract));
    if (answer.includes('persistentVolumeClaim') === isWired && !answer.includes('"Failure"')) {
      return;
    }
    await sleep(300);
  }
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function main(): Promise<void> {
  const api = ApiServer.ofKubeconfig();
  await api.ensure({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  const account = { name: 'default', namespace: NAMESPACE };
  await api.ensure({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: account });
  const rates = new Map<string, Rate[]>();
  const measure = async (what: string, contract?: string) => {
    rates.set(what, [...(rates.get(what) ?? []), await measured(api, contract)]);
  };
  await measured(api); // warms up
  for (let round = 0; round < ROUNDS; round++) {
    const made: ApiObject[] = [];
    try {
      await measure(WITHOUT[0]);
      for (const count of COUNTS) {
        const [from, own] = [COUNTS[COUNTS.indexOf(count) - 1] ?? 0, `routes-${count - 1}`];
        const objects = injections(from, count);
        made.push(...objects);
        await Promise.all(objects.map(async object => api.create(object)));
        await waitFor(api, own, true);
        await measure(`${count} injections, a pod without a label`);
        await measure(`${count} injections, a pod that joins by label`, own);
      }
    } finally {
      await Promise.all(made.map(async object => api.delete(object)));
      await waitFor(api, 'routes-0', false);
      await api.deletePods(NAMESPACE);
    }
    await measure(WITHOUT[1]);
  }
  const without = (round: number, field: keyof Rate) =>
    WITHOUT.reduce((sum, what) => sum + rates.get(what)![round][field], 0) / WITHOUT.length;
  for (const [what, all] of rates) {
    const of = (field: keyof Rate) => median(all.map(rate => rate[field]));
    const ratio = (field: keyof Rate) =>
      median(all.map((rate, i) => rate[field] / without(i, field))).toFixed(2);
    console.log(
      `${what}: ${of('perSecond').toFixed(0)} pods/s, ratio ${ratio('perSecond')}; CPU of the API server ${of('cpu').toFixed(1)} ms a pod, ratio ${ratio('cpu')} (medians of ${all.length} rounds)`,
    );
  }
}

void main();
