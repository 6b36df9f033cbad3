import { ApiObject, App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AgentContract,
  AgentNamespace,
  AgentNodes,
  AgentUpdate,
  ContractGrant,
  NodeAgent,
  NodeCleanup,
  NodePreflight,
  PodSecurity,
  ReviewApp,
  SharedMemory,
  WorkloadShift,
} from 'cdk8s-shared-memory';

/** The images of this example. */
export const IMAGES = {
  tools: 'registry.example.com/busybox:1.36',
  agent: 'registry.example.com/routes-agent:1.8.2',
  nextAgent: 'registry.example.com/routes-agent:1.9.0',
  webWithAgent: 'registry.example.com/shop:3.1.0-agent',
  web: 'registry.example.com/shop:3.1.0',
};

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

/** Where each stage stands: all that changes from one to the next. */
const WHERE = {
  '1-agents': { shifted: 0 },
  '2-first-pods': { shifted: 25 },
  '3-next-agent': { shifted: 75, through: 'canary' },
  '4-done': { shifted: 100, through: 'rest' },
} as const;

export const STAGES = Object.keys(WHERE);

export function build(app: App, images = IMAGES, stage: string = '4-done'): void {
  const { shifted, through }: { shifted: number; through?: string } =
    WHERE[stage as keyof typeof WHERE];
  const routes = new AgentContract({
    name: 'routes',
    namespace: 'gray-agents',
    version: 'v1',
    memory: [
      SharedMemory.files({ name: 'table', size: Size.mebibytes(32), mountPath: '/run/routes' }),
    ],
    nodes: AgentNodes.dedicated('example.com/routes-agent', 'yes'),
    ownerId: 10001,
    groupId: 2000,
  });

  // The platform team's repo: the agent, on the nodes that have been brought over, a few of them first.
  const platform = new Chart(app, 'platform', { disableResourceNameHashes: true });
  new AgentNamespace(platform, 'namespace', { name: 'gray-agents' });
  const agent = new NodeAgent(platform, 'agent', {
    contract: routes,
    toolImage: images.tools,
    containers: [
      {
        name: 'agent',
        image: images.agent,
        resources: {
          cpu: { request: kplus.Cpu.millis(50) },
          memory: { request: Size.mebibytes(96), limit: Size.mebibytes(96) },
        },
      },
    ],
    update: AgentUpdate.waves({
      label: 'example.com/wave',
      order: ['canary', 'rest'],
      ...(through === undefined
        ? {}
        : { candidate: { agent: { image: images.nextAgent } }, through }),
    }),
  });
  new ContractGrant(platform, 'shop', { contract: routes, namespace: 'gray-shop' });
  // They run on no node until an operator labels one for them: before it gets the agent, and after the agent has left.
  new NodePreflight(platform, 'preflight', { agents: [agent], toolImage: images.tools });
  new NodeCleanup(platform, 'cleanup', { contract: routes, toolImage: images.tools });

  // The app team's repo: the workload as it was, its twin without the agent, and one Service and budget over both.
  const shop = new Chart(app, 'shop', { namespace: 'gray-shop', disableResourceNameHashes: true });
  const web = (id: string, image: string) => {
    const deployment = new kplus.Deployment(shop, id, {
      podMetadata: { labels: { app: 'web' } },
      containers: [
        {
          name: 'web',
          image,
          securityContext: { user: 20001, group: 20001 },
          resources: {
            cpu: { request: kplus.Cpu.millis(50) },
            memory: { request: Size.mebibytes(64), limit: Size.mebibytes(64) },
          },
        },
      ],
    });
    PodSecurity.restricted().attachTo(deployment);
    return deployment;
  };
  const service = new kplus.Service(shop, 'web', {
    metadata: { name: 'web' },
    ports: [{ port: 80, targetPort: 8080 }],
  });
  service.selectLabel('app', 'web');
  new ApiObject(shop, 'budget', {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web' },
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
  });
  new WorkloadShift(shop, 'shift', {
    contract: routes,
    from: web('old', images.webWithAgent),
    to: web('new', images.web),
    replicas: 8,
    shifted,
  });
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app, IMAGES, process.env.STAGE);
  app.synth();
}
