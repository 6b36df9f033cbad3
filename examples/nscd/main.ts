import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
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
  agent: 'registry.example.com/nscd:2.36',
  client: 'registry.example.com/debian:12',
};

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

/** `persistent no`: the cache is memory, whose descriptor clients get over the socket. */
const NSCD_CONF = ['passwd', 'group']
  .flatMap(database => [
    `enable-cache ${database} yes`,
    `persistent ${database} no`,
    `shared ${database} yes`,
    `max-db-size ${database} 1048576`,
    `check-files ${database} no`,
  ])
  .concat(['hosts', 'services', 'netgroup'].map(database => `enable-cache ${database} no`))
  .join('\n');

/** The users that the agent knows. Yours may come from LDAP or SSSD. */
const PASSWD = [
  'root:x:0:0:root:/root:/bin/sh',
  'nscd:x:10044:2000:name service cache:/:/usr/sbin/nologin',
  'orders:x:4242:4242:known to the agent alone:/:/usr/sbin/nologin',
].join('\n');

export function build(app: App, images = IMAGES): void {
  const names = new AgentContract({
    name: 'names',
    namespace: 'nscd-agents',
    version: 'v1',
    memory: [SharedMemory.descriptors({ size: Size.mebibytes(2), mountPath: '/run/nscd' })],
    ownerId: 10044,
    groupId: 2000,
    readyWhen: ReadyWhen.socket('socket', { toolImage: images.tools }),
  });

  const agents = new Chart(app, 'agents', { disableResourceNameHashes: true });
  new AgentNamespace(agents, 'namespace', { name: 'nscd-agents' });
  const config = new kplus.ConfigMap(agents, 'config', {
    metadata: { name: 'nscd', namespace: 'nscd-agents' },
    data: { 'nscd.conf': `${NSCD_CONF}\n`, passwd: `${PASSWD}\n` },
  });
  const files = kplus.Volume.fromConfigMap(agents, 'files', config, { name: 'config' });
  new NodeAgent(agents, 'agent', {
    contract: names,
    toolImage: images.tools,
    containers: [
      {
        name: 'nscd',
        image: images.agent,
        imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
        command: ['nscd', '--foreground'],
        volumeMounts: ['nscd.conf', 'passwd'].map(file => ({
          path: `/etc/${file}`,
          subPath: file,
          volume: files,
          readOnly: true,
        })),
        resources: {
          cpu: { request: kplus.Cpu.millis(20) },
          memory: { request: Size.mebibytes(64), limit: Size.mebibytes(64) },
        },
      },
    ],
  });
  new ClientNamespace(agents, 'clients', { name: 'nscd', contracts: [names] });
  new ContractGrant(agents, 'grant', { contract: names, namespace: 'nscd' });

  const shop = new Chart(app, 'shop', { namespace: 'nscd', disableResourceNameHashes: true });
  const web = new kplus.Deployment(shop, 'web', {
    replicas: 1,
    containers: [
      {
        name: 'web',
        image: images.client,
        imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
        command: ['sleep', 'infinity'], // your program
        securityContext: { user: 20001, group: 20001 },
        resources: {
          cpu: { request: kplus.Cpu.millis(20) },
          memory: { request: Size.mebibytes(64), limit: Size.mebibytes(64) },
        },
      },
    ],
  });
  names.attachTo(web);
  PodSecurity.restricted().attachTo(web);
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
