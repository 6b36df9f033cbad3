import { join } from 'node:path';
import { ApiObject, App, Chart, Include, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-33';
import {
  AgentContract,
  AgentNamespace,
  ContractGrant,
  PodSecurity,
  ReviewApp,
  SharedMemory,
} from 'cdk8s-shared-memory';

/** The images of this example; those of the vendored files stand there. */
export const IMAGES = {
  tools: 'registry.example.com/busybox:1.36',
  web: 'registry.example.com/web:3.1.0',
  index: 'registry.example.com/index:1.14.2',
  search: 'registry.example.com/search:0.9.1',
};

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

export function build(app: App, images = IMAGES): void {
  const routes = new AgentContract({
    name: 'routes',
    namespace: 'existing-agents',
    version: 'v1',
    memory: [
      SharedMemory.files({ name: 'table', size: Size.mebibytes(64), mountPath: '/run/routes' }),
    ],
    ownerId: 10001,
    groupId: 2000,
  });

  // The agent exists already: its vendor ships a DaemonSet.
  const agents = new Chart(app, 'agents', { disableResourceNameHashes: true });
  new AgentNamespace(agents, 'namespace', { name: 'existing-agents' });
  const agent = new Include(agents, 'agent', {
    url: join(__dirname, 'vendor', 'routes-agent.yaml'),
  });
  routes.serveFrom(agent, { container: 'agent', toolImage: images.tools });
  new ContractGrant(agents, 'grant', { contract: routes, namespace: 'existing-workloads' });

  // So do the workloads, and each was written in its own way.
  const shop = new Chart(app, 'shop', {
    namespace: 'existing-workloads',
    disableResourceNameHashes: true,
  });

  // A construct of a newer cdk8s-plus than the library's own.
  const web = new kplus.Deployment(shop, 'web', {
    replicas: 2,
    containers: [
      {
        name: 'web',
        image: images.web,
        securityContext: { user: 20001, group: 20001 },
        resources: {
          cpu: { request: kplus.Cpu.millis(100) },
          memory: { request: Size.mebibytes(128), limit: Size.mebibytes(128) },
        },
      },
    ],
  });

  // A generated class, as `cdk8s import` makes it.
  const index = new kplus.k8s.KubeStatefulSet(shop, 'index', {
    spec: {
      serviceName: 'index',
      replicas: 1,
      selector: { matchLabels: { app: 'index' } },
      template: {
        metadata: { labels: { app: 'index' } },
        spec: {
          securityContext: { runAsUser: 20002, runAsGroup: 20002 },
          containers: [
            {
              name: 'index',
              image: images.index,
              resources: { limits: { memory: kplus.k8s.Quantity.fromString('128Mi') } },
            },
          ],
        },
      },
    },
  });

  // A plain object, as the API server reads it.
  const search = new ApiObject(shop, 'search', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'search' } },
      template: {
        metadata: { labels: { app: 'search' } },
        spec: {
          securityContext: { runAsUser: 20003, runAsGroup: 20003 },
          containers: [
            { name: 'search', image: images.search, resources: { limits: { memory: '128Mi' } } },
          ],
        },
      },
    },
  });

  // A file that somebody else wrote, with a pod of two containers.
  const report = new Include(shop, 'report', { url: join(__dirname, 'vendor', 'report.yaml') });

  routes.attachTo(web);
  routes.attachTo(index);
  routes.attachTo(search);
  routes.attachTo(report, { containers: ['report'] });
  [web, index, search, report].forEach(workload => PodSecurity.restricted().attachTo(workload));
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
