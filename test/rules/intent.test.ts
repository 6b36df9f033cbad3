import { foundIn } from './findings';

const pod = (spec: string, containers: string, name = 'a') =>
  `---\napiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, namespace: shop }\nspec:\n${spec}  containers:\n${containers}`;
const container = (name: string, more = '') =>
  `    - name: ${name}\n      image: registry.example.com/${name}:1\n${more}`;
const NODE_SHM = '      volumeMounts: [{ name: shm, mountPath: /dev/shm }]\n';
const VOLUME = '  volumes: [{ name: shm, hostPath: { path: /dev/shm, type: Directory } }]\n';

/** What is to be done about the findings of a rule, and what they say. */
function told(rule: string, text: string): { message: string; fix: string }[] {
  return foundIn(text)
    .filter(each => each.rule.id === rule)
    .map(({ message, fix }) => ({ message, fix }));
}
const fixes = (rule: string, text: string) => told(rule, text).map(({ fix }) => fix);

describe('hostIPC', () => {
  const alone = pod('  hostIPC: true\n', container('server') + container('client'));

  test('between containers of one pod: they share without it', () => {
    expect(fixes('SHM301', alone)).toEqual([
      'if another workload needs the same System V memory or message queues (`ipcs -m -q -p` on the node shows which processes have them): give it hostIPC: true, too, since both sides need it, and declare the memory in a contract; if none does: remove hostIPC here; the containers of one pod share System V memory without it, and POSIX memory if all of them mount a memory-medium emptyDir with a sizeLimit at /dev/shm',
    ]);
  });

  test('in a pod of one container: more than 64 MiB needs no hostIPC', () => {
    const init = `  initContainers:\n${container('init')}`;
    expect(fixes('SHM301', pod(`  hostIPC: true\n${init}`, container('server')))).toEqual([
      'if another workload needs the same System V memory or message queues (`ipcs -m -q -p` on the node shows which processes have them): give it hostIPC: true, too, since both sides need it, and declare the memory in a contract; if none does: remove hostIPC here; without it, a process has more than 64 MiB at /dev/shm if its container mounts a memory-medium emptyDir with a sizeLimit there',
    ]);
  });

  const SAYS = 'nothing else in these manifests has hostIPC';
  const messages = (yaml: string) => told('SHM301', yaml).map(({ message }) => message);

  test('with another pod with hostIPC, it may be needed', () => {
    const both = alone + pod('  hostIPC: true\n', container('other'), 'b');
    const [several, single] = fixes('SHM301', both);
    expect(several).toMatch(
      /^if only the containers of this pod share it: remove hostIPC here; the containers of one pod share System V memory without it, .*; if other pods do: share files or POSIX memory through/,
    );
    expect(single).toMatch(/^share files or POSIX memory through/);
    expect(messages(both).join()).not.toContain(SAYS);
  });

  test("with another pod that has the node's /dev/shm, only System V memory has one side", () => {
    const both = alone + pod(VOLUME, container('other', NODE_SHM), 'b');
    expect(messages(both)).toEqual([expect.stringMatching(new RegExp(`; ${SAYS}$`))]);
    expect(fixes('SHM301', both)).toEqual([
      'if another workload needs the same System V memory or message queues (`ipcs -m -q -p` on the node shows which processes have them): give it hostIPC: true, too, since both sides need it, and declare the memory in a contract; if none does: remove hostIPC here',
    ]);
  });

  describe('with another workload that names its System V key', () => {
    const key = (value: string) => `      env: [{ name: SHM_KEY, value: '${value}' }]\n`;
    const two = (value: string) =>
      pod('  hostIPC: true\n', container('server', key('0x11'))) +
      pod('', container('web', key(value)), 'b');
    const namespace = (level: string) =>
      `---\napiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { pod-security.kubernetes.io/enforce: ${level} } }\n`;

    test('it is named, and nothing advises to remove hostIPC', () => {
      expect(told('SHM301', two('0x11'))).toEqual([
        {
          message:
            'hostIPC shares all System V memory, message queues and /dev/shm with the node and every other pod with hostIPC; Pod shop/b names the same System V key (SHM_KEY), but is not in that IPC namespace',
          fix: 'see SHM124 first, which says how the two sides come to meet',
        },
      ]);
      expect(messages(two('0x12'))).toEqual([expect.stringMatching(new RegExp(`; ${SAYS}$`))]);
    });

    test('hostIPC on both sides is advised unless a namespace refuses it', () => {
      const advice = (level: string) => fixes('SHM124', two('0x11') + namespace(level))[0];
      expect(fixes('SHM124', two('0x11'))[0]).toMatch(/^set hostIPC: true here, too, if the /);
      expect(advice('privileged')).toMatch(/^set hostIPC: true here, too, if the /);
      expect(advice('baseline')).toBe(
        'run the program of Pod shop/a as a sidecar in this pod: the containers of a pod have one IPC namespace; or share files through a contract instead (hostIPC in both pods is no way: namespace shop enforces Pod Security "baseline", which refuses it); if the two have nothing to do with each other, acknowledge the finding',
      );
    });
  });

  test("with the node's /dev/shm mounted, no advice leads in a circle", () => {
    const both = pod(`  hostIPC: true\n${VOLUME}`, container('server', NODE_SHM));
    expect(fixes('SHM303', both)).toEqual([
      'keep one of the two, and acknowledge what is found of it: remove the volume and its mounts if the pod uses System V memory or message queues (`ipcs -m -q -p` on the node shows their processes), and hostIPC if it does not',
    ]);
    expect(fixes('SHM301', both)[0]).toMatch(/remove hostIPC here$/);
  });

  test('where a contract needs the mount, the mount stays', () => {
    const mark = {
      apiVersion: 'cdk8s-shared-memory/v1',
      namespace: 'agents',
      version: 'v1',
      side: 'client',
      access: 'readWrite',
      memory: [
        { name: 'ring', api: 'posix', size: '1Mi', mountPath: '/dev/shm', backing: 'devShm' },
      ],
      containers: ['server'],
    };
    const marked = pod(`  hostIPC: true\n${VOLUME}`, container('server', NODE_SHM)).replace(
      'namespace: shop }',
      `namespace: shop, annotations: { cdk8s-shared-memory/contract.bus: '${JSON.stringify(mark)}' } }`,
    );
    expect(fixes('SHM303', marked)).toEqual([
      'remove hostIPC, if no contract declares System V memory: contract bus needs the mount',
    ]);
    expect(fixes('SHM302', marked)).toEqual([
      expect.stringMatching(
        /^if the mark names all memory of the pod: remove hostIPC: true; if a program/,
      ),
    ]);
    expect(fixes('SHM105', marked)).toEqual([]);
  });
});

