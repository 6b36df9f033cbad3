import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { Access, ClientPolicy, ClientVolume, type AgentContractProps } from '../../src';
import { findingPlace } from '../../src/report/finding-place';
import { contract } from '../yaml';
import { foundIn } from './findings';

/** The YAML of a ClientPolicy that grants namespace shop to write. */
function policy(props: Partial<AgentContractProps> = {}): string {
  const app = new App();
  const chart = new Chart(app, 'test');
  const grants = [
    { contract: contract({ clients: Access.READ_WRITE, ...props }), namespace: 'shop' },
  ];
  new ClientPolicy(chart, 'policy', { grants });
  return `${app.synthYaml()}\n---\n`;
}
const POLICY = policy();
const PATH = '/run/cdk8s-shared-memory/node-agents.routes/v1/table/shared';
const SAFE =
  'securityContext: { runAsUser: 20001, allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }';

interface Given {
  readonly namespace?: string;
  readonly volume?: string;
  readonly mount?: string;
  readonly ofPod?: string;
  readonly ofContainer?: string;
}
const pod = ({
  namespace = 'shop',
  volume = 'persistentVolumeClaim: { claimName: routes-table-v1-rw }',
  mount = '',
  ofPod = '{}',
  ofContainer = SAFE,
}: Given) => `apiVersion: v1
kind: Pod
metadata: { name: app, namespace: ${namespace} }
spec:
  securityContext: ${ofPod}
  containers:
    - name: app
      image: registry.example.com/app:1
      resources: { limits: { memory: 512Mi } }
      ${ofContainer}
      volumeMounts:
        - { name: memory, mountPath: /run/routes${mount} }
  volumes:
    - { name: memory, ${volume} }
`;
const found = (given: Given, text = POLICY) =>
  foundIn(text + pod(given))
    .filter(({ rule }) => rule.id === 'SHM319')
    .map(each => [
      (text + pod(given)).split('\n')[(findingPlace(each)?.line ?? 0) - 1].trim(),
      each.message.replace('ClientPolicy shared-memory-clients refuses the pod: ', ''),
    ]);
const READS = { volume: 'persistentVolumeClaim: { claimName: routes-table-v1-ro }' };
const MOUNT = '- { name: memory, mountPath: /run/routes';

test('a pod that uses what was granted passes', () => {
  expect(found({})).toEqual([]);
  expect(found({ ...READS, mount: ', readOnly: true' })).toEqual([]);
  expect(found({ ofPod: '{ fsGroup: 2000 }' })).toEqual([]);
  expect(found({ ...READS, mount: ', readOnly: true', ofPod: '{ fsGroup: 1 }' })).toEqual([]);
});

test('fails on a claim that is granted for reading and mounted writable', () => {
  const what =
    'the grant of claim routes-table-v1-ro is for reading, and container app mounts it without readOnly: true';
  expect(found(READS)).toEqual([[`${MOUNT} }`, what]]);
  const volume = 'persistentVolumeClaim: { claimName: routes-table-v1-ro, readOnly: true }';
  expect(found({ volume })).toEqual([[`${MOUNT} }`, what]]);
});

test('fails on a claim that is granted for reading and propagates mounts', () => {
  const mount = ', readOnly: true, mountPropagation: HostToContainer';
  expect(found({ ...READS, mount })).toEqual([
    [
      `${MOUNT}${mount} }`,
      'the grant of claim routes-table-v1-ro is for reading, which excludes mountPropagation',
    ],
  ]);
  expect(found({ ...READS, mount: ', readOnly: true, mountPropagation: None' })).toEqual([]);
});

test('fails on the fsGroup of another group', () => {
  expect(found({ ofPod: '{ fsGroup: 2001 }' })).toEqual([
    [
      'securityContext: { fsGroup: 2001 }',
      'the kubelet would give the memory behind claim routes-table-v1-rw to fsGroup 2001; it belongs to group 2000',
    ],
  ]);
});

const LIMITS = 'allowPrivilegeEscalation: false';

