import { App, Chart, Size } from 'cdk8s';
import type { Context } from './context';
import type { Manifest } from './manifests';
import type { Seen } from './observation';
import { until } from './until';
import { Access, AgentContract, Backing, ClientNamespace, Payer, SharedMemory } from '../src';

const NAME = 'e2e-client-namespace';

/** What the API server makes of pods in a namespace whose numbers hold the shared bytes. */
export async function clientNamespace(context: Context): Promise<Seen[]> {
  await context.apply(namespace());
  await until(
    `the service account of ${NAME}`,
    30,
    async () => (await context.kubectl.get('serviceaccounts', NAME))[0],
  );
  const dry = async (name: string, limit?: string, more: object = {}) =>
    context.kubectl.try(
      ['apply', '--dry-run=server', '-o', 'json', '-f', '-'],
      JSON.stringify(pod(name, limit, more)),
    );
  const limited = await until('the quota is counted', 30, async () => {
    const { code, stdout } = await dry('limited');
    return code === 0
      ? (JSON.parse(stdout) as { spec: { containers: { resources: unknown }[] } }).spec
          .containers[0].resources
      : undefined;
  });
  const given = JSON.stringify(limited);
  const tooMuch = await dry('too-much', '600Mi');
  const privileged = await dry('privileged', undefined, { hostIPC: true });
  await context.kubectl.run(['apply', '-f', '-'], JSON.stringify(pod('first', '512Mi', {})));
  const second = await dry('second', '512Mi');
  const third = await until('the quota has counted the first pod', 30, async () => {
    await context.kubectl.try(['apply', '-f', '-'], JSON.stringify(pod('second', '512Mi', {})));
    const answer = await dry('third');
    return /exceeded quota/.test(answer.stderr) ? answer : undefined;
  });
  return [
    {
      observed: `a container without a limit gets ${given}: 64Mi and 32Mi for itself, and the contract's 256Mi`,
      ok: given === '{"limits":{"memory":"320Mi"},"requests":{"memory":"288Mi"}}',
    },
    {
      observed: `one with more than the maximum: ${last(tooMuch.stderr)}`,
      ok: /maximum memory usage per Container is 512Mi/.test(tooMuch.stderr),
    },
    {
      observed: `hostIPC at level restricted: ${last(privileged.stderr).slice(0, 90)}...`,
      ok: /violates PodSecurity "restricted/.test(privileged.stderr),
    },
    {
      observed: `two pods at their maximum fit into the quota of two, and a third does not: ${last(third.stderr)}`,
      ok: second.code === 0 && /requested: .*pods=1/.test(third.stderr),
    },
  ];
}

/** 256Mi for each container and pod, beside what they need for themselves. */
function namespace(): Manifest[] {
  const chart = new Chart(new App(), 'namespace');
  const contract = new AgentContract({
    name: 'routes',
    namespace: 'e2e-agents',
    version: 'v1',
    memory: [
      SharedMemory.files({
        size: Size.mebibytes(256),
        mountPath: '/run/routes',
        backing: Backing.directory(),
      }),
    ],
    ownerId: 10001,
    groupId: 2000,
    clients: Access.READ_WRITE,
    chargedTo: Payer.CLIENT,
  });
  new ClientNamespace(chart, 'namespace', {
    name: NAME,
    contracts: [contract],
    containerMemory: {
      defaultLimit: Size.mebibytes(64),
      defaultRequest: Size.mebibytes(32),
      max: Size.mebibytes(256),
    },
    quota: { pods: 2, limits: Size.mebibytes(512) },
  });
  return chart.toJson() as Manifest[];
}

function pod(name: string, limit: string | undefined, more: object): Manifest {
  const securityContext = {
    runAsNonRoot: true,
    runAsUser: 20001,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
  const container = {
    name: 'main',
    image: 'none',
    imagePullPolicy: 'Never',
    securityContext,
    ...(limit === undefined ? {} : { resources: { limits: { memory: limit } } }),
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAME },
    spec: { containers: [container], ...more },
  } as unknown as Manifest;
}

function last(stderr: string): string {
  return stderr
    .trim()
    .split('\n')
    .at(-1)!
    .replace(/^.*?is forbidden: /, '');
}