describe("the node's /dev/shm", () => {
  const LIMIT = '      resources: { limits: { memory: 16Gi } }\n';
  const one = pod(VOLUME, container('trainer', NODE_SHM + LIMIT));

  test('in one workload alone: a volume of its own is big enough', () => {
    expect(told('SHM303', one).map(({ message }) => message)).toEqual([
      "the node's whole /dev/shm is mounted in container trainer; nothing else in these manifests mounts it",
    ]);
    expect(fixes('SHM303', one)).toEqual([
      'if the pod only needs more than 64 MiB: mount a memory-medium emptyDir with a sizeLimit below the memory limit of 16Gi, instead of the hostPath; if other pods need the same memory: mount the same in them, or better, a directory that only root can reach, below /run/cdk8s-shared-memory, on all sides',
    ]);
    expect(fixes('SHM303', pod(VOLUME, container('trainer', NODE_SHM)))[0]).toContain(
      'with a sizeLimit, and give the container a memory limit above it,',
    );
  });

  describe('beside a workload with an emptyDir there', () => {
    const OWN = '  volumes: [{ name: shm, emptyDir: { medium: Memory, sizeLimit: 1Gi } }]\n';
    const other = pod(OWN, container('other', NODE_SHM), 'other');
    const messages = (yaml: string) => told('SHM303', yaml).map(({ message }) => message);

    test.each([
      ['the whole of it', one],
      ['a directory of it', one.replace('path: /dev/shm', 'path: /dev/shm/ring')],
    ])('%s: the two cannot meet', (_, node) => {
      expect(messages(node + other)).toEqual([
        expect.stringMatching(
          /; nothing else in these manifests mounts it: Pod shop\/other of the same namespace mounts an emptyDir at \/dev\/shm, which no other pod sees$/,
        ),
      ]);
      expect(fixes('SHM303', node + other)).toEqual([
        expect.stringMatching(/^if it shares memory with Pod shop\/other: mount the same there, /),
      ]);
    });

    test.each([
      ['in another namespace', other.replace('namespace: shop', 'namespace: pay')],
      [
        "and another one with the node's /dev/shm",
        other + pod(VOLUME, container('b', NODE_SHM), 'b'),
      ],
      ['and another one with hostIPC', other + pod('  hostIPC: true\n', container('b'), 'b')],
    ])('%s: nothing is said of it', (_, others) => {
      expect(messages(one + others).join()).not.toContain('emptyDir');
    });

    test('hostIPC of another namespace is named, and is not the other side', () => {
      const far = pod('  hostIPC: true\n', container('b'), 'b').replace('shop', 'pay');
      const words =
        /; nothing else in these manifests mounts it, and only Pod pay\/b of another namespace can see it, by hostIPC/;
      expect(messages(one + far)).toEqual([expect.stringMatching(words)]);
      expect(messages(one + other + far)).toEqual([
        expect.stringMatching(
          / by hostIPC; Pod shop\/other of the same namespace mounts an emptyDir/,
        ),
      ]);
    });

    test('of several, three are named, DaemonSets first', () => {
      const feed = (name: string) => `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: ${name}, namespace: shop }
spec: { template: { spec: { containers: [{ name: feed, image: i, volumeMounts: [{ name: shm, mountPath: /dev/shm/ring }] }], volumes: [{ name: shm, emptyDir: { medium: Memory } }] } } }
---
`;
      expect(messages(`${one + other}\n---\n${feed('z')}${feed('a')}`)).toEqual([
        expect.stringMatching(
          /: DaemonSet shop\/a, DaemonSet shop\/z and Pod shop\/other of the same namespace mount emptyDirs at \/dev\/shm and \/dev\/shm\/ring, which no other pod sees$/,
        ),
      ]);
      const more = pod(OWN, container('p', NODE_SHM), 'p');
      expect(messages(`${one + other + more}\n---\n${feed('z')}${feed('a')}`)[0]).toContain(
        ': DaemonSet shop/a, DaemonSet shop/z, Pod shop/other and 1 more of the same namespace mount',
      );
    });
  });

  test('in two workloads: a directory that only they have', () => {
    const two = one + pod(VOLUME, container('other', NODE_SHM), 'b');
    expect(fixes('SHM303', two)).toEqual([
      expect.stringMatching(/^share a directory that only root can reach/),
      expect.stringMatching(/^share a directory that only root can reach/),
    ]);
  });
});

