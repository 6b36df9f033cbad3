import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AgentContract,
  AgentNamespace,
  ClientNamespace,
  ContractGrant,
  NodeAgent,
  Payer,
  PodSecurity,
  ReadyWhen,
  ReviewApp,
  SharedMemory,
} from 'cdk8s-shared-memory';

/** The images of this example. */
export const IMAGES = {
  tools: 'registry.example.com/busybox:1.36',
  vineyard: 'registry.example.com/vineyard:0.24.2',
};

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

export function build(app: App, images = IMAGES): void {
  const store = new AgentContract({
    name: 'store',
    namespace: 'vineyard-agents',
    version: 'v1',
    memory: [SharedMemory.descriptors({ size: Size.mebibytes(64), mountPath: '/run/vineyard' })],
    ownerId: 10055,
    groupId: 2000,
    chargedTo: Payer.CLIENT, // whoever puts an object touches its pages first
    readyWhen: ReadyWhen.socket('v.sock', { toolImage: images.tools }),
  });

  const agents = new Chart(app, 'agents', { disableResourceNameHashes: true });
  new AgentNamespace(agents, 'namespace', { name: 'vineyard-agents' });
  new NodeAgent(agents, 'agent', {
    contract: store,
    toolImage: images.tools,
    containers: [
      {
        name: 'vineyardd',
        image: images.vineyard,
        imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
        command: ['vineyardd', '--socket', '/run/vineyard/v.sock', '--size', '64Mi'].concat([
          '--meta',
          'local',
          '--norpc',
        ]),
        resources: {
          cpu: { request: kplus.Cpu.millis(50) },
          memory: { request: Size.mebibytes(256), limit: Size.mebibytes(256) },
        },
      },
    ],
  });
  new ClientNamespace(agents, 'clients', { name: 'vineyard', contracts: [store] });
  new ContractGrant(agents, 'grant', { contract: store, namespace: 'vineyard' });

  const team = new Chart(app, 'team', { namespace: 'vineyard', disableResourceNameHashes: true });
  const client = (name: string, id: number) => {
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
          image: images.vineyard,
          imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
          command: ['python3', `/program/${file}`],
          securityContext: { user: id, group: id },
          volumeMounts: [{ path: '/program', volume, readOnly: true }],
          resources: {
            cpu: { request: kplus.Cpu.millis(50) },
            memory: { request: Size.mebibytes(384), limit: Size.mebibytes(384) },
          },
        },
      ],
    });
    store.attachTo(workload);
    PodSecurity.restricted().attachTo(workload);
  };
  client('put', 20001);
  client('get', 20002);
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
