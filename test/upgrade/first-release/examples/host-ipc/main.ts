import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AgentContract,
  AgentNamespace,
  NodeAgent,
  ReadyWhen,
  ReviewApp,
  SharedMemory,
} from 'cdk8s-shared-memory';

/** The images of this example. */
export const IMAGES = {
  tools: 'registry.example.com/busybox:1.36',
  agent: 'registry.example.com/verdicts-agent:4.2.0',
  client: 'registry.example.com/ledger:2.7.1',
};

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

export function build(app: App, images = IMAGES): void {
  const verdicts = new AgentContract({
    name: 'verdicts',
    namespace: 'host-ipc-agents',
    version: 'v1',
    memory: [SharedMemory.systemV({ size: Size.mebibytes(64) })],
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

  const agents = new Chart(app, 'agents', { disableResourceNameHashes: true });
  new AgentNamespace(agents, 'namespace', { name: 'host-ipc-agents' });
  new NodeAgent(agents, 'agent', {
    contract: verdicts,
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

  const ledger = new Chart(app, 'ledger', {
    namespace: 'host-ipc',
    disableResourceNameHashes: true,
  });
  const book = new kplus.Deployment(ledger, 'book', {
    replicas: 1,
    containers: [
      {
        name: 'book',
        image: images.client,
        securityContext: { user: 20001, group: 20001 },
        resources: {
          cpu: { request: kplus.Cpu.millis(100) },
          memory: { request: Size.mebibytes(128), limit: Size.mebibytes(128) },
        },
      },
    ],
  });
  verdicts.attachTo(book);
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