test('a limit that a LimitRange gives is named so', () => {
  const range =
    'apiVersion: v1\nkind: LimitRange\nmetadata: { name: defaults, namespace: shop }\nspec:\n  limits: [{ type: Container, default: { memory: 512Mi } }]\n';
  const volume = '  volumes: [{ name: shm, emptyDir: { medium: Memory, sizeLimit: 1Gi } }]\n';
  const by = (own: string) =>
    told('SHM202', range + pod(volume, container('trainer', NODE_SHM + own)))[0].message;
  expect(by('')).toBe(
    'sizeLimit 1Gi of shm is larger than the memory limit of container trainer, 512Mi, which LimitRange defaults sets',
  );
  expect(by('      resources: { limits: { memory: 256Mi } }\n')).toBe(
    'sizeLimit 1Gi of shm is larger than the memory limit of container trainer, 256Mi',
  );
});

describe('who makes a directory below /dev/shm', () => {
  const dir = (volume: string, name: string, more = '') =>
    pod(
      `${more}  volumes: [{ name: ring, hostPath: { path: /dev/shm/ring${volume} } }]\n`,
      container(name, '      volumeMounts: [{ name: ring, mountPath: /ring }]\n'),
      name,
    );

  test('the pod itself: type Directory would keep it from starting for ever', () => {
    expect(fixes('SHM110', dir('', 'agent'))).toEqual([
      'in the pod that makes it: write type: DirectoryOrCreate, and let an init container that runs as root set its owner and mode; in all others: write type: Directory',
    ]);
  });

  test('another workload: the pod waits for it', () => {
    expect(fixes('SHM110', dir('', 'client') + dir(', type: DirectoryOrCreate', 'agent'))).toEqual([
      'write type: Directory, so that the pod waits for the directory',
    ]);
  });

  test('its own init container: nothing is wrong', () => {
    const init = `  initContainers:\n${container('prepare', '      volumeMounts: [{ name: ring, mountPath: /ring }]\n')}`;
    expect(fixes('SHM110', dir('', 'agent', init))).toEqual([]);
  });
});

