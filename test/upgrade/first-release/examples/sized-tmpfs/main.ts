import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Access,
  AgentContract,
  AgentNamespace,
  ContractGrant,
  NodeAgent,
  PodSecurity,
  ReviewApp,
  SharedMemory,
} from 'cdk8s-shared-memory';

/** The images of this example. */
export const IMAGES = {
  tools: 'registry.example.com/busybox:1.36',
  agent: 'registry.example.com/telemetry-agent:3.0.1',
  client: 'registry.example.com/shop:5.4.0',
};

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

export function build(app: App, images = IMAGES): void {
  const spans = new AgentContract({
    name: 'spans',
    namespace: 'sized-tmpfs-agents',
    version: 'v1',
    memory: [
      SharedMemory.files({ name: 'ring', size: Size.mebibytes(32), mountPath: '/run/spans' }),
    ],
    ownerId: 10003,
    groupId: 2003,
    clients: Access.READ_WRITE, // so that the memory is a tmpfs of exactly 32Mi, and no client can fill the node's memory
  });

  const agents = new Chart(app, 'agents', { disableResourceNameHashes: true });
  new AgentNamespace(agents, 'namespace', { name: 'sized-tmpfs-agents' });
  new NodeAgent(agents, 'agent', {
    contract: spans,
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
  });
  new ContractGrant(agents, 'shop', { contract: spans, namespace: 'sized-tmpfs' });

  const shop = new Chart(app, 'shop', {
    namespace: 'sized-tmpfs',
    disableResourceNameHashes: true,
  });
  const workload = (id: string) =>
    new kplus.Deployment(shop, id, {
      replicas: 1,
      containers: [
        {
          name: id,
          image: images.client,
          securityContext: { user: 20001, group: 20001 },
          resources: {
            cpu: { request: kplus.Cpu.millis(100) },
            memory: { request: Size.mebibytes(128), limit: Size.mebibytes(128) },
          },
        },
      ],
    });
  const web = workload('web');
  spans.attachTo(web, { access: Access.READ_WRITE }); // writes its spans
  const dashboard = workload('dashboard');
  spans.attachTo(dashboard); // only reads
  for (const each of [web, dashboard]) {
    PodSecurity.restricted().attachTo(each);
  }
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
