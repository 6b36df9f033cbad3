import Ajv from 'ajv';
import { ApiObject, Size, Testing } from 'cdk8s';
import { devShm as sizedDevShm } from './existing-workload';
import {
  Access,
  AgentContract,
  AgentNodes,
  Backing,
  ClientVolume,
  NodeCleanup,
  NodeContent,
  ReadyWhen,
  SharedMemory,
  SidecarAgent,
} from '../../src';
import type { JsonObject } from '../../src/kube/json';
import { CONTRACT_SCHEMA_2 } from '../../src/model/contract/contract-schema';
import { messageOf } from '../bad-input/message';
import { page } from '../report/review/review-examples';
import { findingsOf, foundIn } from '../rules/findings';
import { AGENT, chart, TOOLS, type Rendered } from '../yaml';

/** Contracts of what runs already: nobody knows the size, the owner or the group. */
const found = (memory: SharedMemory, more = {}) =>
  new AgentContract({
    name: 'cache',
    namespace: 'cache',
    version: 'v1',
    memory: [memory],
    clients: Access.READ_WRITE,
    ...more,
  });
const devShm = () => found(SharedMemory.posix({ name: 'shm', backing: Backing.devShm() }));
const segments = () => found(SharedMemory.systemV({ name: 'segments' }));
const sockets = (clientsWait = false, more = {}) =>
  found(
    SharedMemory.files({
      name: 'sockets',
      mountPath: '/run/cache',
      backing: Backing.existing('/run/cache', { contains: NodeContent.FILES, clientsWait }),
    }),
    { clientVolume: ClientVolume.hostPath(), ...more },
  );

const hostPath = (path: string, at: string, type?: string): JsonObject => ({
  containers: [{ name: 'app', image: 'i:1', volumeMounts: [{ name: 'shared', mountPath: at }] }],
  volumes: [{ name: 'shared', hostPath: { path, ...(type === undefined ? {} : { type }) } }],
});
const hostIpc = { hostIPC: true, containers: [{ name: 'app', image: 'i:1' }] };

function both(pod: JsonObject, more: object = {}) {
  const c = chart();
  const object = (kind: string, name: string) =>
    new ApiObject(c, name, {
      apiVersion: 'apps/v1',
      kind,
      metadata: { name, namespace: 'cache' },
      spec: {
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: pod },
        ...(kind === 'DaemonSet' ? more : {}),
      },
    } as never);
  const [agent, client] = [object('DaemonSet', 'agent'), object('Deployment', 'client')];
  const before = JSON.parse(JSON.stringify(Testing.synth(c))) as Rendered[];
  return { c, agent, client, before, after: () => Testing.synth(c) as Rendered[] };
}

describe.each<[string, () => AgentContract, JsonObject]>([
  ["the node's /dev/shm", devShm, hostPath('/dev/shm', '/dev/shm')],
  ['System V memory', segments, hostIpc],
  ['a directory', () => sockets(), hostPath('/run/cache', '/run/cache', 'Directory')],
  [
    'a directory that both sides may create, by its link',
    () => sockets(),
    hostPath('/var/run/cache/', '/run/cache', 'DirectoryOrCreate'),
  ],
])('%s, shared as it is', (_, contract, pod) => {
  const { agent, client, before, after } = both(pod);
  const cache = contract();
  cache.serveFrom(agent, { asIs: true });
  cache.attachTo(client, { asIs: true, access: Access.READ_WRITE });

  test('adds a mark to the objects, and nothing to the pods', () => {
    const result = after();
    expect(result.map(({ metadata: { annotations } }) => Object.keys(annotations))).toEqual([
      ['cdk8s-shared-memory/contract.cache'],
      ['cdk8s-shared-memory/contract.cache'],
    ]);
    const without = result.map(
      ({ metadata: { annotations: _annotations, ...metadata }, ...rest }) => ({
        ...rest,
        metadata,
      }),
    );
    expect(without).toEqual(before);
  });

  test('the rules read the marks, and miss nothing', () => {
    const yaml = after()
      .map(each => JSON.stringify(each))
      .join('\n---\n');
    const errors = findingsOf(yaml).filter(each => / error$/.test(each));
    expect(errors).toEqual([]);
    // a client that may create the directory is as wrong as before
    const created = findingsOf(yaml).filter(each => each.includes('SHM111'));
    expect(created).toEqual(yaml.includes('DirectoryOrCreate') ? ['3: SHM111 warning'] : []);
  });

  test('the contract in JSON is of the second version, and its schema accepts it', () => {
    const json = JSON.parse(cache.toJson());
    expect(json.apiVersion).toBe('cdk8s-shared-memory/v2');
    const ajv = new Ajv({ strict: false });
    expect([ajv.validate(CONTRACT_SCHEMA_2, json), ajv.errors]).toEqual([true, null]);
    expect(AgentContract.fromJson(cache.toJson()).toJson()).toBe(cache.toJson());
  });
});

