import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { full } from './full-contract';
import { AgentContract, ReadyWhen } from '../../../src';
import { InputError } from '../../../src/errors';
import { messageOf } from '../../bad-input/message';
import { chart, contract, deployment, rendered, TOOLS, type Rendered } from '../../yaml';

const scratch = mkdtempSync(join(tmpdir(), 'contract-'));
afterAll(() => rmSync(scratch, { recursive: true }));

test('the JSON form', () => {
  expect(full().toJson()).toBe(`{
  "apiVersion": "cdk8s-shared-memory/v1",
  "name": "routes",
  "namespace": "node-agents",
  "version": "v1",
  "memory": [
    {
      "name": "ring",
      "api": "posix",
      "size": "100Ki",
      "mountPath": "/dev/shm",
      "backing": "directory"
    },
    {
      "name": "verdicts",
      "api": "systemV",
      "size": "1Gi"
    }
  ],
  "nodes": {
    "label": {
      "key": "example.com/routes-agent",
      "value": "yes"
    },
    "taint": {
      "key": "example.com/routes-agent",
      "value": "yes",
      "effect": "NoSchedule"
    }
  },
  "ownerId": 10001,
  "groupId": 2000,
  "clients": "readOnly",
  "clientVolume": "hostPath",
  "readyWhen": {
    "toolImage": "registry.example.com/busybox:1.36",
    "file": "ring",
    "memory": "ring"
  }
}
`);
});

test('a contract that was written and read attaches the same', () => {
  const file = join(scratch, 'routes.contract.json');
  full().toFile(file);
  expect(readFileSync(file, 'utf8')).toBe(full().toJson());
  expect(readdirSync(scratch)).toEqual(['routes.contract.json']);
  const yaml = (c: AgentContract) => {
    const scope = chart();
    c.attachTo(deployment(scope));
    return rendered(scope, 'Deployment');
  };
  expect(yaml(AgentContract.fromFile(file))).toEqual(yaml(full()));
});

test('fails to write without losing what was there', () => {
  expect(() => full().toFile(join(scratch, 'no', 'such', 'folder.json'))).toThrow('ENOENT');
});

test('fields that this version does not know are kept, behind those it knows', () => {
  const json = { ...JSON.parse(contract().toJson()), zeta: { a: 1 }, alpha: [2] };
  json.memory[0].later = '2Mi';
  const written = AgentContract.fromJson(JSON.stringify(json)).toJson();
  expect(JSON.parse(written)).toEqual(json);
  expect(Object.keys(JSON.parse(written)).slice(-2)).toEqual(['alpha', 'zeta']);
});

test.each<[string, (json: Rendered) => object, string, string]>([
  [
    'the gate',
    ({ readyWhen, ...json }) => ({ ...json, readywhen: readyWhen }),
    'readywhen',
    'readyWhen',
  ],
  ['a group', ({ groupId, ...json }) => ({ ...json, groupID: groupId }), 'groupID', 'groupId'],
  [
    'a taint',
    ({ nodes: { label, taint }, ...json }) => ({ ...json, nodes: { label, taints: taint } }),
    'nodes.taints',
    'taint',
  ],
  [
    'a path',
    ({ memory: [{ mountPath, ...first }], ...json }) => ({
      ...json,
      memory: [{ ...first, mountpath: mountPath }],
    }),
    'memory[0].mountpath',
    'mountPath',
  ],
  [
    'an image',
    ({ readyWhen: { toolImage, ...ready }, ...json }) => ({
      ...json,
      readyWhen: { ...ready, toolImages: toolImage },
    }),
    'readyWhen.toolImages',
    'toolImage',
  ],
  [
    'a reason',
    json => ({
      ...{ ...json, apiVersion: 'cdk8s-shared-memory/v2' },
      allowedNodePaths: [{ path: '/opt/vendor', reasons: 'theirs' }],
    }),
    'allowedNodePaths[0].reasons',
    'reason',
  ],
  [
    'where a variable comes from',
    json => ({
      ...{ ...json, apiVersion: 'cdk8s-shared-memory/v2' },
      env: { ROUTES: { form: 'mountPath' } },
    }),
    'env.ROUTES.form',
    'from',
  ],
])('fails with the one name that is misspelled: %s', (_, change, field, meant) => {
  const right = JSON.parse(
    contract({ readyWhen: ReadyWhen.file('ready', { toolImage: TOOLS }) }).toJson(),
  ) as Rendered;
  expect(() => AgentContract.fromJson(JSON.stringify(right))).not.toThrow();
  expect(messageOf(() => AgentContract.fromJson(JSON.stringify(change(right))))).toBe(
    `SHM018 [contract JSON] ${field}: given an unknown field; allowed "${meant}"; fix: get it again from the owner of the contract, who writes it with contract.toFile(); docs/contract.md of the package has its fields`,
  );
});

test('what is read is written the same, whatever the contract', () => {
  const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
  const memory = fc.oneof(
    fc.record({ api: fc.constant('systemV'), size: fc.constantFrom('1', '100Ki', '64Mi', '2Gi') }),
    fc.record({
      api: fc.constant('files'),
      size: fc.constantFrom('1Ki', '3Mi'),
      mountPath: label.map(l => `/run/${l}`),
      backing: fc.constantFrom('directory', 'devShm', undefined),
    }),
  );
  const memories = fc
    .uniqueArray(fc.tuple(label, memory), {
      minLength: 1,
      maxLength: 4,
      selector: ([name, m]) => `${name}` + ('mountPath' in m ? '' : ''),
    })
    .filter(
      list =>
        new Set(list.map(([, m], i) => ('mountPath' in m ? m.mountPath : i))).size === list.length,
    )
    .map(list => list.map(([name, m]) => ({ name, ...m })));
  const contracts = fc.record({
    apiVersion: fc.constant('cdk8s-shared-memory/v1'),
    name: label,
    namespace: label,
    version: label,
    memory: memories,
    nodes: fc.record({ label: fc.record({ key: label, value: label }) }),
    ownerId: fc.integer({ min: 1, max: 65535 }),
    groupId: fc.integer({ min: 1, max: 65535 }),
    clients: fc.constant('readOnly'),
  });
  fc.assert(
    fc.property(contracts, json => {
      const once = AgentContract.fromJson(JSON.stringify(json)).toJson();
      expect(JSON.parse(once)).toEqual(JSON.parse(JSON.stringify(json)));
      expect(AgentContract.fromJson(once).toJson()).toBe(once);
    }),
  );
});

test('fails with a clear error, whatever the JSON', () => {
  const good = JSON.parse(contract().toJson()) as Record<string, unknown>;
  const broken = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .tuple(fc.constantFrom(...Object.keys(good)), fc.jsonValue())
      .map(([key, value]) => JSON.stringify({ ...good, [key]: value })),
    fc
      .tuple(fc.constantFrom('name', 'api', 'size', 'mountPath', 'backing'), fc.jsonValue())
      .map(([key, value]) =>
        JSON.stringify({ ...good, memory: [{ ...(good.memory as object[])[0], [key]: value }] }),
      ),
  );
  fc.assert(
    fc.property(broken, text => {
      try {
        AgentContract.fromJson(text);
      } catch (e) {
        expect(e).toBeInstanceOf(InputError);
        expect((e as Error).message).toMatch(/^SHM0\d\d \[.*\] .+: given .*; allowed .*; fix: .+/s);
      }
    }),
    { numRuns: 500 },
  );
});
