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
  SidecarAgent,
} from 'cdk8s-shared-memory';

/** The images of this example. */
export const IMAGES = {
  tools: 'registry.example.com/busybox:1.36',
  aeron: 'registry.example.com/aeron:1.44.1',
};

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.29';

const JAVA = ['java', '-XX:-UsePerfData', '-Xmx64m'].concat(
  ['--add-opens', 'java.base/sun.nio.ch=ALL-UNNAMED'],
  ['-cp', '/opt/aeron/aeron-all-1.44.1.jar', '-Daeron.dir=/run/aeron/md'],
);
/** The media driver makes its directory anew each time that it starts. */
const DRIVER = JAVA.concat(
  ['-Daeron.dir.delete.on.start=true', '-Daeron.ipc.term.buffer.length=1m'],
  ['-Daeron.threading.mode=SHARED', '-Daeron.shared.idle.strategy=sleep-ns'],
  ['io.aeron.driver.MediaDriver'],
);
const PUBLISHER = JAVA.concat(
  ['-Daeron.sample.channel=aeron:ipc', '-Daeron.sample.messages=1000000000'],
  ['io.aeron.samples.BasicPublisher'],
);
const SUBSCRIBER = JAVA.concat(
  ['-Daeron.sample.channel=aeron:ipc'],
  ['io.aeron.samples.BasicSubscriber'],
);

export function build(app: App, images = IMAGES): void {
  const container = (name: string, command: string[], mebibytes = 192): kplus.ContainerProps => ({
    name,
    image: images.aeron,
    imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
    command,
    resources: {
      cpu: { request: kplus.Cpu.millis(50) },
      memory: { request: Size.mebibytes(mebibytes), limit: Size.mebibytes(mebibytes) },
    },
  });
  const user = (id: number) => ({ securityContext: { user: id, group: id } });

  const aeron = new AgentContract({
    name: 'aeron',
    namespace: 'aeron-agents',
    version: 'v1',
    memory: [
      SharedMemory.files({ name: 'driver', size: Size.mebibytes(64), mountPath: '/run/aeron' }),
    ],
    clients: Access.READ_WRITE, // subscribers, too: every client writes into the driver's files
    ownerId: 10001,
    groupId: 2000,
    umask: '007', // with 022, clients of other users cannot write into the driver's files
    readyWhen: ReadyWhen.file('md/cnc.dat', { toolImage: images.tools }),
  });

  // A driver on each node, and clients in pods of their own.
  const agents = new Chart(app, 'agents', { disableResourceNameHashes: true });
  new AgentNamespace(agents, 'namespace', { name: 'aeron-agents' });
  new NodeAgent(agents, 'agent', {
    contract: aeron,
    toolImage: images.tools,
    containers: [container('driver', DRIVER, 256)],
  });
  new ClientNamespace(agents, 'clients', { name: 'aeron', contracts: [aeron] });
  new ContractGrant(agents, 'grant', { contract: aeron, namespace: 'aeron' });

  const team = new Chart(app, 'team', { namespace: 'aeron', disableResourceNameHashes: true });
  const client = (name: string, command: string[], id: number) => {
    const workload = new kplus.DaemonSet(team, name, {
      metadata: { name },
      containers: [{ ...container(name, command), ...user(id) }],
    });
    aeron.attachTo(workload, { access: Access.READ_WRITE });
    PodSecurity.restricted().attachTo(workload);
  };
  client('publisher', PUBLISHER, 20001);
  client('subscriber', SUBSCRIBER, 20002);

  // The same in one pod, with the driver as a native sidecar.
  const pod = new kplus.Deployment(team, 'sidecar', {
    metadata: { name: 'sidecar' },
    replicas: 1,
    containers: [
      { ...container('publisher', PUBLISHER), ...user(20001) },
      { ...container('subscriber', SUBSCRIBER), ...user(20002) },
    ],
  });
  new SidecarAgent({
    contract: aeron,
    containers: [
      {
        ...container('driver', DRIVER, 256),
        startup: kplus.Probe.fromCommand(['test', '-e', '/run/aeron/md/cnc.dat']),
      },
    ],
  }).attachTo(pod, { containers: ['publisher', 'subscriber'], access: Access.READ_WRITE });
  PodSecurity.restricted().attachTo(pod);
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
