import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { foundIn } from './findings';
import { ruleOf } from '../../src/rules/catalog';

const pod = (fields: string, container = '') => `apiVersion: v1
kind: Pod
metadata: { name: p, namespace: shop }
spec:
${fields}  containers:
    - name: c
      image: i
${container}`;
const said = (id: string, yaml: string) => foundIn(yaml).filter(({ rule }) => rule.id === id);

describe('SHM209: a quantity in thousandths', () => {
  const limited = (limit: string) =>
    said(
      'SHM209',
      pod(
        '  volumes: [{ name: shm, emptyDir: { medium: Memory, sizeLimit: 1Mi } }]\n',
        `      volumeMounts: [{ name: shm, mountPath: /dev/shm }]\n      resources: { limits: { memory: ${limit} } }\n`,
      ),
    );

  test.each([
    ['1000m', 'means 1 byte: the suffix m is a thousandth'],
    ['2000m', 'means 2 bytes: the suffix m is a thousandth'],
  ])('%s: one byte is one byte', (limit, words) => {
    expect(limited(limit).map(({ message }) => message)[0]).toContain(words);
  });

  test.each([
    ['64m', ['write 64Mi']],
    ['1.5m', []],
    ['064m', []],
  ])('%s: only a whole number can have meant mebibytes', (limit, titles) => {
    const remedies = limited(limit).flatMap(each => each.remedies?.() ?? []);
    expect(remedies.map(({ title }) => title)).toEqual(titles);
  });
});

describe('SHM301: hostIPC', () => {
  const fixOf = (yaml: string) => said('SHM301', yaml)[0].fix;
  const alone = pod('  hostIPC: true\n', '      resources: { limits: { memory: 1Gi } }\n');

  test('of a pod that shares with no other: the fix is about this pod', () => {
    expect(fixOf(alone)).toBeDefined();
    expect(fixOf(alone)).not.toBe(ruleOf('SHM301')!.fix);
  });

  test('beside another one: the fix is that of the rule; with a /dev/shm of its own, it has no advice on /dev/shm', () => {
    const own = pod(
      '  hostIPC: true\n  volumes: [{ name: shm, emptyDir: { medium: Memory } }]\n',
      '      volumeMounts: [{ name: shm, mountPath: /dev/shm }]\n',
    );
    const other = alone.replace('name: p,', 'name: q,');
    expect(fixOf(own)).toMatch(/; if none does: remove hostIPC here$/);
    expect(fixOf(`${alone}---\n${other}`)).toBe(ruleOf('SHM301')!.fix);
  });
});

describe('SHM501: the multiplier of hash memory', () => {
  const takes = (image: string, more = '') =>
    said(
      'SHM501',
      pod('', `      args: [-c, work_mem=64MB${more}]\n`).replace('image: i', `image: ${image}`),
    ).map(({ message }) => message);
  const words = (multiplier: string, bytes: string) => [
    `with work_mem 64MB and hash_mem_multiplier ${multiplier}, a parallel hash join of 3 processes may take ${bytes}, but /dev/shm has 64Mi without a volume`,
  ];

  test.each([
    ['postgres:16.4', '', '2.0 (the default from PostgreSQL 15 on)', '384Mi'],
    ['postgres:16-bookworm', '', '2.0 (the default from PostgreSQL 15 on)', '384Mi'],
    ['postgres:15', '', '2.0 (the default from PostgreSQL 15 on)', '384Mi'],
    ['postgres', '', '2.0 (the default from PostgreSQL 15 on)', '384Mi'],
    ['postgres:latest', '', '2.0 (the default from PostgreSQL 15 on)', '384Mi'],
    ['postgres:14.13-alpine', '', '1.0 (the default before PostgreSQL 15)', '192Mi'],
    [`postgres:14@sha256:${'0'.repeat(64)}`, '', '1.0 (the default before PostgreSQL 15)', '192Mi'],
    ['crunchy-postgres:ubi8-14.13-0', '', '1.0 (the default before PostgreSQL 15)', '192Mi'],
    ['postgres:16.4', ', -c, hash_mem_multiplier=1.5', '1.5', '288Mi'],
  ])('%s%s: %s', (image, more, multiplier, bytes) => {
    expect(takes(image, more)).toEqual(words(multiplier, bytes));
  });
});

