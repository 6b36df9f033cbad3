import Ajv from 'ajv';
import * as fc from 'fast-check';
import type { Json } from '../../src/kube/json';
import { ANNOTATION_KINDS } from '../../src/model/annotation-kinds';
import { MARK_SCHEMA } from '../../src/model/contract/contract-mark';
import { schemaProblem, type JsonSchema } from '../../src/model/json-schema';

const MARK = {
  apiVersion: 'cdk8s-shared-memory/v1',
  namespace: 'agents',
  version: 'v1',
  side: 'client',
  access: 'readOnly',
  group: 2000,
  memory: [
    { name: 'table', api: 'files', size: '1Mi', mountPath: '/run/routes', backing: 'directory' },
  ],
  containers: ['web'],
};
const memory = (more: object) => ({ ...MARK, memory: [{ ...MARK.memory[0], ...more }] });

test('a mark that is right has no problem', () => {
  expect(schemaProblem(MARK_SCHEMA, MARK as Json)).toBeUndefined();
});

test.each<[string, object, string, string]>([
  ['another version', { ...MARK, apiVersion: 'v99' }, 'apiVersion', '"cdk8s-shared-memory/v1"'],
  ['a field that is missing', { ...MARK, access: undefined }, 'access', 'readOnly or readWrite'],
  [
    'an unknown field',
    { ...MARK, acess: 'readOnly' },
    'acess',
    'absent: the fields are apiVersion, namespace, version, side, access, group, payer, hostPid, hostNetwork, memory, containers',
  ],
  ['an unknown value', { ...MARK, side: 'server' }, 'side', 'agent or client or sidecar'],
  ['a number that is text', { ...MARK, group: '2000' }, 'group', 'a whole number'],
  ['a number that is not whole', { ...MARK, group: 1.5 }, 'group', 'a whole number'],
  ['a number below the least', { ...MARK, group: 0 }, 'group', 'from 1 to 2147483647'],
  ['a number above the most', { ...MARK, group: 2 ** 31 }, 'group', 'from 1 to 2147483647'],
  [
    'text that is too long',
    { ...MARK, version: 'v'.repeat(21) },
    'version',
    'a string of at most 20 characters',
  ],
  [
    'text of another form',
    { ...MARK, version: 'V1' },
    'version',
    'a string that matches ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
  ],
  ['no list', { ...MARK, containers: 'web' }, 'containers', 'a list'],
  ['an empty list', { ...MARK, containers: [] }, 'containers', 'a list that is not empty'],
  ['an item of another type', { ...MARK, containers: ['web', 1] }, 'containers[1]', 'a string'],
  ['System V memory with a path', memory({ api: 'systemV' }), 'memory[0].mountPath', 'absent'],
  ['files without a path', memory({ mountPath: undefined }), 'memory[0].mountPath', 'present'],
])('fails with %s', (_, mark, field, allowed) => {
  expect(schemaProblem(MARK_SCHEMA, JSON.parse(JSON.stringify(mark)) as Json)).toEqual({
    field,
    allowed,
  });
});

test.each<[string, JsonSchema, object]>([
  ['a mark', MARK_SCHEMA, MARK],
  ...ANNOTATION_KINDS.map(({ key, schema }): [string, JsonSchema, object] => [
    key,
    schema,
    { apiVersion: 'cdk8s-shared-memory/v1' },
  ]),
])('a validator of JSON Schema says the same of %s', (_, schema, good) => {
  const fits = new Ajv({ strict: false }).compile(schema as object);
  const keys = Object.keys((schema as { properties: object }).properties);
  const spoilt = fc
    .tuple(fc.constantFrom(...keys, 'other'), fc.jsonValue())
    .map(([key, value]) => ({ ...good, [key]: value }));
  const inside = fc
    .tuple(fc.constantFrom('name', 'api', 'size', 'mountPath', 'backing', 'other'), fc.jsonValue())
    .map(([key, value]) => memory({ [key]: value }));
  fc.assert(
    fc.property(fc.oneof(spoilt, inside), json => {
      const value = JSON.parse(JSON.stringify(json)) as Json;
      expect([value, schemaProblem(schema, value) === undefined]).toEqual([value, fits(value)]);
    }),
    { numRuns: 500 },
  );
});
