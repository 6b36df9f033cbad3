import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AgentContract,
  AgentNamespace,
  ClientPolicy,
  ContractGrant,
  NodeAgent,
  PodSecurity,
  PolicyAction,
  ReadyWhen,
  ReviewApp,
  SharedMemory,
} from 'cdk8s-shared-memory';

/** The images of this example. */
export const IMAGES = {
  tools: 'registry.example.com/busybox:1.36',
  agent: 'registry.example.com/risk-agent:2.5.0',
  client: 'registry.example.com/shop:5.4.0',
};

/** The least Kubernetes version that this example is for: ValidatingAdmissionPolicy is v1 there. */
export const LEAST_KUBERNETES = '1.30';

export function build(app: App, images = IMAGES): void {
  const namespace = 'policy-agents';
  const risk = new AgentContract({
    name: 'risk',
    namespace,
    version: 'v1',
    memory: [
      SharedMemory.files({ name: 'scores', size: Size.mebibytes(32), mountPath: '/run/risk' }),
    ],
    ownerId: 10008,
    groupId: 2008,
  });
  const quotes = new AgentContract({
    name: 'quotes',
    namespace,
    version: 'v1',
    memory: [SharedMemory.systemV({ size: Size.mebibytes(32) })],
    ownerId: 10009,
    groupId: 2009,
    acknowledgements: [
      {
        rule: 'SHM301',
        reason:
          'the quotes are a System V segment, which only the IPC namespace of the node shares',
      },
    ],
    readyWhen: ReadyWhen.systemVKey(0x5051, { toolImage: images.tools }),
  });

  const agents = new Chart(app, 'agents', { disableResourceNameHashes: true });
  new AgentNamespace(agents, 'namespace', { name: namespace });
  const container: kplus.ContainerProps = {
    name: 'agent',
    image: images.agent,
    resources: {
      cpu: { request: kplus.Cpu.millis(50) },
      memory: { request: Size.mebibytes(96), limit: Size.mebibytes(96) },
    },
  };
  new NodeAgent(agents, 'risk', {
    contract: risk,
    toolImage: images.tools,
    containers: [container],
  });
  new NodeAgent(agents, 'quotes', { contract: quotes, containers: [container] });
  new ContractGrant(agents, 'shop', { contract: risk, namespace: 'policy-shop' });

  new ClientPolicy(agents, 'policy', {
    name: 'policy-clients',
    grants: [
      { namespace: 'policy-shop', contract: risk },
      { namespace: 'policy-ledger', contract: quotes }, // hostIPC, and so no Pod Security level; this is what keeps it to that
    ],
    action: PolicyAction.DENY,
  });

  const client = (chart: Chart, id: string) =>
    new kplus.Deployment(chart, id, {
      replicas: 1,
      containers: [
        {
          name: id,
          image: images.client,
          securityContext: { user: 20001, group: 20001 },
          resources: {
            cpu: { request: kplus.Cpu.millis(100) },
            memory: { request: Size.mebibytes(64), limit: Size.mebibytes(64) },
          },
        },
      ],
    });
  const shop = new Chart(app, 'shop', {
    namespace: 'policy-shop',
    disableResourceNameHashes: true,
  });
  const web = client(shop, 'web');
  risk.attachTo(web);
  PodSecurity.restricted().attachTo(web);
  const ledger = new Chart(app, 'ledger', {
    namespace: 'policy-ledger',
    disableResourceNameHashes: true,
  });
  quotes.attachTo(client(ledger, 'book'));
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
