import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AgentContract,
  AgentNamespace,
  Backing,
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
  varnish: 'registry.example.com/varnish:7.1.1',
};

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

export function build(app: App, images = IMAGES): void {
  const cache = new AgentContract({
    name: 'cache',
    namespace: 'varnish-agents',
    version: 'v1',
    memory: [
      SharedMemory.files({
        name: 'vsm',
        size: Size.mebibytes(64),
        mountPath: '/run/varnish',
        backing: Backing.tmpfs({ executable: true }), // varnishd maps its configuration as code
      }),
    ],
    ownerId: 10001,
    groupId: 2000,
    umask: '027',
    readyWhen: ReadyWhen.file('v/_.vsm_mgt/_.index', { toolImage: images.tools }),
  });

  const agents = new Chart(app, 'agents', { disableResourceNameHashes: true });
  new AgentNamespace(agents, 'namespace', { name: 'varnish-agents' });
  new NodeAgent(agents, 'agent', {
    contract: cache,
    toolImage: images.tools,
    containers: [
      {
        name: 'varnishd',
        image: images.varnish,
        imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
        command: ['varnishd', '-F', '-n', '/run/varnish/v', '-a', ':6081', '-b', 'none'].concat(
          ['-s', 'malloc,64m', '-l', '16m'], // objects, and the log
          ['-T', 'none', '-S', 'none'], // no command line, and no secret that clients could read
        ),
        ports: [{ number: 6081 }],
        resources: {
          cpu: { request: kplus.Cpu.millis(50) },
          memory: { request: Size.mebibytes(384), limit: Size.mebibytes(384) },
        },
      },
    ],
  });
  new ClientNamespace(agents, 'clients', { name: 'varnish', contracts: [cache] });
  new ContractGrant(agents, 'grant', { contract: cache, namespace: 'varnish' });

  const team = new Chart(app, 'team', { namespace: 'varnish', disableResourceNameHashes: true });
  const reader = (id: string, command: string[]) => {
    const workload = new kplus.DaemonSet(team, id, {
      metadata: { name: id },
      containers: [
        {
          name: id,
          image: images.varnish,
          imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
          command,
          securityContext: { user: 20001, group: 20001 },
          resources: {
            cpu: { request: kplus.Cpu.millis(20) },
            memory: { request: Size.mebibytes(128), limit: Size.mebibytes(128) },
          },
        },
      ],
    });
    cache.attachTo(workload);
    PodSecurity.restricted().attachTo(workload);
  };
  reader('log', ['varnishlog', '-n', '/run/varnish/v', '-g', 'raw', '-I', 'ReqURL,RespStatus:']);
  reader('counters', [
    'sh',
    '-c',
    'while :; do varnishstat -n /run/varnish/v -1 -f MAIN.uptime -f MAIN.client_req; sleep 5; done',
  ]);
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
