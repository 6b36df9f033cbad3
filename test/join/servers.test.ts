import { ApiObject, Size, Testing } from 'cdk8s';
import {
  Access,
  AgentContract,
  AgentNodes,
  ClientUser,
  NodeAgent,
  NodeMemory,
  Payer,
  ReadyWhen,
  SharedMemory,
  type AgentContractProps,
  type NodeAgentProps,
} from '../../src';
import { manifestsOf } from '../../src/kube/manifest';
import { hostPrivileges } from '../../src/read/host-privileges';
import { ManifestSet } from '../../src/read/manifest-set';
import { MarkedManifests } from '../../src/sharing/marked-manifests';
import { privilegeReasons } from '../../src/sharing/privilege-reasons';
import { messageOf } from '../bad-input/message';
import { schemaErrors } from '../kubernetes/schema';
import { AGENT, chart, contract, rendered, TOOLS, type Rendered } from '../yaml';

const container = { name: 'server', image: 'i:1', resources: { limits: { memory: '1Gi' } } };
const antiAffinity = (term: object = {}) => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        {
          topologyKey: 'kubernetes.io/hostname',
          labelSelector: { matchLabels: { app: 'server' } },
          ...term,
        },
      ],
    },
  },
});

function serving(kind: string, pod: object, spec: object = {}, nodes?: AgentNodes) {
  const c = chart();
  const object = new ApiObject(c, 'server', {
    apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name: 'server', namespace: 'node-agents' },
    spec: {
      ...spec,
      template: {
        metadata: { labels: { app: 'server' } },
        spec: { containers: [container], ...pod },
      },
    },
  } as never);
  return messageOf(() => {
    contract({ nodes: nodes ?? AgentNodes.labeled('example.com/cache', 'yes') }).serveFrom(object, {
      toolImage: TOOLS,
    });
    Testing.synth(c);
  });
}

describe('a server that is no DaemonSet', () => {
  const hostPort = { containers: [{ ...container, ports: [{ containerPort: 1, hostPort: 1 }] }] };
  const port = { containers: [{ ...container, ports: [{ containerPort: 1 }] }] };

  test.each<[string, string, object, object]>([
    ['a StatefulSet with one replica', 'StatefulSet', {}, { replicas: 1 }],
    ['a StatefulSet without a number', 'StatefulSet', {}, {}],
    ['a Deployment that avoids its own pods', 'Deployment', antiAffinity(), { replicas: 3 }],
    ['a Deployment with a port of the node', 'Deployment', hostPort, {}],
    ['a Deployment on the network of the node', 'Deployment', { ...port, hostNetwork: true }, {}],
  ])('%s can serve', (_, kind, pod, spec) => {
    expect(serving(kind, pod, spec)).toBe('nothing was thrown');
  });

  test.each<[string, string, object, object]>([
    ['a StatefulSet with two replicas', 'StatefulSet', {}, { replicas: 2 }],
    ['a Deployment', 'Deployment', {}, { replicas: 1 }],
    ['a Deployment that is recreated', 'Deployment', {}, { strategy: { type: 'Recreate' } }],
    ['a port of the container alone', 'Deployment', port, {}],
    [
      'anti-affinity by zone',
      'Deployment',
      antiAffinity({ topologyKey: 'topology.kubernetes.io/zone' }),
      {},
    ],
    [
      'anti-affinity to other pods',
      'Deployment',
      antiAffinity({ labelSelector: { matchLabels: { app: 'x' } } }),
      {},
    ],
    ['anti-affinity in other namespaces', 'Deployment', antiAffinity({ namespaces: ['x'] }), {}],
    [
      'anti-affinity to one revision',
      'Deployment',
      antiAffinity({ matchLabelKeys: ['pod-template-hash'] }),
      {},
    ],
    ['anti-affinity to nothing', 'Deployment', antiAffinity({ labelSelector: {} }), {}],
  ])('fails with %s', (_, kind, pod, spec) => {
    expect(serving(kind, pod, spec)).toMatch(
      /SHM008 \[test\/server\] spec\.template\.spec: given a \w+( with 2 replicas)?, of which two pods can be on one node; .*Recreate is not enough/,
    );
  });

  test('fails with another kind, and on all nodes', () => {
    expect(serving('Job', {})).toMatch(/SHM008 .*target: given a Job/);
    expect(serving('StatefulSet', {}, {}, AgentNodes.all())).toMatch(
      /SHM007 .*nodes: given all nodes, for an agent that is a StatefulSet; allowed a label of the nodes/,
    );
  });
});

