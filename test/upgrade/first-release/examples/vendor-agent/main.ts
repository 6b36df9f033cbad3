import { join } from 'path';
import { App, Chart, Include, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AgentContract,
  ContractGrant,
  PodSecurity,
  ReviewApp,
  SharedMemory,
} from 'cdk8s-shared-memory';

/** The images of this example; those of the agent stand in vendor.yaml. */
export const IMAGES = {
  tools: 'registry.example.com/busybox:1.36',
  client: 'registry.example.com/shop:5.4.0',
};

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

export function build(app: App, images = IMAGES): void {
  const mesh = new AgentContract({
    name: 'mesh',
    namespace: 'vendor-agents',
    version: 'v1',
    memory: [
      SharedMemory.files({ name: 'routes', size: Size.mebibytes(32), mountPath: '/run/mesh' }),
    ],
    ownerId: 10006,
    groupId: 2006,
  });

  const agents = new Chart(app, 'agents', { disableResourceNameHashes: true });
  const vendor = new Include(agents, 'vendor', { url: join(__dirname, 'vendor.yaml') });
  mesh.serveFrom(vendor, { container: 'agent', toolImage: images.tools });
  new ContractGrant(agents, 'shop', { contract: mesh, namespace: 'vendor-agent' });

  const shop = new Chart(app, 'shop', {
    namespace: 'vendor-agent',
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
          memory: { request: Size.mebibytes(64), limit: Size.mebibytes(64) },
        },
      },
    ],
  });
  mesh.attachTo(web);
  PodSecurity.restricted().attachTo(web);
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
