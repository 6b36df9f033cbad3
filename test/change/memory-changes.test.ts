import { changesOf, deployment, diffOf, mark, workload } from './sets';
import { objectWords } from '../../src/report/diff/diff-words';

const limits = (limit: string, request = limit) =>
  `resources: { limits: { memory: ${limit} }, requests: { memory: ${request} } }`;
const resources = (before: string, after: string) =>
  diffOf(before, after).memory.resources.map(({ of, container, what, from, to }) => [
    objectWords(of),
    container,
    what,
    from,
    to,
  ]);
const WEB = 'Deployment shop/web';
const pages = (bytes: string, size = '2Mi') =>
  `resources: { limits: { memory: 1Gi, hugepages-${size}: ${bytes} } }`;

describe('limits and requests', () => {
  test.each<[string, string, string, unknown[][]]>([
    [
      'a limit, whose request is the same',
      deployment('', limits('1Gi')),
      deployment('', limits('2Gi')),
      [[WEB, 'web', 'limit', '1Gi', '2Gi']],
    ],
    [
      'what is no amount, as it is written',
      deployment('', limits('1Gi')),
      deployment('', limits('-1Gi')),
      [[WEB, 'web', 'limit', '1Gi', '-1Gi']],
    ],
    [
      'a request by itself',
      deployment('', limits('2Gi', '1Gi')),
      deployment('', limits('2Gi')),
      [[WEB, 'web', 'request', '1Gi', '2Gi']],
    ],
    [
      'both, apart',
      deployment('', limits('2Gi', '1Gi')),
      deployment('', limits('4Gi', '3Gi')),
      [
        [WEB, 'web', 'limit', '2Gi', '4Gi'],
        [WEB, 'web', 'request', '1Gi', '3Gi'],
      ],
    ],
    [
      'a limit where there was none',
      deployment(),
      deployment('', 'resources: { limits: { memory: 1Gi } }'),
      [[WEB, 'web', 'limit', 'absent', '1Gi']],
    ],
    [
      'a container more',
      deployment(),
      deployment(
        'initContainers: [{ name: wait, image: a, resources: { limits: { memory: 16Mi } } }]',
      ),
      [[WEB, 'wait', 'limit', 'absent', '16Mi']],
    ],
    [
      'of the whole pod',
      deployment('resources: { limits: { memory: 1Gi } }'),
      deployment('resources: { limits: { memory: 2Gi } }'),
      [[WEB, null, 'limit', '1Gi', '2Gi']],
    ],
    [
      'what is no quantity',
      deployment('', limits('1Gi')),
      deployment('', limits('1Gigi')),
      [[WEB, 'web', 'limit', '1Gi', '1Gigi']],
    ],
    [
      'equal quantities in another spelling',
      deployment('', limits('1Gi')),
      deployment('', limits('1024Mi', '1073741824')),
      [],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(resources(before, after)).toEqual(expected);
  });

  test.each<[string, string, string, unknown[][]]>([
    [
      'another limit, which is also the request',
      deployment('', pages('64Mi')),
      deployment('', pages('128Mi')),
      [[WEB, 'web', 'hugepages-2Mi', 'limit', '64Mi', '128Mi']],
    ],
    [
      'a limit where there was none, and none where there was one',
      deployment('', pages('1Gi', '1Gi')),
      deployment('', pages('64Mi')),
      [
        [WEB, 'web', 'hugepages-2Mi', 'limit', 'absent', '64Mi'],
        [WEB, 'web', 'hugepages-1Gi', 'limit', '1Gi', 'absent'],
      ],
    ],
    [
      'beside a change of memory',
      deployment('', pages('64Mi')),
      deployment('', pages('128Mi').replace('memory: 1Gi', 'memory: 2Gi')),
      [
        [WEB, 'web', 'memory', 'limit', '1Gi', '2Gi'],
        [WEB, 'web', 'hugepages-2Mi', 'limit', '64Mi', '128Mi'],
      ],
    ],
    [
      'of a request by itself, which the API server refuses',
      deployment('', pages('64Mi')),
      deployment('', `${pages('64Mi').slice(0, -1)}, requests: { hugepages-2Mi: 32Mi } }`),
      [[WEB, 'web', 'hugepages-2Mi', 'request', '64Mi', '32Mi']],
    ],
    [
      'of the whole pod',
      deployment(pages('64Mi')),
      deployment(pages('128Mi')),
      [[WEB, null, 'hugepages-2Mi', 'limit', '64Mi', '128Mi']],
    ],
    [
      'equal quantities in another spelling',
      deployment('', pages('64Mi')),
      deployment('', pages('67108864')),
      [],
    ],
    ['of a workload that is new', '', deployment('', pages('64Mi')), []],
  ])('huge pages: %s', (_, before, after, expected) => {
    const changes = diffOf(before, after).memory.resources;
    expect(
      changes.map(({ of, container, resource, what, from, to }) => [
        objectWords(of),
        container,
        resource,
        what,
        from,
        to,
      ]),
    ).toEqual(expected);
  });

  test('of a namespace, for containers that say nothing', () => {
    const range = (limit: string) =>
      `---\napiVersion: v1\nkind: LimitRange\nmetadata: { name: a, namespace: shop }\nspec: { limits: [{ type: Container, default: { memory: ${limit} } }] }\n`;
    expect(resources(range('1Gi') + deployment(), range('2Gi') + deployment())).toEqual([
      [WEB, 'web', 'limit', '1Gi', '2Gi'],
    ]);
  });

  test('of workloads that are new or gone are not listed', () => {
    expect(resources('', deployment('', limits('1Gi')))).toEqual([]);
  });
});

test('sizes of memory volumes', () => {
  const shm = (empty: string) =>
    deployment(
      `volumes: [{ name: shm, emptyDir: ${empty} }]`,
      'volumeMounts: [{ name: shm, mountPath: /dev/shm }]',
    );
  const volumes = (before: string, after: string) =>
    diffOf(before, after).memory.volumes.map(({ volume, from, to }) => [volume, from, to]);
  expect(
    volumes(shm('{ medium: Memory, sizeLimit: 1Gi }'), shm('{ medium: Memory, sizeLimit: 2Gi }')),
  ).toEqual([['shm', '1Gi', '2Gi']]);
  expect(volumes(shm('{ medium: Memory }'), shm('{ medium: Memory, sizeLimit: 1Gi }'))).toEqual([
    ['shm', 'no sizeLimit', '1Gi'],
  ]);
  expect(volumes(shm('{}'), shm('{ medium: Memory, sizeLimit: 1Gi }'))).toEqual([
    ['shm', 'absent', '1Gi'],
  ]);
  expect(
    volumes(
      shm('{ medium: Memory, sizeLimit: 1Gi }'),
      shm('{ medium: Memory, sizeLimit: 1024Mi }'),
    ),
  ).toEqual([]);
});

describe('what contracts share', () => {
  const agent = (memory: object = {}, more: object = {}, pod = 'nodeSelector: { pool: a }') =>
    workload('DaemonSet', { name: 'agent', pod, annotations: mark('agent', memory, more) });
  const shared = (before: string, after: string) => diffOf(before, after).memory.shared;
  const row = {
    nodes: 'nodes pool=a',
    contract: 'agents/routes',
    from: '256Mi',
    to: '256Mi',
    payerBefore: 'agent',
    payerAfter: 'agent',
  };

  test('a larger memory', () =>
    expect(shared(agent(), agent({ size: '512Mi' }))).toEqual([{ ...row, to: '512Mi' }]));

  test('another payer', () =>
    expect(shared(agent(), agent({}, { payer: 'client' }))).toEqual([
      { ...row, payerAfter: 'client' },
    ]));

  test('another pool', () =>
    expect(shared(agent(), agent({}, {}, ''))).toEqual([
      { ...row, nodes: 'all nodes', from: '0', payerBefore: null },
      { ...row, to: '0', payerAfter: null },
    ]));

  test('the agent in each pod instead', () =>
    expect(shared(agent(), workload('Deployment', { annotations: mark('sidecar') }))).toEqual([
      {
        ...row,
        nodes: 'each pod of Deployment shop/web',
        from: '0',
        payerBefore: null,
        payerAfter: 'its pod',
      },
      { ...row, to: '0', payerAfter: null },
    ]));

  test('several agents share out a pool: its memory is there once', () => {
    expect(shared(agent(), agent() + agent().replace('name: agent', 'name: canary'))).toEqual([]);
  });

  test('clients share nothing of their own', () => {
    expect(shared('', workload('Deployment', { annotations: mark('client') }))).toEqual([]);
  });
});

describe('facts contain data and no words', () => {
  test('amounts', () => {
    const empty = (size: string) =>
      `volumes: [{ name: shm, emptyDir: { medium: Memory${size} } }, { name: x, emptyDir: {} }]`;
    const mounts = 'volumeMounts: [{ name: shm, mountPath: /dev/shm }, { name: x, mountPath: /x }]';
    const { memory } = changesOf(
      deployment(empty(''), mounts),
      deployment(
        empty(', sizeLimit: 1Gigi').replace('{} }', '{ medium: Memory, sizeLimit: 1Ki } }'),
        `${mounts}, resources: { limits: { memory: 1Ki } }`,
      ),
    );
    expect(memory.resources).toMatchObject([
      { container: 'web', resource: 'memory', from: 'absent', to: 1024n },
    ]);
    expect(memory.volumes).toMatchObject([
      { volume: 'shm', from: 'absent', to: { written: '1Gigi' } },
      { volume: 'x', from: 'noVolume', to: 1024n },
    ]);
  });

  test('places and payers', () => {
    const agent = (pod: string) =>
      workload('DaemonSet', { name: 'agent', pod, annotations: mark('agent', { size: '1Ki' }) });
    const sidecar = workload('Deployment', { annotations: mark('sidecar', { size: '2Ki' }) });
    const contract = 'agents/routes';
    const none = { payerBefore: null, payerAfter: null };
    expect(changesOf(agent(''), agent('nodeSelector: { b: x, a: x }')).memory.shared).toEqual([
      {
        ...none,
        place: { kind: 'nodesWith', labels: ['a=x', 'b=x'] },
        contract,
        from: 0n,
        to: 1024n,
        payerAfter: 'agent',
      },
      {
        ...none,
        place: { kind: 'allNodes' },
        contract,
        from: 1024n,
        to: 0n,
        payerBefore: 'agent',
      },
    ]);
    expect(changesOf('', sidecar).memory.shared).toEqual([
      {
        ...none,
        place: {
          kind: 'eachPodOf',
          workload: { kind: 'Deployment', namespace: 'shop', name: 'web' },
        },
        contract,
        from: 0n,
        to: 2048n,
        payerAfter: 'pod',
      },
    ]);
  });
});
