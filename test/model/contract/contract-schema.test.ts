import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { Size } from 'cdk8s';
import * as fc from 'fast-check';
import { full } from './full-contract';
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
import { contract, TOOLS, type Rendered } from '../../yaml';

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
    json.memory[0].later = '2Mi';
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
