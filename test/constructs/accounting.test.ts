import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Access,
  Accounting,
  NodeAgent,
  Payer,
  PodSharedMemory,
  SharedMemory,
  SidecarAgent,
} from '../../src';
import { attachMessageOf } from '../bad-input/message';
import { AGENT, chart, contract, deployment, rendered, TOOLS, type Rendered } from '../yaml';

const writing = (chargedTo?: Payer) => contract({ clients: Access.READ_WRITE, chargedTo });
const memoryOf = (object: Rendered) =>
  object.spec.template.spec.containers.map(({ resources }: Rendered) => [
    resources.requests.memory,
    resources.limits.memory,
  ]);

test('limits stay as they are written', () => {
  const c = chart();
  new NodeAgent(c, 'agent', { contract: contract(), toolImage: TOOLS, containers: [AGENT] });
  expect(memoryOf(rendered(c, 'DaemonSet')[0])).toEqual([['384Mi', '384Mi']]);
});

test('ADD_TO_LIMITS adds the bytes of all memories to limit and request of the container that pays', () => {
  const memory = [
    SharedMemory.files({ name: 'table', size: Size.mebibytes(256), mountPath: '/run/routes' }),
    SharedMemory.files({ name: 'ring', size: Size.kibibytes(1), mountPath: '/run/ring' }),
  ];
  const c = chart();
  new NodeAgent(c, 'agent', {
    contract: contract({ memory }),
    toolImage: TOOLS,
    containers: [AGENT],
    accounting: Accounting.ADD_TO_LIMITS,
  });
  const kibibytes = (384 + 256) * 1024 + 1;
  expect(memoryOf(rendered(c, 'DaemonSet')[0])).toEqual([[`${kibibytes}Ki`, `${kibibytes}Ki`]]);
});

test('where clients pay, they need the limit and the agent does not', () => {
  const c = chart();
  const small = {
    ...AGENT,
    resources: { memory: { request: Size.mebibytes(64), limit: Size.mebibytes(64) } },
  };
  new NodeAgent(c, 'agent', {
    contract: writing(Payer.CLIENT),
    toolImage: TOOLS,
    containers: [small],
  });
  writing(Payer.CLIENT).attachTo(deployment(c), {
    access: Access.READ_WRITE,
    accounting: Accounting.ADD_TO_LIMITS,
  });
  expect(memoryOf(rendered(c, 'DaemonSet')[0])).toEqual([['64Mi', '64Mi']]);
  const [client] = rendered(c, 'Deployment');
  expect(memoryOf(client)).toEqual([['384Mi', '384Mi']]);
  expect(JSON.parse(client.metadata.annotations['cdk8s-shared-memory/contract.routes']).payer).toBe(
    'client',
  );
});

test('fails with the number to write where a client that pays has too small a limit', () => {
  const c = chart();
  writing(Payer.CLIENT).attachTo(deployment(c));
  expect(() => rendered(c, 'Deployment')).toThrow(
    /SHM013 .*limits\.memory of container api: given 128Mi; allowed at least 288Mi: .*fix: write a memory limit of 288Mi or more/,
  );
});

test('fails to add where the agent pays', () => {
  expect(
    attachMessageOf(() =>
      contract().attachTo(deployment(chart()), { accounting: Accounting.ADD_TO_LIMITS }),
    ),
  ).toBe(
    'SHM007 [test/api] accounting: given Accounting.ADD_TO_LIMITS; allowed nothing: the agent of contract routes pays for the memory; fix: leave it out, or ask the owner of the contract for chargedTo: Payer.CLIENT',
  );
});

test('fails to add to a limit that is not there', () => {
  const c = chart();
  new PodSharedMemory({ size: Size.mebibytes(64) }).attachTo(
    deployment(c, 'api', { resources: {} }),
    { accounting: Accounting.ADD_TO_LIMITS },
  );
  expect(() => rendered(c, 'Deployment')).toThrow(
    'given no memory limit; allowed a memory limit of what the container needs for itself, to which the shared bytes are added; fix: write a memory limit, or leave out Accounting.ADD_TO_LIMITS',
  );
});

test('fails where what is left for the container itself is less than 32Mi', () => {
  const c = chart();
  const resources = { memory: { limit: Size.mebibytes(16) } };
  new PodSharedMemory({ size: Size.mebibytes(64) }).attachTo(deployment(c, 'api', { resources }), {
    accounting: Accounting.ADD_TO_LIMITS,
  });
  // in the numbers of the user, who wrote 16Mi
  expect(() => rendered(c, 'Deployment')).toThrow(
    /given 16Mi; allowed at least 32Mi, to which Accounting\.ADD_TO_LIMITS adds 64Mi of the 64Mi that it pays for \(.*\); fix: write a memory limit of 32Mi or more/,
  );
});

test('fails if the request is more than the limit, which the API server refuses', () => {
  const of = (request: number, limit: number) => () => {
    const c = chart();
    const resources = {
      memory: { request: Size.mebibytes(request), limit: Size.mebibytes(limit) },
    };
    new PodSharedMemory({ size: Size.mebibytes(64) }).attachTo(
      deployment(c, 'api', { resources }),
      { accounting: Accounting.ADD_TO_LIMITS },
    );
    return memoryOf(rendered(c, 'Deployment')[0]);
  };
  expect(of(90, 90)()).toEqual([['154Mi', '154Mi']]);
  expect(of(91, 90)).toThrow(
    /\[test\/api\/Resource\] SHM014 resources\.requests\.memory of container api: given 155Mi with a limit of 154Mi; allowed a request of at most the limit: the API server answers "must be less than or equal to memory limit"; fix: lower the request, or raise the limit/,
  );
});

test('a limit without a request stays alone: Kubernetes takes it for the request', () => {
  const c = chart();
  const resources = { memory: { limit: Size.mebibytes(64) } };
  new PodSharedMemory({ size: Size.mebibytes(64) }).attachTo(deployment(c, 'api', { resources }), {
    accounting: Accounting.ADD_TO_LIMITS,
  });
  expect(rendered(c, 'Deployment')[0].spec.template.spec.containers[0].resources).toEqual(
    expect.objectContaining({ limits: { memory: '128Mi' } }),
  );
});

test('with a SidecarAgent the sidecar pays, or the containers of the app', () => {
  const sidecar = (chargedTo?: Payer) => {
    const c = chart();
    const containers = [{ ...AGENT, startup: kplus.Probe.fromCommand(['true']) }];
    new SidecarAgent({ contract: writing(chargedTo), containers }).attachTo(deployment(c), {
      accounting: Accounting.ADD_TO_LIMITS,
    });
    const {
      initContainers,
      containers: [api],
    } = rendered(c, 'Deployment')[0].spec.template.spec;
    return [initContainers[0].resources.limits.memory, api.resources.limits.memory];
  };
  expect(sidecar()).toEqual(['640Mi', '128Mi']);
  expect(sidecar(Payer.CLIENT)).toEqual(['384Mi', '384Mi']);
});