test('a node selector for another system contradicts all Linux nodes', () => {
  const pod = { ...hostIpc, nodeSelector: { 'kubernetes.io/os': 'windows' } };
  const { client, after } = both(pod);
  segments().attachTo(client, { asIs: true });
  expect(messageOf(after)).toContain('given "windows", written by the workload itself');
});

test.each<[string, () => unknown, string]>([
  [
    'a client that mounts something else, as it is',
    () => {
      const { client, after } = both(hostPath('/run/other', '/run/cache'));
      sockets().attachTo(client, { asIs: true });
      return after();
    },
    'SHM011',
  ],
  [
    'a client that mounts a file, as it is',
    () => {
      const { client, after } = both(hostPath('/run/cache', '/run/cache', 'Socket'));
      sockets().attachTo(client, { asIs: true });
      return after();
    },
    'SHM011',
  ],
  [
    'an agent whose nodes have a label that its pods do not ask for, as it is',
    () => {
      const { agent, after } = both(hostIpc);
      found(SharedMemory.systemV({}), {
        nodes: AgentNodes.labeled('example.com/cache', 'yes'),
      }).serveFrom(agent, { asIs: true });
      return after();
    },
    'spec.template.spec.nodeSelector["example.com/cache"]: given nothing, with asIs; allowed what contract cache needs there: "yes"',
  ],
  [
    'an agent that surges, as it is',
    () => {
      const { agent, after } = both(hostIpc, {
        updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      });
      segments().serveFrom(agent, { asIs: true });
      return after();
    },
    'spec.updateStrategy.rollingUpdate.maxSurge: given 1',
  ],
  [
    'asIs with replaces, for an agent',
    () => devShm().serveFrom(both(hostIpc).agent, { asIs: true, replaces: ['shared'] }),
    'SHM007 [test/agent] asIs: given true, with replaces: ["shared"]',
  ],
  [
    'a directory that clients do not wait for, with something to wait for',
    () => sockets(false, { readyWhen: ReadyWhen.file('ready', { toolImage: TOOLS }) }),
    'fix: leave out one of them: readyWhen, or clientsWait: false',
  ],
  [
    'a directory without readyWhen',
    () => sockets(true),
    'if nobody knows what that is, Backing.existing(path, { contains, clientsWait: false })',
  ],
  [
    'a directory of the library without an owner',
    () => found(SharedMemory.files({ size: Size.mebibytes(1), mountPath: '/run/cache' })),
    'SHM004 [contract cache] ownerId: given nothing',
  ],
  [
    'a sidecar for memory of unknown size',
    () => new SidecarAgent({ contract: devShm(), containers: [AGENT] }),
    'SHM003 [SidecarAgent of contract cache] size of memory shm: given nothing',
  ],
  [
    'a clean-up of objects that nobody is known to own',
    () =>
      new NodeCleanup(chart(), 'cleanup', {
        contract: devShm(),
        devShmObjects: ['cache'],
        toolImage: TOOLS,
      }),
    'SHM004 [test/cleanup] contract.ownerId',
  ],
])('fails with %s', (_, make, message) => {
  expect(messageOf(make)).toContain(message);
});

test('a contract with a size and ids stays of the first version', () => {
  expect(JSON.parse(sizedDevShm().toJson()).apiVersion).toBe('cdk8s-shared-memory/v1');
});

test('the pages and rules say that nobody knows the size, and never 0', () => {
  const { agent, client, after } = both(hostPath('/dev/shm', '/dev/shm'));
  devShm().serveFrom(agent, { asIs: true });
  devShm().attachTo(client, { asIs: true, access: Access.READ_WRITE });
  const yaml = after()
    .map(each => JSON.stringify(each))
    .join('\n---\n');
  const messages = foundIn(yaml).map(({ rule, message }) => `${rule.id} ${message}`);
  expect(messages).toContain(
    "SHM205 container app pays for the memory, of unknown size, of contract cache, but has no memory limit: only the node's memory bounds it",
  );
  const text = page(yaml);
  expect(text).toContain('| room for memory whose size is not known in `/dev/shm` |');
  expect([...messages, text].join('\n')).not.toMatch(/\b0 (of|in)\b/);
});
