import { App, Chart } from 'cdk8s';
import { files, World } from './bad-days/world';
import type { Context } from './context';
import type { Result } from './kubectl';
import { podSpec, type Manifest, type PodSpec } from './manifests';
import type { Seen } from './observation';
import { until } from './until';
import { Access, AgentContract, Backing, ClientPolicy, ClientVolume, PolicyAction } from '../src';

/**
 * A pod that tries to use more than its namespace was granted: what it changes on the rendered
 * client, and what it is told.
 */
interface Hostile {
  readonly who: string;
  readonly told: RegExp;
  change(spec: PodSpec, pod: Manifest): void;
}

/**
 * The client namespace has no Pod Security level here, so that nothing but the policy stands in the
 * way.
 */
export async function clientPolicy(context: Context): Promise<Seen[]> {
  const world = new World(context, 'policy', {
    clients: Access.READ_WRITE,
    memory: files({ backing: Backing.directory() }),
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
  for (const hostile of HOSTILE) {
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
  seen.push(await ephemeral(context, byPath), await podLevelLimit(context, claimed));

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
  new ClientPolicy(chart, 'policy', { name: 'e2e-clients', action, grants });
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
      volume(spec, 'cache', { emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } });
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

const volume = (spec: PodSpec, name: string, source: object, mountPath = '/mnt') => {
  spec.volumes = [...((spec.volumes as object[] | undefined) ?? []), { name, ...source }];
  spec.containers[0].volumeMounts?.push({ name, mountPath });
};
const FOREIGN = /a hostPath that no contract grants namespace e2e-policy(-path)?-client/;

/** On a client that has a claim, and may write. */
const HOSTILE: readonly Hostile[] = [
  {
    who: 'a hostPath of its own',
    told: FOREIGN,
    change: spec => volume(spec, 'etc', { hostPath: { path: '/etc', type: 'Directory' } }),
  },
  {
    who: "the contract's own directory by hostPath, where a claim was granted",
    told: FOREIGN,
    change: spec =>
      volume(spec, 'leaf', {
        hostPath: { path: '/run/cdk8s-shared-memory/e2e-policy.routes/v1/data', type: 'Directory' },
      }),
  },
  {
    who: 'hostIPC',
    told: /hostIPC: true, which no contract grants/,
    change: spec => {
      spec.hostIPC = true;
    },
  },
  {
    who: 'hostPID',
    told: /hostPID: true, which no contract grants/,
    change: spec => {
      spec.hostPID = true;
    },
  },
  {
    who: 'hostNetwork',
    told: /hostNetwork: true, which no contract grants/,
    change: spec => {
      spec.hostNetwork = true;
    },
  },
  {
    who: 'the claim that may be written, with another fsGroup',
    told: /fsGroup of another group than the contract's/,
    change: spec => {
      volume(spec, 'rw', { persistentVolumeClaim: { claimName: 'routes-data-v1-rw' } });
      spec.securityContext = { ...spec.securityContext, fsGroup: 3000 };
    },
  },
  {
    who: 'a memory-medium emptyDir without a size',
    told: /needs a sizeLimit: cache/,
    change: spec => volume(spec, 'cache', { emptyDir: { medium: 'Memory' } }),
  },
  {
    who: 'one with a size, beside an init container without a memory limit',
    told: /memory limit on every container, or on the pod: init/,
    change: spec => {
      volume(spec, 'cache', { emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } });
      spec.initContainers = [{ name: 'init', image: spec.containers[0].image }];
    },
  },
  {
    who: 'a privileged container',
    told: /a privileged container, or a capability/,
    change: spec => {
      spec.containers[0].securityContext = { privileged: true };
    },
  },
  {
    who: 'the capability SYS_ADMIN',
    told: /a privileged container, or a capability/,
    change: spec => {
      spec.containers[0].securityContext = { capabilities: { add: ['SYS_ADMIN'] } };
    },
  },
];

/** On a client that has the directory by hostPath, and may read. */
const HOSTILE_BY_PATH: readonly Hostile[] = [
  {
    who: 'a directory whose name begins alike',
    told: FOREIGN,
    change: spec => moved(spec, '/run/cdk8s-shared-memory/e2e-policy-path.routes/v1/data-evil'),
  },
  {
    who: 'the parent',
    told: FOREIGN,
    change: spec => moved(spec, '/run/cdk8s-shared-memory/e2e-policy-path.routes/v1'),
  },
  {
    who: 'a path below, which may be a link',
    told: FOREIGN,
    change: spec => moved(spec, '/run/cdk8s-shared-memory/e2e-policy-path.routes/v1/data/link'),
  },
  {
    who: 'type DirectoryOrCreate',
    told: FOREIGN,
    change: spec =>
      moved(spec, '/run/cdk8s-shared-memory/e2e-policy-path.routes/v1/data', 'DirectoryOrCreate'),
  },
  {
    who: 'without readOnly',
    told: /readOnly: true, in containers: api/,
    change: spec => {
      spec.containers[0].volumeMounts?.forEach(m => {
        delete m.readOnly;
      });
    },
  },
  {
    who: 'an init container without readOnly',
    told: /readOnly: true, in containers: init/,
    change: spec => {
      const volumeMounts = spec.containers[0].volumeMounts?.map(m => ({
        ...m,
        readOnly: undefined,
      }));
      spec.initContainers = [{ name: 'init', image: spec.containers[0].image, volumeMounts }];
    },
  },
  {
    who: 'readOnly, with HostToContainer',
    told: /without mountPropagation/,
    change: spec => {
      spec.containers[0].volumeMounts?.forEach(m => {
        Object.assign(m, { mountPropagation: 'HostToContainer' });
      });
    },
  },
  {
    who: 'a pod label that asks for writing',
    told: /readOnly: true, in containers: api/,
    change: (spec, pod) => {
      pod.metadata.labels = { 'cdk8s-shared-memory/access': 'write' };
      spec.containers[0].volumeMounts?.forEach(m => {
        delete m.readOnly;
      });
    },
  },
];

function moved(spec: PodSpec, path: string, type = 'Directory'): void {
  (spec.volumes as { hostPath?: object }[]).forEach(v => {
    if (v.hostPath) {
      v.hostPath = { path, type };
    }
  });
}
