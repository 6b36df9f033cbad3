import { App, Chart } from 'cdk8s';
import { files, World } from './bad-days/world';
import type { Context } from './context';
import {
  addVolume,
  HOSTILE,
  HOSTILE_BASELINE,
  HOSTILE_BY_PATH,
  HOSTILE_WRITERS,
  type Hostile,
} from './hostile-pods';
import type { Result } from './kubectl';
import { podSpec, type Manifest, type PodSpec } from './manifests';
import type { Seen } from './observation';
import { until } from './until';
import { Access, AgentContract, Backing, ClientPolicy, ClientVolume, PolicyAction } from '../src';

/**
 * The client namespace has no Pod Security level here, so that nothing but the policy stands in the
 * way.
 */
export async function clientPolicy(context: Context): Promise<Seen[]> {
  const world = new World(context, 'policy', {
    clients: Access.READ_WRITE,
    // where SELinux is enforcing, the library refuses a directory, and takes a tmpfs
    memory: files(context.nodes.enforceSeLinux ? {} : { backing: Backing.directory() }),
    clientVolume: undefined,
  });
  const byPath = new World(context, 'policy-path', { clientVolume: ClientVolume.hostPath() });
  await context.makeNamespaces({ [world.clients]: 'privileged', [byPath.clients]: 'privileged' });
  for (const each of [world, byPath]) {
    await context.keepClean(async () => context.removeDirectory(`${each.agents}.routes`));
  }
  const grants = (action: PolicyAction) =>
    policy(action, [
      { namespace: world.clients, contract: world.contract() },
      { namespace: byPath.clients, contract: byPath.contract() },
    ]);
  await context.apply(grants(PolicyAction.DENY));
  const claimed = podOf(world.client());
  const mounted = podOf(byPath.client());
  await until(
    'the policy is in force',
    60,
    async () =>
      /ValidatingAdmissionPolicy/.test((await dry(context, claimed, HOSTILE[0])).stderr) ||
      undefined,
  );

  const seen: Seen[] = [];
  for (const hostile of [...HOSTILE, ...HOSTILE_WRITERS, ...HOSTILE_BASELINE]) {
    const { code, stderr } = await dry(context, claimed, hostile);
    seen.push({
      observed: `${hostile.who}: ${words(stderr)}`,
      ok: code !== 0 && /ValidatingAdmissionPolicy/.test(stderr) && hostile.told.test(stderr),
    });
  }
  for (const hostile of HOSTILE_BY_PATH) {
    const { code, stderr } = await dry(context, mounted, hostile);
    seen.push({
      observed: `by hostPath, ${hostile.who}: ${words(stderr)}`,
      ok: code !== 0 && /ValidatingAdmissionPolicy/.test(stderr) && hostile.told.test(stderr),
    });
  }

  const clients = [await world.start(), await byPath.start()];
  const live = (await world.live(clients[0])) && (await byPath.live(clients[1]));
  seen.push({
    observed: `the clients as rendered, by claim and by hostPath, are admitted and ${live ? 'read what moves' : 'read nothing that moves'}`,
    ok: live,
  });
  seen.push(
    await ephemeral(context, byPath),
    await podLevelLimit(context, claimed),
    ...(await volumes(context, world)),
  );

  for (const [action, warned] of [
    [PolicyAction.WARN, true],
    [PolicyAction.AUDIT, false],
  ] as const) {
    await context.apply(grants(action));
    const { stderr } = await until(`the policy only says ${action}`, 60, async () => {
      const answer = await dry(context, claimed, HOSTILE[0]);
      return answer.code === 0 && /Warning: Validation failed/.test(answer.stderr) === warned
        ? answer
        : undefined;
    });
    seen.push({
      observed: `with ${action} the same pod is admitted${/Warning/.test(stderr) ? ', with a warning' : ''}`,
      ok: true,
    });
  }
  return seen;
}

function policy(
  action: PolicyAction,
  grants: { namespace: string; contract: AgentContract }[],
): Manifest[] {
  const chart = new Chart(new App(), 'policy');
  new ClientPolicy(chart, 'policy', {
    name: 'e2e-clients',
    action,
    grants,
    persistentVolumes: true,
  });
  return chart.toJson() as Manifest[];
}

function podOf(objects: Manifest[]): Manifest {
  const deployment = objects.find(o => o.kind === 'Deployment');
  const spec = deployment && podSpec(deployment);
  if (!deployment || !spec) {
    throw new Error('no Deployment');
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'hostile', namespace: deployment.metadata.namespace },
    spec: { ...spec, serviceAccountName: undefined },
  };
}

