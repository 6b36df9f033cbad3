import { page, section } from './review-examples';
import { PREPARE } from '../../../src/model/agent/init-scripts';
import { UNMOUNT } from '../../../src/model/node/cleanup-scripts';
import { GUARD_PROBE } from '../../../src/model/node/guard';
import { GUARD } from '../../../src/model/node/guard-script';
import { HOLD } from '../../../src/model/node/node-task';

/*
 * Which privileges of a pod a contract or a node task explains. What somebody adds to it, in a
 * place that looks like one of this library, has no reason.
 */

/** The command of a step of this library: another one has no reason for what it gets. */
const unmounting = { command: ['sh', '-euc', UNMOUNT] };
const DIRECTORY = '/run/cdk8s-shared-memory/agents.ring';
const ROOT = { securityContext: { runAsUser: 0 } };
const NONE = '**these manifests give no reason**';

/** What the page says of the privileges of a pod: who gets them, which, and why. */
function approved(pod: object): (readonly [who: string, gets: string, why: string])[] {
  return section(page(JSON.stringify(pod)), 'What you approve')
    .split('\n')
    .filter(line => line.startsWith('| Pod [a]('))
    .map(line => line.slice(2).split(' | '))
    .map(([who, gets, why]) => [
      who.replace('Pod [a](0.yaml)', 'pod').replaceAll('`', ''),
      gets,
      why,
    ]);
}

/** A pod with a mark of contract ring, and fields of its spec. */
const marked = (mark: object, spec: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'a',
    annotations: {
      'cdk8s-shared-memory/contract.ring': JSON.stringify({
        ...{ apiVersion: 'cdk8s-shared-memory/v2', namespace: 'agents', version: 'v1' },
        ...{ side: 'agent', access: 'readOnly', containers: ['ring'] },
        memory: [{ name: 'm', api: 'systemV', backing: 'hostIpc' }],
        ...mark,
      }),
    },
  },
  spec: { containers: [{ name: 'ring', image: 'i' }], ...spec },
});

/** The same with an init container that has the directory of the contract. */
const withStep = (step: object, mark: object = {}) =>
  marked(mark, {
    initContainers: [
      { name: 'step', image: 'i', volumeMounts: [{ name: 'ring', mountPath: '/node' }], ...step },
    ],
    volumes: [{ name: 'ring', hostPath: { path: DIRECTORY } }],
  });

/** A pod of a node task, and fields of its spec. */
const task = (kind: 'cleanup' | 'guard', spec: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'a',
    annotations: {
      'cdk8s-shared-memory/node-task': JSON.stringify({
        ...{ apiVersion: 'cdk8s-shared-memory/v1', task: kind, contracts: ['ring'] },
        nodes: { key: 'example.com/task', value: 'yes' },
      }),
    },
  },
  spec: {
    nodeSelector: { 'example.com/task': 'yes' },
    containers: [{ name: 'done', image: 'i', command: ['sh', '-euc', HOLD] }],
    ...spec,
  },
});

test('an agent that is in the pod needs no IPC namespace of the node', () => {
  const uses = (side: string) => approved(marked({ side }, { hostIPC: true }));
  expect(uses('client')).toEqual([
    [
      'pod',
      '`hostIPC`',
      'contract ring: memory m is System V memory, in the IPC namespace that both sides must share',
    ],
  ]);
  expect(uses('sidecar')).toEqual([['pod', '`hostIPC`', NONE]]);
});

test('only the serving container is root as the ownerId of the contract says', () => {
  const why = 'contract ring: its agent runs as root, as the ownerId of the contract says';
  const containers = [
    { name: 'ring', image: 'i', ...ROOT },
    { name: 'log', image: 'j', ...ROOT },
  ];
  expect(approved(marked({ owner: 0 }, { containers }))).toEqual([
    ['pod: log', '`user root`', NONE],
    ['pod: ring', '`user root`', why],
  ]);
  expect(approved(marked({ owner: 0 }, ROOT))).toEqual([['pod', '`user root`', why]]);
});

test('an agent whose contract does not say so has no reason to be root', () => {
  const containers = [{ name: 'ring', image: 'i', ...ROOT }];
  expect(approved(marked({}, { containers }))).toEqual([['pod: ring', '`user root`', NONE]]);
});