test('SHM503: a volume that is too small is named, with what to write, at its size', () => {
  const found = said(
    'SHM503',
    pod(
      '  volumes: [{ name: shm, emptyDir: { medium: Memory, sizeLimit: 200Mi } }]\n',
      '      command: [torchrun, train.py]\n      resources: { limits: { memory: 4Gi } }\n      volumeMounts: [{ name: shm, mountPath: /dev/shm }]\n',
    ),
  );
  expect(found.map(({ path, container, message, fix }) => [path, container, message, fix])).toEqual(
    [
      [
        '/spec/volumes/0/emptyDir/sizeLimit',
        'c',
        'PyTorch or NCCL in container c has volume shm with sizeLimit 200Mi at /dev/shm, and usually needs 1Gi or more: for workers × prefetch_factor + 1 batches of a DataLoader, and for NCCL between GPUs',
        'raise the sizeLimit of shm to 1Gi or more, and keep the memory limit above it; if less is enough for its batches, acknowledge the finding',
      ],
    ],
  );
});

describe('SHM504: the object store of Ray', () => {
  const ray = (more: string, bytes = 8_000_000_000) =>
    said(
      'SHM504',
      pod(
        '',
        `      command: [ray, start, --head, --object-store-memory=${bytes}${more}]\n      resources: { limits: { memory: 16Gi } }\n`,
      ),
    );

  test('is elsewhere if it is told to', () => {
    expect(ray('').map(({ severity }) => severity)).toEqual(['warning']);
    expect(ray(', --plasma-directory=/data')).toEqual([]);
  });

  test('fits into the default /dev/shm if it is small', () => {
    expect(ray('', 10_000_000).filter(({ severity }) => severity !== 'note')).toEqual([]);
  });
});

describe('SHM112: the tmpfs of a contract', () => {
  const DIRECTORY = '/run/cdk8s-shared-memory/agents.ring/v1/ring';
  const mark = {
    apiVersion: 'cdk8s-shared-memory/v1',
    namespace: 'agents',
    version: 'v1',
    side: 'client',
    access: 'readOnly',
    memory: [{ name: 'ring', api: 'files', size: '1Mi', mountPath: '/run/ring', backing: 'tmpfs' }],
    containers: ['c'],
  };
  const other = pod('').replace(
    'namespace: shop }',
    `namespace: pay, annotations: { cdk8s-shared-memory/contract.ring: '${JSON.stringify(mark)}' } }`,
  );
  const at = (path: string) =>
    said(
      'SHM112',
      `${other}---\n${pod(
        `  volumes: [{ name: ring, hostPath: { path: ${path}, type: Directory } }]\n`,
        '      volumeMounts: [{ name: ring, mountPath: /run/ring }]\n',
      )}`,
    ).map(({ message, fix }) => [message, fix]);

  test.each([
    [DIRECTORY, `${DIRECTORY} is the mount point of memory ring of contract ring, and others`],
    [
      '/run/cdk8s-shared-memory/agents.ring/v1',
      `/run/cdk8s-shared-memory/agents.ring/v1 is above the mount point of memory ring of contract ring, ${DIRECTORY}, and others`,
    ],
  ])('%s: says what others mount', (path, words) => {
    expect(at(path)).toEqual([
      [
        `${words} mount ${DIRECTORY}/shared, which exists only in the tmpfs: a pod that starts before that mount stays on the directory below the mount`,
        `mount ${DIRECTORY}/shared, with type: Directory, so that the pod waits for it`,
      ],
    ]);
  });

  test('what others mount is right', () => {
    expect(at(`${DIRECTORY}/shared`)).toEqual([]);
  });
});

