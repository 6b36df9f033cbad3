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
import { show, type Problem } from '../../errors';
import { at, isObject, objectsOf, type JsonObject } from '../../kube/json';
import { parseBytes } from '../../kube/quantity';
import { API_VERSION } from '../annotation-codec';

/** Few people write the JSON form by hand: most get it from the owner of the contract. */
export const AGAIN =
  'get it again from the owner of the contract, who writes it with contract.toFile(); docs/contract.md of the package has its fields';

/** The keys that lead to a field of a contract, from its root. */
export type FieldPath = readonly [keyof ContractSpec, ...(string | number)[]];

/** A field that the checks of values, which rely on its type, cannot read. */
export interface WrongField {
  readonly path: FieldPath;
  readonly problem: Problem;
}

/** Returns the fields of a contract in JSON form whose type is wrong. */
export function wrongFields(json: JsonObject): WrongField[] {
  const wrong: WrongField[] = [];
  const need = (ok: boolean, path: FieldPath, given: unknown, allowed: string) => {
    if (!ok) {
      const problem = {
        code: 'SHM018',
        field: dotted(path),
        given: show(given),
        allowed,
        fix: AGAIN,
      } as const;
      wrong.push({ path, problem });
    }
  };
  const text = (field: FieldPath, value: unknown, optional = false) =>
    need(typeof value === 'string' || (optional && value === undefined), field, value, 'a string');
  const number = (field: FieldPath, value: unknown) =>
    need(value === undefined || typeof value === 'number', field, value, 'a number');
  const oneOf = (field: FieldPath, value: unknown, values: readonly unknown[]) =>
    need(
      values.includes(value),
      field,
      value,
      values.map(v => (v === undefined ? 'absent' : show(v))).join(', '),
    );
  for (const field of ['name', 'namespace', 'version'] as const) {
    text([field], json[field]);
  }
  oneOf(['clients'], json.clients, ACCESSES);
  oneOf(['clientVolume'], json.clientVolume, [...CLIENT_VOLUMES, undefined]);
  oneOf(['chargedTo'], json.chargedTo, [...PAYERS, undefined]);
  oneOf(['hostPid'], json.hostPid, [true, false, undefined]);
  oneOf(['hostNetwork'], json.hostNetwork, [true, false, undefined]);
  oneOf(['seLinux'], json.seLinux, [true, false, undefined]);
  need(
    json.env === undefined || (isObject(json.env) && Object.values(json.env).every(isObject)),
    ['env'],
    json.env,
    'an object of objects',
  );
  for (const [name, each] of Object.entries(isObject(json.env) ? json.env : {})) {
    oneOf(['env', name, 'from'], at(each, 'from'), ENV_SOURCES);
    text(['env', name, 'memory'], at(each, 'memory'), true);
    text(['env', name, 'file'], at(each, 'file'), true);
  }
  text(['umask'], json.umask, true);
  for (const field of ['servedBy', 'team', 'dataClass'] as const) {
    text([field], json[field], true);
  }
  const nodePaths = json.allowedNodePaths ?? [];
  need(
    Array.isArray(nodePaths) && nodePaths.every(isObject),
    ['allowedNodePaths'],
    nodePaths,
    'a list of objects',
  );
  objectsOf(nodePaths).forEach((each, i) => {
    text(['allowedNodePaths', i, 'path'], each.path);
    text(['allowedNodePaths', i, 'reason'], each.reason);
  });
  oneOf(['clientUser'], json.clientUser, [...CLIENT_USERS, undefined]);
  if (json.apiVersion === API_VERSION) {
    const onlySecond = (field: FieldPath, value: unknown) =>
      need(
        value === undefined,
        field,
        value,
        `nothing with apiVersion ${API_VERSION}; ${API_VERSION_2} has it`,
      );
    V2_FIELDS.forEach(field => onlySecond([field], json[field]));
    objectsOf(json.memory).forEach((m, i) =>
      V2_MEMORY_FIELDS.forEach(field => onlySecond(['memory', i, field], m[field])),
    );
  }
  number(['ownerId'], json.ownerId);
  number(['groupId'], json.groupId);
  need(
    Array.isArray(json.memory) && json.memory.every(isObject),
    ['memory'],
    json.memory,
    'a list of objects',
  );
  objectsOf(json.memory).forEach((m, i) => {
    text(['memory', i, 'name'], m.name);
    oneOf(['memory', i, 'api'], m.api, APIS);
    need(
      m.size === undefined
        ? json.apiVersion !== API_VERSION
        : typeof m.size === 'string' && parseBytes(m.size) !== undefined,
      ['memory', i, 'size'],
      m.size,
      'a quantity like "256Mi"',
    );
    text(['memory', i, 'mountPath'], m.mountPath, true);
    need(
      json.apiVersion !== API_VERSION ||
        typeof m.mountPath !== 'string' ||
        !isInDevShm(m.mountPath),
      ['memory', i, 'mountPath'],
      m.mountPath,
      `a path outside /dev with apiVersion ${API_VERSION}`,
    );
    if (m.existing !== undefined) {
      text(['memory', i, 'existing', 'path'], at(m.existing, 'path'));
      oneOf(['memory', i, 'existing', 'contains'], at(m.existing, 'contains'), NODE_CONTENTS);
      text(['memory', i, 'existing', 'guardImage'], at(m.existing, 'guardImage'), true);
      oneOf(['memory', i, 'existing', 'clientsWait'], at(m.existing, 'clientsWait'), [
        true,
        false,
        undefined,
      ]);
    }
    for (const field of ['executable', 'sticky']) {
      oneOf(['memory', i, field], m[field], [true, false, undefined]);
    }
    oneOf(['memory', i, 'hugePages'], m.hugePages, [...HUGE_PAGE_SIZES, undefined]);
    oneOf(['memory', i, 'backing'], m.backing, [
      ...(json.apiVersion === API_VERSION ? BACKINGS : BACKINGS_2),
      undefined,
    ]);
  });
  for (const field of ['key', 'value']) {
    text(['nodes', 'label', field], at(json.nodes, 'label', field));
  }
  if (at(json.nodes, 'taint') !== undefined) {
    for (const field of ['key', 'value']) {
      text(['nodes', 'taint', field], at(json.nodes, 'taint', field));
    }
    oneOf(['nodes', 'taint', 'effect'], at(json.nodes, 'taint', 'effect'), ['NoSchedule']);
  }
  if (json.readyWhen !== undefined) {
    need(isObject(json.readyWhen), ['readyWhen'], json.readyWhen, 'an object');
    text(['readyWhen', 'toolImage'], at(json.readyWhen, 'toolImage'));
    text(['readyWhen', 'file'], at(json.readyWhen, 'file'), true);
    text(['readyWhen', 'socket'], at(json.readyWhen, 'socket'), true);
    text(['readyWhen', 'memory'], at(json.readyWhen, 'memory'), true);
    number(['readyWhen', 'systemVKey'], at(json.readyWhen, 'systemVKey'));
  }
  const acknowledgements = json.acknowledgements ?? [];
  need(
    Array.isArray(acknowledgements) && acknowledgements.every(isObject),
    ['acknowledgements'],
    acknowledgements,
    'a list of objects',
  );
  objectsOf(acknowledgements).forEach((each, i) => {
    for (const field of ['rule', 'reason']) {
      text(['acknowledgements', i, field], each[field]);
    }
    text(['acknowledgements', i, 'until'], each.until, true);
    need(
      each.exportTo === undefined || Array.isArray(each.exportTo),
      ['acknowledgements', i, 'exportTo'],
      each.exportTo,
      'a list',
    );
  });
  return wrong;
}

/** Returns a path as people write it: `memory[0].size`. */
export function dotted([first, ...rest]: FieldPath): string {
  return rest.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${key}`),
    first,
  );
}