const chown = (drop: object, more: object = {}) => ({
  command: ['sh', '-euc', PREPARE],
  env: [
    { name: 'DIRECTORY', value: DIRECTORY },
    { name: 'VERSION', value: 'v1' },
    { name: 'OWNER', value: '1001:2000' },
  ],
  securityContext: { capabilities: { add: ['CHOWN'], ...drop }, ...more },
});

test('the step that makes directories has CHOWN alone', () => {
  const why =
    'contract ring: an init step makes the directories on the node as root, and gives them to the user of the agent with CHOWN';
  const rowOf = (step: object, mark?: object) =>
    approved(withStep(step, mark)).filter(([who]) => who.includes('step'));
  expect(rowOf(chown({ drop: ['ALL'] }))).toEqual([
    ['pod: init step step', '`capability CHOWN`', why],
  ]);
  expect(rowOf(chown({}))).toEqual([['pod: init step step', '`capability CHOWN`', NONE]]);
  expect(rowOf(chown({ drop: ['NET_RAW'] }))).toEqual([
    ['pod: init step step', '`capability CHOWN`', NONE],
  ]);
  // a client makes no directories
  expect(rowOf(chown({ drop: ['ALL'] }), { side: 'client' })).toEqual([
    ['pod: init step step', '`capability CHOWN`', NONE],
  ]);
});

test('the step that makes directories has the one SELinux type that is not confined', () => {
  const rowOf = (type: string) =>
    approved(withStep(chown({ drop: ['ALL'] }, { seLinuxOptions: { type } })))
      .filter(([who]) => who.includes('step'))
      .map(([, gets, why]) => [gets, why]);
  const makes =
    'an init step makes the directories on the node as root, and gives them to the user of the agent with CHOWN';
  expect(rowOf('spc_t')).toEqual([
    [
      '`capability CHOWN`, `SELinux type spc_t`',
      `contract ring: the init step makes directories in the node's /run, which SELinux forbids to confined containers; ${makes}`,
    ],
  ]);
  expect(rowOf('init_t')).toEqual([
    [
      '`capability CHOWN`, `SELinux type init_t`',
      `contract ring: ${makes}; **these manifests give no reason for \`SELinux type init_t\`**`,
    ],
  ]);
});

test('the step of a cleanup that unmounts is privileged, and root, and has no reason for more', () => {
  const step = (securityContext: object) =>
    approved(
      task('cleanup', {
        initContainers: [{ name: 'step', image: 'i', ...unmounting, securityContext }],
      }),
    );
  const why =
    'NodeCleanup of contract ring: unmounts what the agent mounted, which only a privileged container may do';
  expect(step({ privileged: true, runAsUser: 0 })).toEqual([
    ['pod: init step step', '`privileged`, `user root`', why],
  ]);
  expect(step({ privileged: true, procMount: 'Unmasked' })).toEqual([
    [
      'pod: init step step',
      '`privileged`, `procMount Unmasked`',
      `${why}; **these manifests give no reason for \`procMount Unmasked\`**`,
    ],
  ]);
});

test('the steps of a cleanup have the one SELinux type that is not confined', () => {
  const step = (type: string) =>
    approved(
      task('cleanup', {
        initContainers: [
          {
            name: 'step',
            image: 'i',
            ...unmounting,
            securityContext: { seLinuxOptions: { type } },
          },
        ],
      }),
    ).map(([, , why]) => why);
  expect(step('spc_t')).toEqual([
    'NodeCleanup of contract ring: SELinux lets no confined container look at processes of the node, nor at what agents left in its /run',
  ]);
  expect(step('init_t')).toEqual([NONE]);
});

test('a guard binds in its own container, and needs no namespace of the node', () => {
  const mount = { name: 'ring', mountPath: '/node', mountPropagation: 'Bidirectional' };
  const securityContext = { privileged: true };
  const guard = {
    ...{ name: 'guard', image: 'i', command: ['sh', '-euc', GUARD], readinessProbe: GUARD_PROBE },
    ...{ securityContext, volumeMounts: [mount] },
  };
  const begins = (...containers: object[]) =>
    approved(
      task('guard', {
        hostPID: true,
        containers,
        volumes: [{ name: 'ring', hostPath: { path: DIRECTORY } }],
      }),
    ).map(([who, gets, why]) => [who, gets, why.slice(0, 75)]);
  expect(begins(guard)).toEqual([
    [
      'pod',
      `\`hostPID\`, \`hostPath ${DIRECTORY}\``,
      "NodeGuard of contract ring: the contract's directory on the node, where the",
    ],
    [
      'pod: guard',
      '`privileged`, `mountPropagation Bidirectional at /node`',
      'NodeGuard of contract ring: checks each directory that somebody else makes ',
    ],
  ]);
  // with another container, or another script, it is no guard
  for (const forged of [
    [guard, { name: 'other', image: 'i' }],
    [{ ...guard, command: ['evil'] }],
  ]) {
    expect(begins(...forged).map(([, , why]) => why)).toEqual([NONE, NONE]);
  }
});

