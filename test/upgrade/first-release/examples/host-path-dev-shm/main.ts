import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AgentContract,
  AgentNamespace,
  Backing,
  NodeAgent,
  ReadyWhen,
  ReviewApp,
  SharedMemory,
} from 'cdk8s-shared-memory';

/** The images of this example. */
export const IMAGES = {
  tools: 'registry.example.com/busybox:1.36',
  agent: 'registry.example.com/routes-agent:1.8.2',
  client: 'registry.example.com/shop:3.1.0',
};

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

export function build(app: App, images = IMAGES): void {
  const routes = new AgentContract({
    name: 'routes',
    namespace: 'dev-shm-agents',
    version: 'v1',
    memory: [
      SharedMemory.posix({ name: 'table', size: Size.mebibytes(64), backing: Backing.devShm() }),
    ],
    ownerId: 10001,
    groupId: 2000,
    acknowledgements: [
      {
        rule: 'SHM303',
        reason:
          "the vendor's client opens its objects in the node's /dev/shm and takes no other path",
      },
    ],
    readyWhen: ReadyWhen.file('dev-shm-routes', { toolImage: images.tools }),
  });

  const agents = new Chart(app, 'agents', { disableResourceNameHashes: true });
  new AgentNamespace(agents, 'namespace', { name: 'dev-shm-agents' });
  new NodeAgent(agents, 'agent', {
    contract: routes,
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

  const shop = new Chart(app, 'shop', { namespace: 'dev-shm', disableResourceNameHashes: true });
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
  routes.attachTo(web);
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
