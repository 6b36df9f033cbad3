import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Access,
  AgentContract,
  AgentNamespace,
  ClientNamespace,
  ClientUser,
  ContractGrant,
  NodeMemory,
  Payer,
  PodSecurity,
  ReviewApp,
  SharedMemory,
} from 'cdk8s-shared-memory';

/** The images of this example. */
export const IMAGES = {
  tools: 'registry.example.com/busybox:1.36',
  iceoryx2: 'registry.example.com/iceoryx2-python:0.10.0',
};

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

export function build(app: App, images = IMAGES): void {
  const robots = new AgentContract({
    name: 'robots',
    namespace: 'iceoryx2-memory',
    version: 'v1',
    memory: [
      SharedMemory.posix({ name: 'data', size: Size.mebibytes(32) }), // /dev/shm/iox2_*
      SharedMemory.files({ name: 'nodes', size: Size.mebibytes(4), mountPath: '/tmp/iceoryx2' }),
    ],
    clients: Access.READ_WRITE,
    chargedTo: Payer.CLIENT,
    ownerId: 10001,
    groupId: 2000,
    clientUser: ClientUser.owner(), // its files are 0600, so all peers are one user
  });

  const platform = new Chart(app, 'platform', { disableResourceNameHashes: true });
  new AgentNamespace(platform, 'namespace', { name: 'iceoryx2-memory' });
  new NodeMemory(platform, 'memory', { contract: robots, toolImage: images.tools });
  new ClientNamespace(platform, 'clients', { name: 'iceoryx2', contracts: [robots] });
  new ContractGrant(platform, 'grant', { contract: robots, namespace: 'iceoryx2' });

  const team = new Chart(app, 'team', { namespace: 'iceoryx2', disableResourceNameHashes: true });
  for (const name of ['publish', 'subscribe']) {
    const file = `${name}.py`;
    const config = new kplus.ConfigMap(team, `${name}-program`, {
      metadata: { name },
      data: { [file]: readFileSync(join(__dirname, file), 'utf8') },
    });
    const volume = kplus.Volume.fromConfigMap(team, `${name}-files`, config, { name: 'program' });
    const workload = new kplus.DaemonSet(team, name, {
      metadata: { name },
      containers: [
        {
          name,
          image: images.iceoryx2,
          imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
          command: ['python3', `/program/${file}`],
          volumeMounts: [{ path: '/program', volume, readOnly: true }],
          resources: {
            cpu: { request: kplus.Cpu.millis(50) },
            memory: { request: Size.mebibytes(128), limit: Size.mebibytes(128) },
          },
        },
      ],
    });
    robots.attachTo(workload, { access: Access.READ_WRITE });
    PodSecurity.restricted().attachTo(workload);
  }
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
