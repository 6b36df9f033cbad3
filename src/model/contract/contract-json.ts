import { validSpec } from './contract-check';
import {
  ACCESSES,
  APIS,
  BACKINGS,
  BACKINGS_2,
  CLIENT_USERS,
  CLIENT_VOLUMES,
  ENV_SOURCES,
  HUGE_PAGE_SIZES,
  NODE_CONTENTS,
  PAYERS,
  type ContractSpec,
} from './contract-spec';
import { API_VERSION_2, V2_FIELDS, V2_MEMORY_FIELDS } from './contract-version';
import { isInDevShm } from './memory-check';
import { InputError, show, type Problem } from '../../errors';
import { at, isObject, objectsOf, type JsonObject } from '../../kube/json';
import { formatBytes, parseBytes } from '../../kube/quantity';
import { API_VERSION } from '../annotation-codec';

/** Few people write the JSON form by hand: most get it from the owner of the contract. */
const AGAIN =
  'get it again from the owner of the contract, who writes it with contract.toFile(); docs/contract.md of the package has its fields';

const KEYS = [
  'apiVersion',
  'name',
  'namespace',
  'version',
  'memory',
  'nodes',
  'ownerId',
  'groupId',
  'clients',
  'clientVolume',
  'readyWhen',
  'chargedTo',
  'hostPid',
  'hostNetwork',
  'seLinux',
  'env',
  'umask',
  'clientUser',
  'servedBy',
  'team',
  'dataClass',
  'allowedNodePaths',
  'acknowledgements',
];
const MEMORY_KEYS = [
  'name',
  'api',
  'size',
  'mountPath',
  'backing',
  'executable',
  'sticky',
  'hugePages',
  'existing',
];

/**
 * Returns the JSON text of a contract: known fields in a fixed order, then the fields of newer
 * library versions, which are preserved.
 */
export function writeContract(spec: ContractSpec): string {
  const memory = spec.memory.map(m =>
    ordered(m.size === undefined ? m : { ...m, size: formatBytes(m.size) }, MEMORY_KEYS),
  );
  return `${JSON.stringify(ordered({ ...spec, memory }, KEYS), undefined, 2)}\n`;
}

/**
 * Reads the JSON text of a contract. Unknown fields are preserved. Throws an error for another
 * `apiVersion`, for fields of a wrong type, and for invalid values.
 */