test.each([
  [0, 'container app writes into shared memory as user 0, who is root or owns the memory'],
  [10001, 'container app writes into shared memory as user 10001, who is root or owns the memory'],
])('fails on a container that writes as user %s', (user, what) => {
  const context = `securityContext: { runAsUser: ${user}, ${LIMITS} }`;
  expect(found({ ofContainer: context })).toEqual([[context, what]]);
  const ofPod = `{ runAsUser: ${user} }`;
  expect(found({ ofPod, ofContainer: `securityContext: { ${LIMITS} }` })).toEqual([
    [`securityContext: ${ofPod}`, what],
  ]);
  expect(found({ ofContainer: context, mount: ', readOnly: true' })).toEqual([]);
});

test('fails on a container that writes as the user of its image, unless that is not root', () => {
  expect(found({ ofContainer: `securityContext: { ${LIMITS} }` })).toEqual([
    [
      '- name: app',
      'container app writes into shared memory as the user of its image, which can be root or the user that owns the memory',
    ],
  ]);
  expect(found({ ofContainer: `securityContext: { ${LIMITS}, runAsNonRoot: true }` })).toEqual([]);
});

test('fails on a container that writes and can get the capabilities of root', () => {
  const what =
    'container app writes into shared memory and can get CHOWN, DAC_OVERRIDE, FOWNER, SETUID';
  const context = 'securityContext: { runAsUser: 20001, allowPrivilegeEscalation: true }';
  expect(found({ ofContainer: context })).toEqual([[context, what]]);
  expect(found({ ofContainer: 'securityContext: { runAsUser: 20001 }' })).toEqual([
    ['- name: app', what],
  ]);
});

test('fails on who writes through a granted directory', () => {
  const text = policy({ clientVolume: ClientVolume.hostPath() });
  const volume = `hostPath: { path: ${PATH}, type: Directory }`;
  const owner = `securityContext: { runAsUser: 10001, ${LIMITS} }`;
  expect(found({ volume, ofContainer: owner }, text)).toEqual([
    [owner, expect.stringContaining('writes into shared memory as user 10001')],
  ]);
  expect(found({ volume }, text)).toEqual([]);
});

test('another namespace, a claim of nobody, and expressions of somebody else are not judged', () => {
  const owner = { ofContainer: `securityContext: { runAsUser: 10001, ${LIMITS} }` };
  expect(found({ ...owner, namespace: 'bank' })).toEqual([]);
  expect(found({ ...owner, volume: 'persistentVolumeClaim: { claimName: other }' })).toEqual([]);
  const foreign = POLICY.replace('variables.writesAsOwner', 'variables.nothing');
  expect(foreign).not.toBe(POLICY);
  expect(found(owner, foreign)).toEqual([]);
  expect(found(owner)).toHaveLength(1);
});

describe('what the bindings do with the pod', () => {
  const all = foundIn(readFileSync(join(__dirname, 'cases', 'shm319-actions.yaml'), 'utf8')).filter(
    ({ rule }) => rule.id === 'SHM319',
  );
  const of = (name: string) => all.find(({ manifest }) => manifest?.namespace === name)!;
  const would = (words: string) => `ClientPolicy clients would refuse the pod, but its ${words}: `;

  test.each([
    ['denies', 'ClientPolicy clients refuses the pod: '],
    ['warns', would('binding warns only warns and audits')],
    ['audits', would('binding audits only audits')],
    ['both', 'ClientPolicy clients refuses the pod: '],
    ['two', would('bindings two-audit and two-warn only warn and audit')],
  ])('namespace %s', (namespace, words) => {
    expect(of(namespace).message.slice(0, words.length)).toBe(words);
  });

  test('the fix of a pod that is not refused also lets the policy refuse', () => {
    expect(of('denies').fix).toBe(of('denies').rule.fix);
    expect(of('warns').fix).toBe(
      `${of('denies').fix}; then write validationActions: [Deny, Audit] in the binding (PolicyAction.DENY)`,
    );
  });
});