async function dry(context: Context, pod: Manifest, hostile: Hostile): Promise<Result> {
  const copy = structuredClone(pod);
  hostile.change(copy.spec as PodSpec, copy);
  return context.kubectl.dryRun(copy);
}

function words(stderr: string): string {
  return /denied request: (.*)/.exec(stderr)?.[1] ?? `not refused (${stderr.trim()})`;
}

/** PersistentVolumes that give the contract's directory away, by somebody who may make them. */
async function volumes(context: Context, world: World): Promise<Seen[]> {
  const rendered = world.client().find(({ kind, metadata }) => {
    return kind === 'PersistentVolume' && metadata.name.endsWith('-ro');
  });
  const seen: Seen[] = [];
  const HOSTILE_VOLUMES: readonly [string, object][] = [
    ['for another namespace', { claimRef: { namespace: 'default', name: 'mine' } }],
    ['without mountOptions', { mountOptions: null }],
    ['of the directory above', { local: { path: `/var/run//cdk8s-shared-memory/` } }],
    [
      'by hostPath, which ignores mountOptions',
      {
        local: null,
        hostPath: { path: `/run/cdk8s-shared-memory/${world.agents}.routes/v1/data` },
      },
    ],
  ];
  for (const [who, spec] of [['as rendered', {}] as const, ...HOSTILE_VOLUMES]) {
    const volume = structuredClone(rendered) as Manifest & { spec: object };
    volume.metadata.name = 'hostile';
    Object.assign(volume.spec, spec);
    const { code, stderr } = await context.kubectl.dryRun(volume);
    const refused = /may name a directory of a contract only as its ContractGrant/.test(stderr);
    seen.push({
      observed: `a PersistentVolume ${who}: ${code === 0 ? 'admitted' : words(stderr)}`,
      ok: who === 'as rendered' ? code === 0 : code !== 0 && refused,
    });
  }
  return seen;
}

/**
 * Somebody who may debug pods of the namespace adds a container that writes to what the pod only
 * reads.
 */
async function ephemeral(context: Context, world: World): Promise<Seen> {
  const { metadata } = await world.clientPod();
  const path = `/api/v1/namespaces/${world.clients}/pods/${metadata.name}`;
  const pod = JSON.parse(await context.kubectl.run(['get', '--raw', path]));
  const { image, imagePullPolicy, volumeMounts } = pod.spec.containers[0];
  const mounts = volumeMounts
    .filter((m: { mountPath: string }) => m.mountPath === '/run/routes')
    .map((m: object) => ({ ...m, readOnly: undefined }));
  pod.spec.ephemeralContainers = [
    { name: 'debugger', image, imagePullPolicy, command: ['sh'], volumeMounts: mounts },
  ];
  const { code, stderr } = await context.kubectl.try(
    ['replace', '--raw', `${path}/ephemeralcontainers`, '-f', '-'],
    JSON.stringify(pod),
  );
  return {
    observed: `an ephemeral container that writes is added to the running client: ${/denied request: (.*)/.exec(stderr)?.[1] ?? stderr.trim()}`,
    ok: code !== 0 && /readOnly: true, in containers: debugger/.test(stderr),
  };
}

/**
 * Pod-level resources count as limits where the cluster has them: 1.34 and newer. An older API
 * server drops the field, and says so.
 */
async function podLevelLimit(context: Context, pod: Manifest): Promise<Seen> {
  const { code, stderr } = await dry(context, pod, {
    who: 'pod-level limit',
    told: /./,
    change: spec => {
      addVolume(spec, 'cache', { emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } });
      spec.containers.forEach(c => {
        delete c.resources;
      });
      spec.resources = { limits: { memory: '32Mi' } };
    },
  });
  const { minor }: { minor: string } = JSON.parse(
    await context.kubectl.run(['get', '--raw', '/version']),
  );
  const [admitted, counts] = [code === 0, Number.parseInt(minor, 10) >= 34];
  return {
    observed: `a memory-medium emptyDir with a limit at the pod alone: ${admitted ? 'admitted, as the pod-level limit counts' : `refused, as this version has no pod-level resources (${words(stderr)})`}`,
    ok:
      admitted === counts &&
      (admitted || /memory limit on every container, or on the pod: api/.test(stderr)),
  };
}
