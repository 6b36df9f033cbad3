import { join } from 'node:path';
import { App, Chart, Include, Size } from 'cdk8s';
import {
  AgentContract,
  AgentNamespace,
  AgentNodes,
  ClientInjection,
  ClientNamespace,
  ContractGrant,
  NodeAgent,
  ReadyWhen,
  ReviewApp,
  SharedMemory,
} from 'cdk8s-shared-memory';

/** The images of this example; that of the app stands in app.yaml. */
export const IMAGES = {
  tools: 'registry.example.com/busybox:1.36',
  agent: 'registry.example.com/routes-agent:1.8.2',
};

/** The least Kubernetes version that this example is for: MutatingAdmissionPolicy. */
export const LEAST_KUBERNETES = '1.36';

export function build(app: App, images = IMAGES): void {
  const routes = new AgentContract({
    name: 'routes',
    namespace: 'label-agents',
    version: 'v1',
    memory: [
      SharedMemory.files({ name: 'table', size: Size.mebibytes(64), mountPath: '/run/routes' }),
    ],
    nodes: AgentNodes.labeled('example.com/label-agent', 'yes'),
    readyWhen: ReadyWhen.file('table.bin', { toolImage: images.tools }),
    ownerId: 10001,
    groupId: 2000,
  });

  // The platform team: the agent, and who may join it.
  const platform = new Chart(app, 'platform', { disableResourceNameHashes: true });
  new AgentNamespace(platform, 'namespace', { name: 'label-agents' });
  new ClientNamespace(platform, 'shop', { name: 'join-by-label', contracts: [routes] });
  new NodeAgent(platform, 'agent', {
    contract: routes,
    toolImage: images.tools,
    containers: [
      {
        name: 'agent',
        image: images.agent,
        resources: { memory: { request: Size.mebibytes(128), limit: Size.mebibytes(128) } },
      },
    ],
  });
  new ContractGrant(platform, 'grant', { contract: routes, namespace: 'join-by-label' });
  new ClientInjection(platform, 'join', { contract: routes, namespaces: ['join-by-label'] });

  // The app team: YAML that knows nothing of cdk8s. In a real cluster it is in another repository.
  const shop = new Chart(app, 'shop', { disableResourceNameHashes: true });
  new Include(shop, 'web', { url: join(__dirname, 'app.yaml') });
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