test('SHM402: without marks, it says which DaemonSet writes, and where the pod waits', () => {
  const yaml = readFileSync(join(__dirname, 'cases', 'shm402-without-mark.yaml'), 'utf8');
  const who =
    'DaemonSet geo/geo-agent, the only one that can write to /run/agents/geo, runs only on';
  expect(said('SHM402', yaml).map(({ message, fix }) => [message, fix])).toEqual([
    [
      `${who} nodes with pool=business, but this pod does not select them: on any other node it stays in ContainerCreating, because with type: Directory it waits for the directory`,
      "if the DaemonSet makes the directory, add nodeSelector pool: 'business'",
    ],
    [
      `${who} nodes with pool=business, and this pod, which waits for the directory, runs on none of them`,
      'if it makes the directory, let the pod run on nodes with pool=business',
    ],
  ]);
});

describe('SHM206: memory that comes by descriptor', () => {
  const mark = (contract: string, api: string) =>
    `cdk8s-shared-memory/contract.${contract}: '${JSON.stringify({ apiVersion: 'cdk8s-shared-memory/v1', namespace: 'agents', version: 'v1', side: 'client', access: 'readOnly', memory: [{ name: 'data', api, size: '64Mi', mountPath: `/run/${contract}`, backing: 'directory' }], containers: ['c'] })}'`;
  const web = (...marks: string[]) =>
    said(
      'SHM206',
      pod('', '      resources: { limits: { memory: 32Mi } }\n').replace(
        'namespace: shop',
        `namespace: shop, annotations: { ${marks.join(', ')} }`,
      ),
    )[0];

  test('is neither read nor written as a file', () => {
    const { message, fix } = web(mark('cache', 'descriptors'));
    expect(message).toMatch(
      /^container c gets 64Mi of contract cache by descriptor, and its memory limit is 32Mi: /,
    );
    expect(fix).toBe(
      'raise the limit above 64Mi, or ask the team of the agent whether it allocates all pages before it passes the descriptor (docs/agent-protocol.md of the package): then this container pays for none',
    );
  });

  test('beside files, which are read', () => {
    const { message, fix } = web(mark('cache', 'descriptors'), mark('table', 'files'));
    expect(message).toMatch(
      /^container c reads 64Mi of contract table and gets 64Mi of contract cache by descriptor, and /,
    );
    expect(fix).toContain('before it publishes the memory or passes the descriptor (');
  });
});

test('SHM206: what a container reads is not what it writes', () => {
  const yaml = readFileSync(join(__dirname, 'cases', 'shm206-reads-and-writes.yaml'), 'utf8');
  expect(said('SHM206', yaml).map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /^container shop writes 64Mi of contract meter and reads 1040Mi of contract geo, and its memory limit is 65Mi: /,
    ),
    expect.stringMatching(/ and its memory limit is 64Mi: /),
  ]);
});

describe('SHM122: a step that contradicts the mark', () => {
  const { right } = ruleOf('SHM122')!;
  const words = (from: string, to: string) =>
    said('SHM122', right.replace(from, to)).map(({ message, path }) => [message, path]);
  const step = '/spec/initContainers/0/env';

  test.each([
    [
      'value: v2 }',
      'value: v1 }',
      'init container prepare-routes: VERSION has v1, not v2, by the mark of contract routes',
      `${step}/2`,
    ],
    [
      'table:2750',
      'table:0777',
      'init container prepare-routes: MEMORIES has table:0777, not table:2750 or table:2770, by the mark of contract routes',
      `${step}/3`,
    ],
    [
      'table:2750',
      'table:2770 more:2770',
      'init container prepare-routes: MEMORIES has more:2770, which it must not have, by the mark of contract routes',
      `${step}/3`,
    ],
    [
      '        - { name: VERSION, value: v2 }\n',
      '',
      'init container prepare-routes: VERSION lacks v2, by the mark of contract routes',
      step,
    ],
  ])('%s, instead: %s', (from, to, message, path) => {
    expect(words(from, to)).toEqual([[message, path]]);
  });

  test('the script of somebody else is not judged', () => {
    expect(words('cd /node', 'cd /other')).toEqual([]);
  });
});

