import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AgentContract,
  AgentNamespace,
  AgentNodes,
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
  routesAgent: 'registry.example.com/routes-agent:1.8.2',
  guardAgent: 'registry.example.com/guard-agent:4.2.0',
  shop: 'registry.example.com/shop:3.1.0',
  ledger: 'registry.example.com/ledger:2.7.1',
};

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

export function build(app: App, images = IMAGES): void {
  // The contracts: the only values that app repos need of the platform's.
  const nodes = AgentNodes.dedicated('example.com/node-agents', 'yes');
  const routes = new AgentContract({
    name: 'routes',
    namespace: 'node-agents',
    version: 'v1',
    memory: [SharedMemory.posix({ name: 'table', size: Size.mebibytes(256) })],
    nodes,
    ownerId: 10001,
    groupId: 2000,
    readyWhen: ReadyWhen.file('table', { toolImage: images.tools }),
  });
  const guard = new AgentContract({
    name: 'guard',
    namespace: 'node-agents',
    version: 'v2',
    memory: [SharedMemory.systemV({ name: 'verdicts', size: Size.mebibytes(64) })],
    nodes,
    ownerId: 10002,
    groupId: 2001,
    acknowledgements: [
      {
        rule: 'SHM301',
        reason:
          'the verdicts are a System V segment, which only the IPC namespace of the node shares',
      },
    ],
    readyWhen: ReadyWhen.systemVKey(0x5348, { toolImage: images.tools }),
  });

  // The platform team's repo: two agents, one pod of each on every dedicated node.
  const platform = new Chart(app, 'platform', { disableResourceNameHashes: true });
  new AgentNamespace(platform, 'namespace', { name: 'node-agents' });
  new NodeAgent(platform, 'routes', {
    contract: routes,
    toolImage: images.tools,
    containers: [
      {
        name: 'agent',
        image: images.routesAgent,
        resources: {
          cpu: { request: kplus.Cpu.millis(100) },
          memory: { request: Size.mebibytes(384), limit: Size.mebibytes(384) },
        },
      },
    ],
  });
  new NodeAgent(platform, 'guard', {
    contract: guard,
    containers: [
      {
        name: 'agent',
        image: images.guardAgent,
        resources: {
          cpu: { request: kplus.Cpu.millis(50) },
          memory: { request: Size.mebibytes(128), limit: Size.mebibytes(128) },
        },
      },
    ],
  });
  new ContractGrant(platform, 'routes-for-shop', { contract: routes, namespace: 'shop' });
  new ContractGrant(platform, 'routes-for-ledger', { contract: routes, namespace: 'ledger' });

  // An app team's repo: the routing table only, so the namespace may enforce Pod Security "restricted".
  const shop = new Chart(app, 'shop', { namespace: 'shop', disableResourceNameHashes: true });
  const web = new kplus.Deployment(shop, 'web', {
    replicas: 2,
    containers: [business('web', images.shop)],
  });
  routes.attachTo(web);
  PodSecurity.restricted().attachTo(web);

  // Another app team's repo: routing table and verdicts. hostIPC, so this namespace must be "privileged".
  const ledger = new Chart(app, 'ledger', { namespace: 'ledger', disableResourceNameHashes: true });
  const book = new kplus.Deployment(ledger, 'book', {
    replicas: 2,
    containers: [business('book', images.ledger)],
  });
  routes.attachTo(book);
  guard.attachTo(book);
}

function business(name: string, image: string): kplus.ContainerProps {
  return {
    name,
    image,
    securityContext: { user: 20001, group: 20001 },
    resources: {
      cpu: { request: kplus.Cpu.millis(100) },
      memory: { request: Size.mebibytes(256), limit: Size.mebibytes(256) },
    },
  };
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
