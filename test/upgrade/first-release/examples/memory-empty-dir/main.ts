import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AgentContract,
  PodSecurity,
  ReviewApp,
  SharedMemory,
  SidecarAgent,
} from 'cdk8s-shared-memory';

/** The images of this example. */
export const IMAGES = {
  agent: 'registry.example.com/routes-agent:1.8.2',
  client: 'registry.example.com/shop:3.1.0',
};

/** The least Kubernetes version that this example is for, for a native sidecar: 1.27 does not know the field, in 1.28 its feature gate is off. */
export const LEAST_KUBERNETES = '1.29';

export function build(app: App, images = IMAGES): void {
  const routes = new AgentContract({
    name: 'routes',
    namespace: 'node-agents',
    version: 'v1',
    memory: [
      SharedMemory.files({ name: 'table', size: Size.mebibytes(64), mountPath: '/run/routes' }),
    ],
    ownerId: 10001,
    groupId: 2000,
  });

  const shop = new Chart(app, 'shop', {
    namespace: 'memory-empty-dir',
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

  const agent = new SidecarAgent({
    contract: routes,
    containers: [
      {
        name: 'routes-agent',
        image: images.agent,
        startup: kplus.Probe.fromCommand(['test', '-e', '/run/routes/table.bin']),
        resources: {
          cpu: { request: kplus.Cpu.millis(50) },
          memory: { request: Size.mebibytes(128), limit: Size.mebibytes(128) },
        },
      },
    ],
  });
  agent.attachTo(web);
  PodSecurity.restricted().attachTo(web);
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