describe('SHM123: what a container has instead of the memory of the node', () => {
  const driver = `---\n${pod(
    '  volumes: [{ name: shm, hostPath: { path: /dev/shm } }]\n',
    '      args: [--dir=/dev/shm/a]\n      volumeMounts: [{ name: shm, mountPath: /dev/shm }]\n',
  )}`;
  const ray = (more: string) => `---
apiVersion: ray.io/v1
kind: RayCluster
metadata: { name: r }
spec:
  headGroupSpec:
    template:
      spec:
        containers: [{ name: head, image: ray, args: [--dir=/dev/shm/a]${more} }]
        volumes: [{ name: mine, emptyDir: {} }]
`;

  test.each([
    ['', 'the emptyDir that KubeRay mounts at /dev/shm'],
    [', volumeMounts: [{ name: mine, mountPath: /dev/shm }]', 'emptyDir mine'],
  ])('in a cluster of KubeRay%s: %s', (more, words) => {
    expect(said('SHM123', driver + ray(more)).map(({ message }) => message)).toEqual([
      `container head names /dev/shm/a, which Pod shop/p has on the node; here it is in ${words}, which no other pod sees`,
    ]);
  });
});

test('SHM102: an agent that moved, and a client elsewhere, are told of one directory', () => {
  const cases = readFileSync(join(__dirname, 'cases', 'shm102-moved.yaml'), 'utf8');
  const found = said('SHM102', cases).filter(({ message }) => message.includes('neither'));
  const root = '/run/cdk8s-shared-memory/agents.neither';
  expect(found.map(({ message }) => message.split(' must ')[1])).toEqual([
    `be mounted there, from ${root}/v1/ring`,
    `be mounted there, from ${root}/v1/ring`,
  ]);
  expect(found[0].fix).toBe(
    `mount ${root}/v1/ring, where the mark says that the memory is; if the memory has moved to ${root}/v2/ring, say so in the contract, or in the marks of the agent and of all clients, and let the clients mount it there`,
  );
});

describe('SHM320: which files of the node root reaches', () => {
  const messages = (ofPod: string, ofContainer: string) =>
    said(
      'SHM320',
      pod(ofPod, `      securityContext: { ${ofContainer} }\n`).replace(
        'namespace: shop',
        `namespace: shop, annotations: { cdk8s-shared-memory/contract.a: '${JSON.stringify({ apiVersion: 'cdk8s-shared-memory/v1', namespace: 'agents', version: 'v1', side: 'client', access: 'readOnly', memory: [{ name: 'data', api: 'files', size: '1Mi', mountPath: '/run/a', backing: 'directory' }], containers: ['c'] })}' }`,
      ),
    ).flatMap(({ message }) => /^.*runs as root.*(?=; contract)/.exec(message) ?? []);
  const all = /DAC_OVERRIDE, which containers have by default, no mode keeps it out of a file$/;
  const few = /: it reaches the files that belong to root; modes keep it out of other files, /;

  test.each([
    ['', 'runAsUser: 0', all],
    ['', 'runAsUser: 0, capabilities: { drop: [NET_RAW] }', all],
    ['', 'runAsUser: 0, capabilities: { drop: [ALL], add: [CAP_DAC_OVERRIDE] }', all],
    ['', 'runAsUser: 0, capabilities: { drop: [ALL] }', few],
    ['', 'runAsUser: 0, capabilities: { drop: [ALL], add: [CHOWN] }', few],
    ['', 'runAsUser: 0, capabilities: { drop: [DAC_OVERRIDE] }', few],
    ['  securityContext: { runAsUser: 0 }\n', '', all],
    ['  securityContext: { runAsUser: 0 }\n', 'capabilities: { drop: [ALL] }', few],
  ])('%s%s', (ofPod, ofContainer, words) => {
    expect(messages(ofPod, ofContainer)).toEqual([expect.stringMatching(words)]);
  });
});
