import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AgentContract,
  AgentNamespace,
  ContractGrant,
  NodeAgent,
  PodSecurity,
  ReadyWhen,
  ReviewApp,
  SharedMemory,
} from 'cdk8s-shared-memory';

/** The images of this example. */
export const IMAGES = {
  tools: 'registry.example.com/busybox:1.36',
  agent: 'registry.example.com/cache-agent:2.2.0',
  client: 'registry.example.com/shop:5.4.0',
};

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

export function build(app: App, images = IMAGES): void {
  const cache = new AgentContract({
    name: 'cache',
    namespace: 'descriptors-agents',
    version: 'v1',
    memory: [SharedMemory.descriptors({ size: Size.mebibytes(64), mountPath: '/run/cache' })],
    ownerId: 10004,
    groupId: 2004,
    readyWhen: ReadyWhen.socket('agent.sock', { toolImage: images.tools }),
  });

  const agents = new Chart(app, 'agents', { disableResourceNameHashes: true });
  new AgentNamespace(agents, 'namespace', { name: 'descriptors-agents' });
  new NodeAgent(agents, 'agent', {
    contract: cache,
    toolImage: images.tools,
    containers: [
      {
        name: 'agent',
        image: images.agent,
        resources: {
          cpu: { request: kplus.Cpu.millis(50) },
          memory: { request: Size.mebibytes(128), limit: Size.mebibytes(128) },
        },
      },
    ],
  });
  new ContractGrant(agents, 'shop', { contract: cache, namespace: 'descriptors' });

  const shop = new Chart(app, 'shop', {
    namespace: 'descriptors',
    disableResourceNameHashes: true,
  });
  const web = new kplus.Deployment(shop, 'web', {
    replicas: 1,
    containers: [
      {
        name: 'web',
        image: images.client,
        securityContext: { user: 20001, group: 20001 },
        resources: {
          cpu: { request: kplus.Cpu.millis(100) },
          memory: { request: Size.mebibytes(128), limit: Size.mebibytes(128) },
        },
      },
    ],
  });
  cache.attachTo(web);
  PodSecurity.restricted().attachTo(web);
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