describe('memory without a server', () => {
  const peers = (props: Partial<AgentContractProps> = {}) =>
    contract({
      name: 'peers',
      clients: Access.READ_WRITE,
      chargedTo: Payer.CLIENT,
      memory: [
        SharedMemory.files({ name: 'ring', size: Size.mebibytes(64), mountPath: '/run/ring' }),
      ],
      ...props,
    });

  test('a DaemonSet makes it, and sleeps', () => {
    const c = chart();
    const memory = new NodeMemory(c, 'memory', { contract: peers(), toolImage: TOOLS });
    const [object] = rendered(c, 'DaemonSet');
    expect(memory.daemonSet.name).toBe('peers');
    const { initContainers, containers } = object.spec.template.spec;
    expect(initContainers.map((each: Rendered) => each.name)).toEqual([
      'prepare-peers',
      'mount-peers',
    ]);
    expect(containers).toHaveLength(1);
    expect([
      containers[0].name,
      containers[0].image,
      containers[0].resources.limits.memory,
    ]).toEqual(['pause', TOOLS, '32Mi']);
    expect(schemaErrors(object)).toEqual([]);
  });

  test('the image of the pause runs as it is', () => {
    const c = chart();
    new NodeMemory(c, 'memory', { contract: peers(), toolImage: TOOLS, pauseImage: 'pause:1' });
    const [pause] = rendered(c, 'DaemonSet')[0].spec.template.spec.containers;
    expect([pause.image, pause.command]).toEqual(['pause:1', undefined]);
  });

  test.each<[string, Partial<AgentContractProps>, string]>([
    [
      'clients that only read',
      { clients: Access.READ_ONLY, chargedTo: undefined },
      'whose clients only read',
    ],
    ['an agent that pays', { chargedTo: Payer.AGENT }, 'whose agent pays'],
    [
      'something to wait for',
      { readyWhen: ReadyWhen.file('x', { toolImage: TOOLS }) },
      'with readyWhen',
    ],
    ['a umask', { umask: '007' }, 'with umask'],
  ])('fails with %s', (_, props, given) => {
    expect(
      messageOf(
        () => new NodeMemory(chart(), 'memory', { contract: peers(props), toolImage: TOOLS }),
      ),
    ).toMatch(new RegExp(`SHM007 \\[test/memory\\] contract: given contract peers,? ${given}`));
  });
});

