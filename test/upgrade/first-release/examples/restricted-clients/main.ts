import { App, Chart, Cron, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
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
  agent: 'registry.example.com/flags-agent:1.1.0',
  client: 'registry.example.com/shop:5.4.0',
};

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

export function build(app: App, images = IMAGES): void {
  const flags = new AgentContract({
    name: 'flags',
    namespace: 'restricted-agents',
    version: 'v1',
    memory: [
      SharedMemory.files({ name: 'table', size: Size.mebibytes(32), mountPath: '/run/flags' }),
    ],
    ownerId: 10005,
    groupId: 2005,
  });

  const agents = new Chart(app, 'agents', { disableResourceNameHashes: true });
  new AgentNamespace(agents, 'namespace', { name: 'restricted-agents' });
  new NodeAgent(agents, 'agent', {
    contract: flags,
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
  for (const namespace of ['restricted-shop', 'restricted-reports']) {
    new ContractGrant(agents, `grant-${namespace}`, { contract: flags, namespace });
  }

  // What these teams have: plain workloads, with nothing about Pod Security in them.
  const container = (name: string): kplus.ContainerProps => ({
    name,
    image: images.client,
    securityContext: { user: 20001, group: 20001 },
    resources: {
      cpu: { request: kplus.Cpu.millis(100) },
      memory: { request: Size.mebibytes(64), limit: Size.mebibytes(64) },
    },
  });
  const shop = new Chart(app, 'shop', {
    namespace: 'restricted-shop',
    disableResourceNameHashes: true,
  });
  const web = new kplus.Deployment(shop, 'web', { replicas: 1, containers: [container('web')] });
  const reports = new Chart(app, 'reports', {
    namespace: 'restricted-reports',
    disableResourceNameHashes: true,
  });
  const nightly = new kplus.CronJob(reports, 'nightly', {
    schedule: Cron.daily(),
    containers: [container('nightly')],
  });

  for (const workload of [web, nightly]) {
    flags.attachTo(workload);
    PodSecurity.restricted().attachTo(workload);
  }
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
