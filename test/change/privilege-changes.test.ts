import {
  deployment,
  diffOf,
  gainsAndLosses as changes,
  grant,
  mark,
  shown,
  workload,
} from './sets';

const hostPath = (path: string, readOnly?: boolean) =>
  [
    `volumes: [{ name: v, hostPath: { path: ${path} } }]`,
    readOnly === undefined
      ? ''
      : `volumeMounts: [{ name: v, mountPath: /v, readOnly: ${readOnly} }]`,
  ] as const;
const WEB = 'Deployment shop/web';

test.each<[string, string, string, string[], string[]]>([
  ['hostIPC', deployment(), deployment('hostIPC: true'), [`${WEB}: hostIPC`], []],
  [
    'a privileged container',
    deployment(),
    deployment('', 'securityContext: { privileged: true }'),
    [`${WEB}, web: privileged`],
    [],
  ],
  [
    'a capability instead of another one',
    deployment('', 'securityContext: { capabilities: { add: [NET_ADMIN] } }'),
    deployment('', 'securityContext: { capabilities: { add: [SYS_ADMIN] } }'),
    [`${WEB}, web: capability SYS_ADMIN, which no container has by default`],
    [`${WEB}, web: capability NET_ADMIN, which no container has by default`],
  ],
  [
    'a hostPath that is only read',
    deployment(),
    deployment(...hostPath('/dev/shm', true)),
    [`${WEB}: hostPath /dev/shm, read-only`],
    [],
  ],
  [
    'a hostPath whose name says that it is read-only, and which is written',
    deployment(),
    deployment(...hostPath('"/etc, read-only"', false)),
    [`${WEB}: hostPath "/etc, read-only"`],
    [],
  ],
  [
    'one of that name that becomes writable',
    deployment(...hostPath('"/etc, read-only"', true)),
    deployment(...hostPath('"/etc, read-only"', false)),
    [`${WEB}, web: hostPath "/etc, read-only" (read-only)`],
    [],
  ],
  [
    'a hostPath that becomes writable',
    deployment(...hostPath('/dev/shm', true)),
    deployment(...hostPath('/dev/shm', false)),
    [`${WEB}, web: hostPath /dev/shm (read-only)`],
    [],
  ],
  [
    'a hostPath that becomes read-only',
    deployment(...hostPath('/dev/shm', false)),
    deployment(...hostPath('/dev/shm', true)),
    [],
    [`${WEB}, web: hostPath /dev/shm (read-only)`],
  ],
  [
    'a hostPath that becomes mounted',
    deployment(...hostPath('/dev/shm')),
    deployment(...hostPath('/dev/shm', true)),
    [`${WEB}, web: hostPath /dev/shm, read-only (not mounted)`],
    [],
  ],
  [
    'the directory of a contract in another version, which is the same privilege',
    deployment(...hostPath('/run/cdk8s-shared-memory/agents.routes/v1/table', true)),
    deployment(...hostPath('/run/cdk8s-shared-memory/agents.routes/v2/table', true)),
    [],
    [],
  ],
  [
    'a workload that is new',
    '',
    deployment('hostPID: true\nhostNetwork: true'),
    [`${WEB}: hostPID`, `${WEB}: hostNetwork`],
    [],
  ],
  ['a workload that is gone', deployment('hostPID: true'), '', [], [`${WEB}: hostPID`]],
  ['hostIPC that was false', deployment('hostIPC: false'), deployment(), [], []],
  [
    'a custom kind',
    '',
    deployment('hostIPC: true')
      .replace('apps/v1', 'example.com/v1')
      .replace('kind: Deployment', 'kind: Trainer'),
    ['Trainer shop/web: hostIPC'],
    [],
  ],
])('%s', (_, before, after, gained, lost) => {
  expect(changes(before, after)).toEqual({ gained, lost });
  expect(changes(after, before)).toEqual({ gained: lost, lost: gained });
});

