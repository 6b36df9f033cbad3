import { App, Chart } from 'cdk8s';
import { World } from './bad-days/world';
import type { Context } from './context';
import { HOLD, type Manifest } from './manifests';
import type { Seen } from './observation';
import { Runbook } from './runbook';
import { until } from './until';
import { ClientPolicy, PolicyAction } from '../src';

const POLICY = 'e2e-policy-runbook';
const SECTION = `ClientPolicy \`${POLICY}\``;
const SCRAPER = 'scraper';

/**
 * RUNBOOK.md brings a policy to refuse pods, command by command, in a namespace with a client and
 * with a workload that mounts a directory of the node that nobody granted. The command on the
 * audit log is run if `AUDIT_LOG` names the one of the API server.
 */
export async function policyRunbook(context: Context): Promise<Seen[]> {
  const world = new World(context, 'policy-runbook');
  await world.makeRoom('privileged');
  await world.start();
  await context.apply([scraper(context, world.clients)]);
  const { metadata: first } = await context.runningPod(world.clients, SCRAPER);
  const runbook = Runbook.of(policy(world, PolicyAction.WARN));
  const look = async () => runbook.said(SECTION, 'Look at');
  await context.apply(policy(world, PolicyAction.WARN));
  const { stdout, stderr } = await until('the policy reports', 60, async () => {
    const answer = await look();
    return answer.stderr.includes('Validation failed') ? answer : undefined;
  });
  const copies = stdout.split('\n').filter(line => line.startsWith('pod/copy-')).length;
  const warnings = stderr.split('\n').filter(line => line.includes('Validation failed'));
  const there = (await context.kubectl.pods(world.clients)).length;
  const seen = [
    {
      observed: `"Look at" asks about copies of ${copies === there ? 'all' : copies} pods, and warns of ${warnings.length}: ${/: (a hostPath [^:]*)/.exec(stderr)?.[1] ?? stderr}`,
      ok: copies === 2 && there === 2 && warnings.length === 1 && stderr.includes('logs (/etc)'),
    },
    ...(await audited(context, world, runbook, first.name)),
  ];

  await context.apply(policy(world, PolicyAction.DENY));
  const refused = await until('a controller is refused', 120, async () => {
    await removePods(context, world);
    const events = await runbook.run(SECTION, 'Refuse').catch(() => ''); // grep finds nothing
    return events.includes(world.clients) && events.includes(SCRAPER) ? events : undefined;
  });
  await runbook.run(SECTION, 'Go back');
  const back = await context.runningPod(world.clients, SCRAPER, { seconds: 240 });
  seen.push({
    observed: `"Refuse" finds the workload that cannot create its pod (${refused.split(/\s+/).includes('FailedCreate') ? 'FailedCreate' : refused}), and after "Go back" its pod ${back.metadata.name === first.name ? 'is the same' : 'is created'}`,
    ok: back.metadata.name !== first.name,
  });
  return seen;
}

/** What the audit log has of a pod that a controller creates while the policy only reports. */
async function audited(
  context: Context,
  world: World,
  runbook: Runbook,
  before: string,
): Promise<Seen[]> {
  const { AUDIT_LOG: auditLog } = process.env;
  if (auditLog === undefined) {
    return [];
  }
  const inLog = async () =>
    (await runbook.run(SECTION, 'audit log', { auditLog }))
      .split('\n')
      .filter(line => line.startsWith(`["${world.clients}",`));
  const earlier = (await inLog()).length; // of other runs, and of this one
  await removePods(context, world);
  await until('another pod', 60, async () => {
    const pods = await context.podsOf(world.clients, SCRAPER);
    return pods.some(({ metadata }) => metadata.name !== before);
  });
  const lines = await until('the audit log has the pod', 30, async () => {
    const found = (await inLog()).slice(earlier);
    return found.length > 0 ? found : undefined;
  });
  return [
    {
      observed: `of the pods created meanwhile, the audit log has the one that would have been refused: ${/(a hostPath [^:]*)/.exec(lines[0])?.[1] ?? lines[0]}`,
      ok: lines.length === 1,
    },
  ];
}

async function removePods({ kubectl }: Context, { clients }: World): Promise<void> {
  await kubectl.run(['delete', 'pods', '-n', clients, '-l', `app=${SCRAPER}`, '--wait=true']);
}

function policy(world: World, action: PolicyAction): Manifest[] {
  const chart = new Chart(new App(), 'policy');
  new ClientPolicy(chart, 'policy', {
    name: POLICY,
    action,
    grants: [{ namespace: world.clients, contract: world.contract() }],
  });
  return chart.toJson() as Manifest[];
}

function scraper({ images, nodes }: Context, namespace: string): Manifest {
  const labels = { app: SCRAPER };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: SCRAPER, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          nodeName: nodes.home,
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: SCRAPER,
              image: images.image,
              imagePullPolicy: images.imagePullPolicy,
              command: HOLD,
              volumeMounts: [{ name: 'logs', mountPath: '/logs', readOnly: true }],
            },
          ],
          volumes: [{ name: 'logs', hostPath: { path: '/etc', type: 'Directory' } }],
        },
      },
    },
  };
}
