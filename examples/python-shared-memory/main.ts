import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Access,
  AgentContract,
  AgentNamespace,
  ClientNamespace,
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
  python: 'registry.example.com/python-numpy:3.11',
};

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

export function build(app: App, images = IMAGES): void {
  const agents = new Chart(app, 'agents', { disableResourceNameHashes: true });
  new AgentNamespace(agents, 'namespace', { name: 'python-agents' });
  const clients = new Chart(app, 'clients', {
    namespace: 'python',
    disableResourceNameHashes: true,
  });

  // Readers: a file that they map.
  const table = new AgentContract({
    name: 'table',
    namespace: 'python-agents',
    version: 'v1',
    memory: [
      SharedMemory.files({ name: 'data', size: Size.mebibytes(16), mountPath: '/run/table' }),
    ],
    ownerId: 10077,
    groupId: 2000,
    umask: '027',
    readyWhen: ReadyWhen.file('table.bin', { toolImage: images.tools }),
  });
  // Writers: multiprocessing.shared_memory. Sticky, so that no client removes the agent's memory.
  const ring = new AgentContract({
    name: 'ring',
    namespace: 'python-agents',
    version: 'v1',
    memory: [SharedMemory.posix({ name: 'data', size: Size.mebibytes(16), sticky: true })],
    clients: Access.READ_WRITE,
    ownerId: 10077,
    groupId: 2001,
    readyWhen: ReadyWhen.file('ring', { toolImage: images.tools }),
  });

  const program = (chart: Chart, name: string): kplus.ContainerProps => {
    const file = `${name}.py`;
    const config = new kplus.ConfigMap(chart, `${name}-program`, {
      metadata: {
        name: name.replace('_', '-'),
        namespace: chart === agents ? 'python-agents' : 'python',
      },
      data: { [file]: readFileSync(join(__dirname, file), 'utf8') },
    });
    const volume = kplus.Volume.fromConfigMap(chart, `${name}-files`, config, { name: 'program' });
    return {
      name: 'python',
      image: images.python,
      imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
      command: ['python3', `/program/${file}`],
      volumeMounts: [{ path: '/program', volume, readOnly: true }],
      resources: {
        cpu: { request: kplus.Cpu.millis(20) },
        memory: { request: Size.mebibytes(128), limit: Size.mebibytes(128) },
      },
    };
  };
  for (const [name, contract] of Object.entries({ table, ring })) {
    new NodeAgent(agents, name, {
      contract,
      toolImage: images.tools,
      containers: [program(agents, `${name}_agent`)],
    });
    new ContractGrant(agents, `grant-${name}`, { contract, namespace: 'python' });
  }
  new ClientNamespace(agents, 'clients', { name: 'python', contracts: [table, ring] });

  const user = (id: number) => ({ user: id, group: id });
  const reader = new kplus.Deployment(clients, 'reader', {
    metadata: { name: 'reader' },
    replicas: 1,
    containers: [{ ...program(clients, 'table_reader'), securityContext: user(20001) }],
  });
  table.attachTo(reader);
  const writer = new kplus.Deployment(clients, 'writer', {
    metadata: { name: 'writer' },
    replicas: 1,
    containers: [
      {
        ...program(clients, 'ring_client'),
        envVariables: { SLOT: kplus.EnvValue.fromValue('1') },
        securityContext: user(20002),
      },
    ],
  });
  ring.attachTo(writer, { access: Access.READ_WRITE });
  for (const workload of [reader, writer]) {
    PodSecurity.restricted().attachTo(workload);
  }
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
