import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv from 'ajv';
import { Size } from 'cdk8s';
import * as fc from 'fast-check';
import {
  Access,
  AgentContract,
  Backing,
  ClientVolume,
  Payer,
  ReadyWhen,
  SharedMemory,
} from '../../../src';
import { InputError } from '../../../src/errors';
import { CONTRACT_SCHEMA } from '../../../src/model/contract/contract-schema';
import { chart, contract, deployment, rendered, TOOLS, type Rendered } from '../../yaml';

const scratch = mkdtempSync(join(tmpdir(), 'contract-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const full = () =>
  contract({
    memory: [
      SharedMemory.posix({ name: 'ring', size: Size.kibibytes(100), backing: Backing.directory() }),
      SharedMemory.systemV({ name: 'verdicts', size: Size.gibibytes(1) }),
    ],
    clientVolume: ClientVolume.hostPath(),
    readyWhen: ReadyWhen.file('ring', { memory: 'ring', toolImage: TOOLS }),
  });

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
  json.memory[0].hugePages = '2Mi';
  const written = AgentContract.fromJson(JSON.stringify(json)).toJson();
  expect(JSON.parse(written)).toEqual(json);
  expect(Object.keys(JSON.parse(written)).slice(-2)).toEqual(['alpha', 'zeta']);
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

describe('the published JSON Schema', () => {
  const fits = new Ajv({ strictTypes: false }).compile(
    JSON.parse(
      readFileSync(join(__dirname, '../../../docs/contract.schema.json'), 'utf8'),
    ) as object,
  );
  const files = SharedMemory.files({
    name: 'table',
    size: Size.mebibytes(1),
    mountPath: '/run/routes',
  });

  test('accepts the reasons of acknowledgements that the reader accepts, and no others', () => {
    const memory = [SharedMemory.systemV({ size: Size.mebibytes(1) })];
    const json = JSON.parse(contract({ memory }).toJson()) as Rendered;
    const part = fc.constantFrom(
      ...['a', ' ', '{', '{{', '=', '\n', '\u2028', '\u2029', '\u202e', '\u200f', '\ud800', '😀'],
      ...['until', 'Until ', 'until2', 'é', '\u00a0'],
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.boolean(), (parts, ends) => {
        const reason = parts.join('');
        const acknowledgement = { rule: 'SHM301', reason, ...(ends && { until: '2030-01-31' }) };
        const text = JSON.stringify({ ...json, acknowledgements: [acknowledgement] });
        let isRead = true;
        try {
          AgentContract.fromJson(text);
        } catch {
          isRead = false;
        }
        expect([reason, fits(JSON.parse(text))]).toEqual([reason, isRead]);
      }),
      { numRuns: 500 },
    );
  });

  test.each<[string, AgentContract]>([
    [
      'all memories',
      contract({
        memory: [
          files,
          SharedMemory.posix({ size: Size.kibibytes(1) }),
          SharedMemory.systemV({ name: 'v', size: Size.gibibytes(1) }),
          SharedMemory.descriptors({ name: 'd', size: Size.mebibytes(1), mountPath: '/run/d' }),
        ],
      }),
    ],
    [
      'all options',
      contract({
        clients: Access.READ_WRITE,
        chargedTo: Payer.CLIENT,
        hostPid: true,
        hostNetwork: false,
        clientVolume: ClientVolume.hostPath(),
        readyWhen: ReadyWhen.socket('a/b', { toolImage: TOOLS }),
      }),
    ],
    [
      'backings',
      contract({
        memory: [SharedMemory.posix({ size: Size.kibibytes(1), backing: Backing.tmpfs() })],
        readyWhen: ReadyWhen.file('x', { toolImage: TOOLS }),
      }),
    ],
    [
      'no ids',
      contract({
        memory: [SharedMemory.systemV({ size: Size.mebibytes(1) })],
        ownerId: undefined,
        groupId: undefined,
        readyWhen: ReadyWhen.systemVKey(5, { toolImage: TOOLS }),
      }),
    ],
  ])('accepts what toJson() writes: %s', (_, c) => {
    expect([fits(JSON.parse(c.toJson())), fits.errors]).toEqual([true, null]);
  });

  test('accepts fields that it does not know', () => {
    const json = { ...JSON.parse(contract().toJson()), later: 1 };
    json.memory[0].hugePages = '2Mi';
    expect(fits(json)).toBe(true);
  });

  const good = JSON.parse(contract().toJson()) as Record<string, unknown>;
  const memory = (more: object) => ({
    ...good,
    memory: [{ ...(good.memory as object[])[0], ...more }],
  });
  test.each<[string, object]>([
    ['another apiVersion', { ...good, apiVersion: 'cdk8s-shared-memory/v3' }],
    ['a name that is no DNS label', { ...good, name: 'Routes' }],
    ['a long version', { ...good, version: 'v'.repeat(21) }],
    ['no memory', { ...good, memory: [] }],
    ['another API', memory({ api: 'mmap' })],
    ['a size that is no quantity', memory({ size: '1 MB' })],
    ['a path below /proc', memory({ mountPath: '/proc/x' })],
    ['a path with ..', memory({ mountPath: '/run/../x' })],
    ['files without a path', memory({ mountPath: undefined })],
    ['POSIX memory elsewhere', memory({ api: 'posix' })],
    ['System V memory with a path', memory({ api: 'systemV' })],
    ['descriptors with a backing', memory({ api: 'descriptors', backing: 'tmpfs' })],
    ['root', { ...good, ownerId: 0 }],
    ['no group', { ...good, groupId: undefined }],
    [
      'a file and a socket to wait for',
      { ...good, readyWhen: { toolImage: TOOLS, file: 'a', socket: 'b' } },
    ],
    ['a file elsewhere', { ...good, readyWhen: { toolImage: TOOLS, file: '../a' } }],
    ['another payer', { ...good, chargedTo: 'nobody' }],
  ])('fails with %s, as fromJson() does', (_, json) => {
    const text = JSON.stringify(json);
    expect(fits(JSON.parse(text))).toBe(false);
    expect(() => AgentContract.fromJson(text)).toThrow(InputError);
  });

  test('what fromJson() accepts of broken JSON, it accepts too', () => {
    const inMemory = fc.tuple(
      fc.constantFrom('name', 'api', 'size', 'mountPath', 'backing'),
      fc.oneof(fc.jsonValue(), fc.constantFrom('files', 'posix', 'tmpfs', '/dev/shm', '1Gi')),
    );
    const broken = fc.oneof(
      fc
        .tuple(fc.constantFrom(...Object.keys(good)), fc.jsonValue())
        .map(([key, value]): object => ({ ...good, [key]: value })),
      inMemory.map(([key, value]) => memory({ [key]: value })),
    );
    fc.assert(
      fc.property(broken, json => {
        const text = JSON.stringify(json);
        try {
          AgentContract.fromJson(text);
        } catch {
          return;
        }
        expect([text, fits(JSON.parse(text))]).toEqual([text, true]);
      }),
      { numRuns: 500 },
    );
  });

  test('what it accepts of broken JSON, fromJson() accepts too', () => {
    const broken = fc
      .tuple(fc.constantFrom(...Object.keys(good)), fc.jsonValue())
      .map(([key, value]) => ({ ...good, [key]: value }));
    fc.assert(
      fc.property(broken, json => {
        if (fits(json)) {
          AgentContract.fromJson(JSON.stringify(json));
        }
      }),
      { numRuns: 300 },
    );
  });
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

/** The JSON of a contract with an object in the place of each of its values, and where that is. */
function withObjects(json: Rendered): [field: string, text: string][] {
  const places: [string, (string | number)[]][] = [];
  const visit = (value: Rendered, field: string, keys: (string | number)[]) => {
    if (keys.length > 0) {
      places.push([field, keys]);
    }
    if (Array.isArray(value)) {
      value.forEach((item, i) => visit(item, `${field}[${i}]`, [...keys, i]));
    } else if (typeof value === 'object') {
      Object.entries(value).forEach(([key, item]) =>
        visit(item, field === '' ? key : `${field}.${key}`, [...keys, key]),
      );
    }
  };
  visit(json, '', []);
  return places.map(([field, keys]) => {
    const copy = structuredClone(json);
    const holder = keys.slice(0, -1).reduce((object, key) => object[key], copy);
    holder[keys.at(-1) as string] = { unknown: 1 };
    return [field, JSON.stringify(copy)];
  });
}

test.each(withObjects(JSON.parse(full().toJson())))(
  'fails with an object at %s, for the schema as for fromJson()',
  (field, text) => {
    expect(() => AgentContract.fromJson(text)).toThrow(InputError);
    const validate = new Ajv({ strict: false }).compile(CONTRACT_SCHEMA);
    validate(JSON.parse(text));
    const pointer = `/${field.replace(/\[(\d+)\]/g, '.$1').replaceAll('.', '/')}`;
    expect(validate.errors?.[0].instancePath).toBe(pointer);
  },
);