describe('what an agent needs beyond the defaults', () => {
  const agent = (props: Partial<NodeAgentProps>) => {
    const c = chart();
    new NodeAgent(c, 'agent', {
      contract: contract(),
      toolImage: TOOLS,
      containers: [AGENT],
      ...props,
    });
    return rendered(c, 'DaemonSet')[0];
  };

  test('is in the pod, or in the container that serves', () => {
    const toleration = { key: 'nvidia.com/gpu', operator: 'Exists' };
    const object = agent({
      runtimeClassName: 'nvidia',
      tolerations: [toleration],
      capabilities: ['IPC_LOCK'],
      devices: { 'nvidia.com/gpu': 1 },
    });
    const pod = object.spec.template.spec;
    const [container1] = pod.containers;
    expect([
      pod.runtimeClassName,
      pod.tolerations.map((each: Rendered) => each.key),
      container1.securityContext.capabilities,
      container1.resources.limits['nvidia.com/gpu'],
    ]).toEqual([
      'nvidia',
      expect.arrayContaining(['nvidia.com/gpu', 'example.com/routes-agent']),
      { add: ['IPC_LOCK'], drop: ['ALL'] },
      1,
    ]);
    expect(schemaErrors(object)).toEqual([]);
  });

  test.each<[string, Partial<NodeAgentProps>, RegExp]>([
    ['tolerations that are none', { tolerations: ['x'] as never }, /SHM007 .*tolerations: given/],
    ['all capabilities', { capabilities: ['ALL'] }, /SHM007 .*capabilities: given \["ALL"\]/],
    ['the prefix CAP_', { capabilities: ['CAP_IPC_LOCK'] }, /without CAP_/],
    ['a capability in small letters', { capabilities: ['ipc_lock'] }, /SHM007 .*capabilities/],
    ['a device without a domain', { devices: { gpu: 1 } }, /SHM007 .*devices: given \{"gpu":1\}/],
    ['half a device', { devices: { 'nvidia.com/gpu': 0.5 } }, /SHM007 .*devices/],
  ])('fails with %s', (_, props, message) => {
    expect(messageOf(() => agent(props))).toMatch(message);
  });
});

describe('an agent that is root', () => {
  const root = () => contract({ ownerId: 0 });
  const rootAgent = () => {
    const c = chart();
    new NodeAgent(c, 'agent', {
      contract: root(),
      toolImage: TOOLS,
      containers: [AGENT],
    });
    return rendered(c, 'DaemonSet')[0];
  };

  test('is said in the contract, in the YAML, and in the steps that run as the owner', () => {
    const { apiVersion, ownerId } = JSON.parse(root().toJson());
    expect([apiVersion, ownerId]).toEqual(['cdk8s-shared-memory/v2', 0]);
    const object = rootAgent();
    const { securityContext, containers, initContainers } = object.spec.template.spec;
    expect(securityContext.runAsUser).toBe(0);
    expect(containers[0].securityContext.runAsNonRoot).toBe(false);
    const measure = initContainers.find((each: Rendered) => each.name === 'measure-routes');
    expect([measure.securityContext.runAsUser, measure.securityContext.runAsNonRoot]).toEqual([
      0,
      false,
    ]);
    const mark = JSON.parse(object.metadata.annotations['cdk8s-shared-memory/contract.routes']);
    expect([mark.owner, mark.side]).toEqual([0, 'agent']);
  });

  test('has its reason in the review', () => {
    const marked = new MarkedManifests(new ManifestSet(manifestsOf(rootAgent())));
    const [pod] = marked.pods;
    const reasons = hostPrivileges(pod.pod)
      .filter(({ kind, container: of }) => kind === 'rootUser' && of === undefined)
      .flatMap(privilege => privilegeReasons(marked, pod, privilege));
    expect(reasons.map(({ because }) => because)).toEqual(['rootOwner']);
  });

  test('fails where the manifest of an agent says that it is not', () => {
    expect(
      serving('StatefulSet', {
        containers: [{ ...container, securityContext: { runAsUser: 0 } }],
        securityContext: { runAsNonRoot: true },
      }),
    ).toMatch(/SHM014 .*runAsNonRoot of container server: given true with runAsUser: 0/);
  });

  test('fails where clients would be root, and in a contract of the first version', () => {
    expect(messageOf(() => contract({ ownerId: 0, clientUser: ClientUser.owner() }))).toMatch(
      /SHM004 .*clientUser: given "ClientUser\.owner\(\), where the owner is root"/,
    );
    const first = root().toJson().replace('shared-memory/v2', 'shared-memory/v1');
    expect(messageOf(() => AgentContract.fromJson(first))).toMatch(
      /SHM004 .*ownerId: given 0; allowed a whole number from 1/,
    );
  });
});
