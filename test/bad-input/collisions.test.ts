import { ApiObject, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { attachMessageOf, files, messageOf } from './message';
import { ContractGrant, NodeAgent, PodSharedMemory, SidecarAgent } from '../../src';
import { AGENT, chart, contract, deployment, TOOLS } from '../yaml';

/* Names and paths that meet by chance: in one pod, in one namespace, in one cluster. */

test('fails with two contracts whose volumes and claims have one name', () => {
  const d = deployment(chart());
  contract({ name: 'a', memory: [files('/p', 'b-c')] }).attachTo(d);
  expect(
    attachMessageOf(() => contract({ name: 'a-b', memory: [files('/q', 'c')] }).attachTo(d)),
  ).toBe(
    'SHM011 [test/api] volumes: given a-b-c of contract a-b, which is also a volume of contract a; allowed names of contracts and memories that give different volume names when "-" joins them; ' +
      'fix: rename a memory of one of them',
  );
});

test('fails with two grants whose volumes have one name', () => {
  const c = chart();
  new ContractGrant(c, 'one', {
    contract: contract({ name: 'a-routes', namespace: 'team' }),
    namespace: 'shop',
  });
  expect(
    messageOf(
      () =>
        new ContractGrant(c, 'two', {
          contract: contract({ namespace: 'team-a' }),
          namespace: 'shop',
        }),
    ),
  ).toContain(
    'SHM011 [test/two] PersistentVolume: given team-a-routes-table-v1-shop-ro, which test/one already makes; allowed grants whose volumes have different names;',
  );
});

test.each([
  ['api', 'only'],
  ['only', 'api'],
  ['api', 'api'],
])('fails with a memory below another one, containers %s and %s', (outer, inner) => {
  const options = (containers: string) =>
    containers === 'only' ? {} : { containers: [containers] };
  for (const [first, second] of [
    ['/run/a', '/run/a/b'],
    ['/run/a/b', '/run/a'],
  ]) {
    const c = chart();
    const d = deployment(c);
    expect(
      messageOf(() => {
        contract({ name: 'a', memory: [files(first)] }).attachTo(d, options(outer));
        contract({ name: 'b', memory: [files(second)] }).attachTo(d, options(inner));
        Testing.synth(c);
      }),
    ).toContain('SHM011');
  }
});

test('fails with an agent that is a client of a contract within its own memory', () => {
  const c = chart();
  const {
    daemonSets: [daemonSet],
  } = new NodeAgent(c, 'agent', { contract: contract(), toolImage: TOOLS, containers: [AGENT] });
  contract({ name: 'other', memory: [files('/run/routes/x')] }).attachTo(daemonSet);
  expect(messageOf(() => Testing.synth(c))).toContain(
    'SHM011 [test/agent] spec.template.spec.containers[0].volumeMounts',
  );
});

test('fails with a claim template of a StatefulSet that would hide the volume', () => {
  const c = chart();
  const set = new ApiObject(c, 'set', {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    spec: {
      template: {
        spec: { containers: [{ name: 'db', resources: { limits: { memory: '1Gi' } } }] },
      },
      volumeClaimTemplates: [{ metadata: { name: 'dev-shm' } }],
    },
  } as never);
  new PodSharedMemory({ size: Size.mebibytes(64) }).attachTo(set);
  expect(messageOf(() => Testing.synth(c))).toContain(
    'SHM011 [test/set] spec.volumeClaimTemplates[0].metadata.name: given "dev-shm", a claim of the workload itself; allowed a name that PodSharedMemory does not use for a volume; fix: give the claim another name',
  );
});

test('fails with containers and init containers of one name, also where cdk8s-plus gives the name', () => {
  const make = (props: object) =>
    messageOf(
      () =>
        new NodeAgent(chart(), 'agent', {
          contract: contract(),
          toolImage: TOOLS,
          containers: [AGENT],
          ...props,
        }),
    );
  expect(make({ initContainers: [AGENT] })).toContain(
    'SHM009 [test/agent] containers: given two containers named agent;',
  );
  expect(
    make({
      initContainers: [
        { ...AGENT, name: undefined },
        { ...AGENT, name: 'init-0' },
      ],
    }),
  ).toContain('given two containers named init-0;');
});

test('init containers without a name are hardened too', () => {
  const c = chart();
  new NodeAgent(c, 'agent', {
    contract: contract(),
    toolImage: TOOLS,
    containers: [{ ...AGENT, name: undefined }],
    initContainers: [
      { ...AGENT, name: undefined },
      { ...AGENT, name: undefined },
    ],
  });
  const { containers, initContainers } = Testing.synth(c)[0].spec.template.spec;
  expect(
    [...containers, ...initContainers.slice(2)].map(({ name, securityContext }) => [
      name,
      securityContext.capabilities,
    ]),
  ).toEqual(['main', 'init-0', 'init-1'].map(name => [name, { drop: ['ALL'] }]));
});

test('fails with two sidecars of one container name, and says whose the first one is', () => {
  const c = chart();
  const d = deployment(c);
  const containers = [{ ...AGENT, startup: kplus.Probe.fromCommand(['true']) }];
  new SidecarAgent({
    contract: contract({ name: 'a', memory: [files('/run/a')] }),
    containers,
  }).attachTo(d);
  new SidecarAgent({
    contract: contract({ name: 'b', memory: [files('/run/b')], ownerId: 5 }),
    containers,
  }).attachTo(d);
  const message = messageOf(() => Testing.synth(c));
  expect(message.match(/SHM0\d\d/g)).toEqual(['SHM011']); // and nothing that follows from it
  expect(message).toContain(
    'given a container "agent" of contract a; allowed a name that contract b does not use; fix: rename the container agent',
  );
});

test('the order of the calls plays no part', () => {
  const yaml = (names: string[]) => {
    const c = chart();
    const d = deployment(c);
    names.forEach(name =>
      contract({
        name,
        groupId: 2000 + name.charCodeAt(0),
        memory: [files(`/run/${name}`)],
      }).attachTo(d),
    );
    return Testing.synth(c);
  };
  expect(yaml(['b', 'a', 'c'])).toEqual(yaml(['c', 'b', 'a']));
});