describe('each container of a pod that has a hostPath', () => {
  const pod = (...containers: string[][]) => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  template:
    spec:
      containers:
${containers.map(([name, ...mounts]) => `        - { name: ${name}, image: 'web:1', volumeMounts: [${mounts.map(each => `{ name: v, mountPath: /v, ${each} }`).join(', ')}] }\n`).join('')}      volumes: [{ name: v, hostPath: { path: /var/lib/feed } }]
`;
  const FEED = 'hostPath /var/lib/feed';

  test.each<[string, string, string, string[], string[]]>([
    [
      'a container that is new',
      pod(['web', '']),
      pod(['web', ''], ['spy', 'readOnly: true']),
      [`${WEB}, spy: ${FEED}, read-only`],
      [],
    ],
    [
      'a container that had no mount, beside one that becomes read-only',
      pod(['web', ''], ['spy']),
      pod(['web', 'readOnly: true'], ['spy', '']),
      [`${WEB}, spy: ${FEED}`],
      [`${WEB}, web: ${FEED} (read-only)`],
    ],
    [
      'a subPath that is wider',
      pod(['web', 'subPath: a/b']),
      pod(['web', 'subPath: a']),
      [`${WEB}, web: ${FEED}/a (hostPath /var/lib/feed/a/b)`],
      [],
    ],
    [
      'a subPath that is gone, of a mount that was read-only',
      pod(['web', 'subPath: a, readOnly: true']),
      pod(['web', '']),
      [`${WEB}, web: ${FEED} (hostPath /var/lib/feed/a, read-only)`],
      [],
    ],
    [
      'another subPath',
      pod(['web', 'subPath: a']),
      pod(['web', 'subPath: ab']),
      [`${WEB}, web: ${FEED}/ab`],
      [`${WEB}, web: ${FEED}/a`],
    ],
    [
      'a subPath that a variable decides, which can be any',
      pod(['web', 'subPath: a']),
      pod(['web', 'subPathExpr: $(A)']),
      [`${WEB}, web: ${FEED} (hostPath /var/lib/feed/a)`],
      [],
    ],
    ['a second mount inside the first', pod(['web', '']), pod(['web', '', 'subPath: a']), [], []],
    [
      'a second mount inside the first, which is writable',
      pod(['web', 'readOnly: true']),
      pod(['web', 'readOnly: true', 'subPath: a']),
      [`${WEB}, web: ${FEED}/a (hostPath /var/lib/feed, read-only)`],
      [],
    ],
    [
      'the same directory twice, once',
      pod(['web', 'readOnly: true']),
      pod(['web', '', '']),
      [`${WEB}, web: ${FEED} (read-only)`],
      [],
    ],
    [
      'the same directory, written in another way',
      pod(['web', '']),
      pod(['web', '']).replace('/var/lib/feed', '/var/lib//feed/'),
      [],
      [],
    ],
  ])('%s', (_, before, after, gained, lost) => {
    expect(changes(before, after)).toEqual({ gained, lost });
    expect(changes(after, before)).toEqual({ gained: lost, lost: gained });
  });

  test('the reason of a contract is not one for a container that no mark names', () => {
    const shares = (more: string) =>
      workload('Deployment', {
        pod: `volumes: [{ name: v, hostPath: { path: /dev/shm } }]`,
        container: `volumeMounts: [{ name: v, mountPath: /dev/shm }] }${more}, { name: last, image: "x:1"`,
        annotations: mark('client', { api: 'posix', mountPath: '/dev/shm', backing: 'devShm' }),
      });
    const spy = ', { name: spy, image: "spy:1", volumeMounts: [{ name: v, mountPath: /s }] }';
    const reasons = (before: string, after: string) =>
      diffOf(before, after).privileges.gained.map(({ container, reason }) => [container, reason]);
    expect(reasons('', shares(''))).toEqual([
      [null, "contract routes: memory table is in the node's own /dev/shm"],
    ]);
    expect(reasons(shares(''), shares(spy))).toEqual([['spy', null]]);
  });
});

const namespace = (level?: string) => `---
apiVersion: v1
kind: Namespace
metadata: { name: shop${level === undefined ? '' : `, labels: { pod-security.kubernetes.io/enforce: ${level} }`} }
`;

test.each<[string, string, string, string[], string[]]>([
  [
    'a level that is lowered',
    namespace('restricted'),
    namespace('baseline'),
    ['Namespace shop: Pod Security enforces baseline (restricted)'],
    [],
  ],
  [
    'a label that is removed',
    namespace('baseline'),
    namespace(),
    ["Namespace shop: Pod Security enforces the cluster's default (baseline)"],
    [],
  ],
  [
    'privileged, where the cluster decided',
    namespace(),
    namespace('privileged'),
    ["Namespace shop: Pod Security enforces privileged (the cluster's default)"],
    [],
  ],
  [
    'a namespace that is new, and privileged',
    '',
    namespace('privileged'),
    ['Namespace shop: Pod Security enforces privileged'],
    [],
  ],
  ['a namespace that is new, and baseline', '', namespace('baseline'), [], []],
  [
    'a level that is no level, which the API server refuses',
    namespace(),
    namespace('none'),
    [],
    [],
  ],
])('%s', (_, before, after, gained, lost) => {
  expect(changes(before, after)).toEqual({ gained, lost });
});

test("a level that is raised is a loss, and the cluster's default is explained", () => {
  const {
    privileges: { gained, lost },
  } = diffOf(namespace(), namespace('restricted'));
  expect([gained, shown(lost), lost[0].reason]).toEqual([
    [],
    ["Namespace shop: Pod Security enforces the cluster's default (restricted)"],
    "the cluster's default is privileged, unless its administrator has set another one",
  ]);
});

describe('grants', () => {
  const reads = (ns: string, access = 'ro', version = 'v1') =>
    `PersistentVolume agents-routes-table-${version}-${ns}-${access}`;

  test.each<[string, string, string, string[], string[]]>([
    [
      'a namespace that is granted',
      grant('shop'),
      grant('shop') + grant('ledger'),
      [`${reads('ledger')}: namespace ledger may read memory table of contract routes`],
      [],
    ],
    [
      'one that may write where it could read',
      grant('shop'),
      grant('shop', 'rw'),
      [`${reads('shop', 'rw')}: namespace shop may write memory table of contract routes (read)`],
      [],
    ],
    [
      'one that may write in the same volume',
      grant('shop', 'ro', 'v1', 'pv'),
      grant('shop', 'rw', 'v1', 'pv'),
      ['PersistentVolume pv: namespace shop may write memory table of contract routes (read)'],
      [],
    ],
    [
      'the same namespace in another version of the contract',
      grant('shop'),
      grant('shop', 'ro', 'v2'),
      [],
      [],
    ],
  ])('%s', (_, before, after, gained, lost) => {
    expect(changes(before, after)).toEqual({ gained, lost });
    expect(changes(after, before)).toEqual({ gained: lost, lost: gained });
  });
});

describe('the reason, where the YAML knows it', () => {
  const reason = (yaml: string) => diffOf('', yaml).privileges.gained.map(each => each.reason);

  test('a contract', () => {
    const volume =
      'volumes: [{ name: v, hostPath: { path: /run/cdk8s-shared-memory/agents.routes/v1/table } }]';
    expect(reason(workload('Deployment', { pod: volume, annotations: mark('client') }))).toEqual([
      'contract routes: its memory, which the agent makes',
    ]);
    expect(
      reason(
        workload('DaemonSet', {
          pod: 'hostIPC: true',
          annotations: mark('agent', { api: 'systemV', mountPath: undefined, backing: 'hostIpc' }),
        }),
      ),
    ).toEqual([
      'contract routes: memory table is System V memory, in the IPC namespace that both sides must share',
    ]);
  });

  test('an acknowledgement, with its day', () => {
    const annotations =
      'cdk8s-shared-memory/acknowledge.SHM301: "until 2027-03-31: the vendor needs it"';
    expect(reason(workload('Deployment', { pod: 'hostIPC: true', annotations }))).toEqual([
      'acknowledged (SHM301 until 2027-03-31): the vendor needs it',
    ]);
  });

  test('of another contract, or rule, it is none', () => {
    const annotations = `${mark('client', { api: 'files' })}, cdk8s-shared-memory/acknowledge.SHM201: "another thing"`;
    expect(reason(workload('Deployment', { pod: 'hostIPC: true', annotations }))).toEqual([null]);
  });
});
