import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Access,
  ContractGrant,
  NodeAgent,
  ReadyWhen,
  SharedMemory,
  SidecarAgent,
  type AgentContractProps,
} from '../../src';
import { AGENT, chart, contract, deployment, rendered, TOOLS, type Rendered } from '../yaml';

const socket = (props: Partial<AgentContractProps> = {}) =>
  contract({
    memory: [
      SharedMemory.descriptors({
        name: 'table',
        size: Size.mebibytes(256),
        mountPath: '/run/routes',
      }),
    ],
    ...props,
  });

test('both sides get the directory of the socket; the agent pays for the memory', () => {
  const c = chart();
  new NodeAgent(c, 'agent', { contract: socket(), toolImage: TOOLS, containers: [AGENT] });
  new ContractGrant(c, 'grant', { contract: socket(), namespace: 'shop' });
  socket().attachTo(deployment(c));
  const [agent] = rendered(c, 'DaemonSet');
  const [client] = rendered(c, 'Deployment');
  expect(agent.spec.template.spec.containers[0].volumeMounts).toEqual([
    { mountPath: '/run/routes', name: 'routes-shared-memory', subPath: 'v1/table' },
  ]);
  expect(client.spec.template.spec.containers[0].volumeMounts).toEqual([
    { mountPath: '/run/routes', name: 'routes-table', readOnly: true },
  ]);
  expect(client.spec.template.spec.securityContext.supplementalGroups).toEqual([2000]);
  expect(rendered(c, 'PersistentVolume')[0].spec.mountOptions).toEqual(['ro']);
});

test("fails where the agent's limit cannot hold what it passes", () => {
  const c = chart();
  const memory = { request: Size.mebibytes(64), limit: Size.mebibytes(64) };
  new NodeAgent(c, 'agent', {
    contract: socket(),
    toolImage: TOOLS,
    containers: [{ ...AGENT, resources: { memory } }],
  });
  expect(() => rendered(c, 'DaemonSet')).toThrow('given 64Mi; allowed at least 288Mi');
});

test('no client may put its own socket there, also where the contract lets clients write', () => {
  const writing = socket({
    clients: Access.READ_WRITE,
    memory: [
      SharedMemory.descriptors({
        name: 'table',
        size: Size.mebibytes(1),
        mountPath: '/run/routes',
      }),
      SharedMemory.files({ name: 'ring', size: Size.mebibytes(1), mountPath: '/run/ring' }),
    ],
  });
  const c = chart();
  new NodeAgent(c, 'agent', { contract: writing, toolImage: TOOLS, containers: [AGENT] });
  new ContractGrant(c, 'grant', { contract: writing, namespace: 'shop' });
  writing.attachTo(deployment(c), { access: Access.READ_WRITE });
  expect(rendered(c, 'DaemonSet')[0].spec.template.spec.initContainers[0].env).toContainEqual({
    name: 'MEMORIES',
    value: 'table:2750',
  });
  expect(
    rendered(c, 'PersistentVolume').map((v: Rendered) => [v.metadata.name, v.spec.mountOptions]),
  ).toEqual([
    ['node-agents-routes-table-v1-shop-ro', ['ro']],
    ['node-agents-routes-ring-v1-shop-ro', ['ro']],
    ['node-agents-routes-ring-v1-shop-rw', undefined],
  ]);
  const pod = rendered(c, 'Deployment')[0].spec.template.spec;
  expect(pod.volumes.map((v: Rendered) => v.persistentVolumeClaim)).toEqual([
    { claimName: 'routes-table-v1-ro', readOnly: true },
    { claimName: 'routes-ring-v1-rw' },
  ]);
});

test('a client can wait for the socket', () => {
  const c = chart();
  socket({ readyWhen: ReadyWhen.socket('agent.sock', { toolImage: TOOLS }) }).attachTo(
    deployment(c),
  );
  const [wait] = rendered(c, 'Deployment')[0].spec.template.spec.initContainers;
  expect(wait.env).toContainEqual({ name: 'UNTIL', value: 'socket:/run/routes/agent.sock' });
});

test('in a pod the socket is in an emptyDir that holds no data, and the sidecar pays', () => {
  const c = chart();
  new SidecarAgent({
    contract: socket(),
    containers: [{ ...AGENT, startup: kplus.Probe.fromCommand(['true']) }],
  }).attachTo(deployment(c));
  expect(rendered(c, 'Deployment')[0].spec.template.spec.volumes).toEqual([
    { name: 'routes-table', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
  ]);
});