test('the cluster autoscaler is told about all local volumes, and not about memory', () => {
  const volumes = `  volumes:
    - { name: shm, hostPath: { path: /dev/shm, type: Directory } }
    - { name: logs, hostPath: { path: /var/log } }
    - { name: scratch, emptyDir: {} }
    - { name: pages, emptyDir: { medium: HugePages } }
    - { name: ring, emptyDir: { medium: Memory, sizeLimit: 1Mi } }
    - { name: names, configMap: { name: names } }
`;
  const template = pod(volumes, container('api', NODE_SHM))
    .split('\n')
    .slice(4)
    .map(line => `    ${line}`)
    .join('\n');
  const text = `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: api }\nspec:\n  template:\n${template}`;
  expect(fixes('SHM404', text)).toEqual([
    'write the annotation cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes: shm,logs,scratch,pages in the pod template',
  ]);
});

describe('containers without a memory limit are named in one finding', () => {
  const volume = (size: string) =>
    `  volumes: [{ name: shm, emptyDir: { medium: Memory${size} } }]\n`;
  const messages = (text: string) =>
    foundIn(text)
      .filter(({ rule }) => rule.id === 'SHM203')
      .map(({ message, container: name }) => [name, message]);

  test.each([
    [
      'one',
      ', sizeLimit: 1Gi',
      container('a', NODE_SHM),
      'a',
      "container a has no memory limit: only the node's memory bounds what it writes to emptyDir shm",
    ],
    [
      'both write',
      ', sizeLimit: 1Gi',
      container('a', NODE_SHM) + container('b', NODE_SHM),
      undefined,
      "containers a and b have no memory limit: only the node's memory bounds what they write to emptyDir shm",
    ],
    [
      'one of three writes',
      ', sizeLimit: 1Gi',
      container('a') + container('b', NODE_SHM) + container('c'),
      undefined,
      "containers a, b and c have no memory limit: only the node's memory bounds what b writes to emptyDir shm",
    ],
    [
      'without a size',
      '',
      container('a', NODE_SHM) + container('b'),
      undefined,
      "containers a and b have no memory limit: emptyDir shm becomes as large as the node's allocatable memory",
    ],
  ])('%s', (_, size, containers, name, message) => {
    expect(messages(pod(volume(size), containers))).toEqual([[name, message]]);
  });
});