export function readContract(text: string, where: string): ContractSpec {
  const fail = (field: string, given: string, allowed: string, fix: string): never => {
    throw new InputError(where, { code: 'SHM018', field, given, allowed, fix });
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (e) {
    return fail('text', (e as Error).message, 'JSON', AGAIN);
  }
  if (!isObject(json)) {
    return fail('text', show(json), 'an object', AGAIN);
  }
  if (json.apiVersion !== API_VERSION && json.apiVersion !== API_VERSION_2) {
    return fail(
      'apiVersion',
      show(json.apiVersion),
      `${show(API_VERSION)} or ${show(API_VERSION_2)}`,
      'use the version of cdk8s-shared-memory that wrote the contract, or a newer one',
    );
  }
  const problems = shape(json);
  if (problems.length > 0) {
    throw new InputError(where, ...problems);
  }
  const memory = objectsOf(json.memory).map(m =>
    m.size === undefined ? m : { ...m, size: Number(parseBytes(m.size)) },
  );
  const spec = { ...json, memory } as unknown as ContractSpec;
  return validSpec(spec, spec.apiVersion === API_VERSION);
}

/** Reads the JSON text of a contract in a file. Each problem says which file it is in. */
export function readContractOf(file: string, text: string): ContractSpec {
  const where = `contract JSON ${file}`;
  try {
    return readContract(text, where);
  } catch (error) {
    const placed = (place: string) => (place === where ? where : `${place}, ${where}`);
    throw error instanceof InputError
      ? new InputError(
          where,
          ...error.problems.map(p => ({ ...p, place: placed(p.place ?? error.place) })),
        )
      : error;
  }
}

/**
 * Returns the fields whose type is wrong. The checks of the values, which run later, rely on these
 * types.
 */
function shape(json: JsonObject): Problem[] {
  const problems: Problem[] = [];
  const need = (ok: boolean, field: string, given: unknown, allowed: string) => {
    if (!ok) {
      problems.push({
        code: 'SHM018',
        field,
        given: show(given),
        allowed,
        fix: AGAIN,
      });
    }
  };
  const text = (field: string, value: unknown, optional = false) =>
    need(typeof value === 'string' || (optional && value === undefined), field, value, 'a string');
  const number = (field: string, value: unknown) =>
    need(value === undefined || typeof value === 'number', field, value, 'a number');
  const oneOf = (field: string, value: unknown, values: readonly unknown[]) =>
    need(
      values.includes(value),
      field,
      value,
      values.map(v => (v === undefined ? 'absent' : show(v))).join(', '),
    );
  for (const field of ['name', 'namespace', 'version']) {
    text(field, json[field]);
  }
  oneOf('clients', json.clients, ACCESSES);
  oneOf('clientVolume', json.clientVolume, [...CLIENT_VOLUMES, undefined]);
  oneOf('chargedTo', json.chargedTo, [...PAYERS, undefined]);
  oneOf('hostPid', json.hostPid, [true, false, undefined]);
  oneOf('hostNetwork', json.hostNetwork, [true, false, undefined]);
  oneOf('seLinux', json.seLinux, [true, false, undefined]);
  need(
    json.env === undefined || (isObject(json.env) && Object.values(json.env).every(isObject)),
    'env',
    json.env,
    'an object of objects',
  );
  for (const [name, each] of Object.entries(isObject(json.env) ? json.env : {})) {
    oneOf(`env.${name}.from`, at(each, 'from'), ENV_SOURCES);
    text(`env.${name}.memory`, at(each, 'memory'), true);
    text(`env.${name}.file`, at(each, 'file'), true);
  }
  text('umask', json.umask, true);
  for (const field of ['servedBy', 'team', 'dataClass']) {
    text(field, json[field], true);
  }
  const nodePaths = json.allowedNodePaths ?? [];
  need(
    Array.isArray(nodePaths) && nodePaths.every(isObject),
    'allowedNodePaths',
    nodePaths,
    'a list of objects',
  );
  objectsOf(nodePaths).forEach((each, i) => {
    text(`allowedNodePaths[${i}].path`, each.path);
    text(`allowedNodePaths[${i}].reason`, each.reason);
  });
  oneOf('clientUser', json.clientUser, [...CLIENT_USERS, undefined]);
  if (json.apiVersion === API_VERSION) {
    const onlySecond = (field: string, value: unknown) =>
      need(
        value === undefined,
        field,
        value,
        `nothing with apiVersion ${API_VERSION}; ${API_VERSION_2} has it`,
      );
    V2_FIELDS.forEach(field => onlySecond(field, json[field]));
    objectsOf(json.memory).forEach((m, i) =>
      V2_MEMORY_FIELDS.forEach(field => onlySecond(`memory[${i}].${field}`, m[field])),
    );
  }
  number('ownerId', json.ownerId);
  number('groupId', json.groupId);
  need(
    Array.isArray(json.memory) && json.memory.every(isObject),
    'memory',
    json.memory,
    'a list of objects',
  );
  objectsOf(json.memory).forEach((m, i) => {
    text(`memory[${i}].name`, m.name);
    oneOf(`memory[${i}].api`, m.api, APIS);
    need(
      m.size === undefined
        ? json.apiVersion !== API_VERSION
        : typeof m.size === 'string' && parseBytes(m.size) !== undefined,
      `memory[${i}].size`,
      m.size,
      'a quantity like "256Mi"',
    );
    text(`memory[${i}].mountPath`, m.mountPath, true);
    need(
      json.apiVersion !== API_VERSION ||
        typeof m.mountPath !== 'string' ||
        !isInDevShm(m.mountPath),
      `memory[${i}].mountPath`,
      m.mountPath,
      `a path outside /dev with apiVersion ${API_VERSION}`,
    );
    if (m.existing !== undefined) {
      text(`memory[${i}].existing.path`, at(m.existing, 'path'));
      oneOf(`memory[${i}].existing.contains`, at(m.existing, 'contains'), NODE_CONTENTS);
      text(`memory[${i}].existing.guardImage`, at(m.existing, 'guardImage'), true);
      oneOf(`memory[${i}].existing.clientsWait`, at(m.existing, 'clientsWait'), [
        true,
        false,
        undefined,
      ]);
    }
    for (const field of ['executable', 'sticky']) {
      oneOf(`memory[${i}].${field}`, m[field], [true, false, undefined]);
    }
    oneOf(`memory[${i}].hugePages`, m.hugePages, [...HUGE_PAGE_SIZES, undefined]);
    oneOf(`memory[${i}].backing`, m.backing, [
      ...(json.apiVersion === API_VERSION ? BACKINGS : BACKINGS_2),
      undefined,
    ]);
  });
  for (const field of ['key', 'value']) {
    text(`nodes.label.${field}`, at(json.nodes, 'label', field));
  }
  if (at(json.nodes, 'taint') !== undefined) {
    for (const field of ['key', 'value']) {
      text(`nodes.taint.${field}`, at(json.nodes, 'taint', field));
    }
    oneOf('nodes.taint.effect', at(json.nodes, 'taint', 'effect'), ['NoSchedule']);
  }
  if (json.readyWhen !== undefined) {
    need(isObject(json.readyWhen), 'readyWhen', json.readyWhen, 'an object');
    text('readyWhen.toolImage', at(json.readyWhen, 'toolImage'));
    text('readyWhen.file', at(json.readyWhen, 'file'), true);
    text('readyWhen.socket', at(json.readyWhen, 'socket'), true);
    text('readyWhen.memory', at(json.readyWhen, 'memory'), true);
    number('readyWhen.systemVKey', at(json.readyWhen, 'systemVKey'));
  }
  const acknowledgements = json.acknowledgements ?? [];
  need(
    Array.isArray(acknowledgements) && acknowledgements.every(isObject),
    'acknowledgements',
    acknowledgements,
    'a list of objects',
  );
  objectsOf(acknowledgements).forEach((each, i) => {
    for (const field of ['rule', 'reason']) {
      text(`acknowledgements[${i}].${field}`, each[field]);
    }
    text(`acknowledgements[${i}].until`, each.until, true);
    need(
      each.exportTo === undefined || Array.isArray(each.exportTo),
      `acknowledgements[${i}].exportTo`,
      each.exportTo,
      'a list',
    );
  });
  return problems;
}

function ordered(object: object, first: readonly string[]): JsonObject {
  const rest = Object.keys(object)
    .filter(key => !first.includes(key))
    .sort();
  const entries = [...first, ...rest].map((key): [string, JsonObject[string]] => [
    key,
    (object as JsonObject)[key],
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