test.each(['hostPid', 'hostNetwork'])(
  'a client alone cannot say that both sides need a namespace of the node: %s',
  field => {
    const spec = { [field === 'hostPid' ? 'hostPID' : field]: true };
    const client = marked({ side: 'client', [field]: true }, spec);
    const agent = (mark: object) => ({
      ...marked(mark, spec),
      metadata: { ...marked(mark, spec).metadata, name: 'b' },
    });
    const why = (...pods: object[]) =>
      section(page(...pods.map(each => JSON.stringify(each))), 'What you approve')
        .split('\n')
        .filter(line => /^\| .*Pod \[?a\b/.test(line))
        .map(line => line.includes(NONE));
    expect(why(client, agent({}))).toEqual([true]);
    expect(why(client, agent({ [field]: true }))).toEqual([false]);
    expect(why(client)).toEqual([false]); // the agent may be in another repository
  },
);

describe('somebody who acknowledges SHM320 gives the reason', () => {
  const pod = marked(
    { memory: [{ name: 'm', api: 'files', size: '1Mi', mountPath: '/m', backing: 'directory' }] },
    {
      containers: [
        { name: 'ring', image: 'i', volumeMounts: [{ name: 'ring', mountPath: '/m' }] },
        {
          name: 'log',
          image: 'i',
          ...ROOT,
          volumeMounts: [{ name: 'ring', mountPath: '/r', readOnly: true }],
        },
      ],
      volumes: [
        { name: 'ring', hostPath: { path: DIRECTORY } },
        { name: 'logs', hostPath: { path: '/var/log' } },
      ],
    },
  );
  const because = (reason: string) => ({
    ...pod,
    metadata: {
      ...pod.metadata,
      annotations: {
        ...pod.metadata.annotations,
        'cdk8s-shared-memory/acknowledge.SHM320': reason,
      },
    },
  });
  const AT_ALL = /without a reason|give no reason/;

  test('for root and for directories of the node', () => {
    expect(approved(pod)).toEqual([
      [
        'pod',
        `\`hostPath ${DIRECTORY}\`, \`hostPath /var/log, not mounted\``,
        `contract ring: its directory on the node, from which the clients mount the memory; **these manifests give no reason for \`hostPath /var/log, not mounted\`**`,
      ],
      ['pod: log', `\`hostPath ${DIRECTORY}, read-only\`, \`user root\``, NONE],
    ]);
    expect(page(JSON.stringify(pod))).toContain('3 host privileges without a reason');
    const text = page(JSON.stringify(because('it ships logs')));
    expect(approved(because('it ships logs')).map(([, , why]) => why)).toEqual([
      'contract ring: its directory on the node, from which the clients mount the memory; SHM320, acknowledged for all of the object: it ships logs',
      'SHM320, acknowledged for all of the object: it ships logs',
    ]);
    expect(text).not.toMatch(AT_ALL);
  });

  test('for a directory that is mounted for writing, it is SHM125', () => {
    const writes = (given: object) =>
      JSON.parse(JSON.stringify(given).replace('"/r","readOnly":true', '"/r"'));
    const both = because('it ships logs');
    expect(page(JSON.stringify(writes(both)))).toContain('1 host privilege without a reason');
    Object.assign(both.metadata.annotations, {
      'cdk8s-shared-memory/acknowledge.SHM125': 'it rotates them',
    });
    expect(page(JSON.stringify(writes(both)))).not.toMatch(AT_ALL);
  });

  test('for capabilities that a container has by default and adds explicitly', () => {
    const hardened = JSON.stringify(because('it ships logs')).replace(
      '"runAsUser":0',
      '"runAsUser":0,"capabilities":{"drop":["ALL"],"add":["CHOWN","FOWNER"]}',
    );
    expect(hardened).toContain('FOWNER');
    expect(page(hardened)).toContain('`capability FOWNER`');
    expect(page(hardened)).not.toMatch(AT_ALL);
  });
});
