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
    deployment('', 'securityContext: { capabilities: { add: [CHOWN] } }'),
    deployment('', 'securityContext: { capabilities: { add: [SYS_ADMIN] } }'),
    [`${WEB}, web: capability SYS_ADMIN, which no container has by default`],
    [`${WEB}, web: capability CHOWN`],
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
    [`${WEB}: hostPath "/etc, read-only" (read-only)`],
    [],
  ],
  [
    'a hostPath that becomes writable',
    deployment(...hostPath('/dev/shm', true)),
    deployment(...hostPath('/dev/shm', false)),
    [`${WEB}: hostPath /dev/shm (read-only)`],
    [],
  ],
  [
    'a hostPath that becomes read-only',
    deployment(...hostPath('/dev/shm', false)),
    deployment(...hostPath('/dev/shm', true)),
    [],
    [`${WEB}: hostPath /dev/shm (read-only)`],
  ],
  [
    'a hostPath that becomes mounted',
    deployment(...hostPath('/dev/shm')),
    deployment(...hostPath('/dev/shm', true)),
    [`${WEB}: hostPath /dev/shm, read-only (not mounted)`],
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
