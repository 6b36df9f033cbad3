import type { FieldPath, WrongField } from './contract-json-shape';
import type { ContractSpec } from './contract-spec';
import { at, isObject, objectsOf, type JsonObject } from '../../kube/json';
import { parseBytes } from '../../kube/quantity';
import { NODE_OS } from '../../kube/well-known';

/** The part of a contract in JSON form that can be read. */
export interface ReadableContract {
  readonly spec: ContractSpec;
  /** The fields of which only a part, or nothing, is in the contract. */
  readonly unread: readonly (keyof ContractSpec)[];
}

/** A size that every memory may have, also in huge pages. */
const ANY_SIZE = 2 ** 30;

/** What stands for a required field that cannot be read: nothing is wrong with it. */
const STAND_INS: Partial<Record<keyof ContractSpec, unknown>> = {
  name: 'unread',
  namespace: 'unread',
  version: 'unread',
  clients: 'readOnly',
  ownerId: 1,
  groupId: 1,
};

const ALL_NODES = { key: NODE_OS, value: 'linux' };

/**
 * Returns what can be read of a contract in JSON form, so that one error has all of its problems.
 * What is wrong is left out, or something that is right stands for it.
 */
export function readableContract(json: JsonObject, wrong: readonly WrongField[]): ReadableContract {
  const paths = wrong.map(({ path }) => path);
  const isRight = (...start: FieldPath) =>
    !paths.some(path => start.every((key, i) => path[i] === key));
  const memory = objectsOf(json.memory).filter((_, i) =>
    paths.every(([root, index, key]) => root !== 'memory' || index !== i || key === 'size'),
  );
  const roots = [...new Set(paths.map(([root]) => root))];
  const read: Record<string, unknown> = { ...json };
  for (const root of roots) {
    read[root] = rightParts(root, json[root], isRight);
  }
  read.memory = memory.map(m => ({ ...m, ...sizeOf(m) }));
  const isWhole = Array.isArray(json.memory) && json.memory.length === memory.length;
  return {
    spec: read as unknown as ContractSpec,
    unread: roots.filter(root => root !== 'memory' || !isWhole),
  };
}

/** Returns the parts of a field that can be read, or what stands for it. */
function rightParts(
  field: keyof ContractSpec,
  value: unknown,
  isRight: (...start: FieldPath) => boolean,
): unknown {
  switch (field) {
    case 'acknowledgements':
      return objectsOf(value).filter((_, i) => isRight(field, i));
    case 'env':
      return Object.fromEntries(
        Object.entries(isObject(value) ? value : {}).filter(
          ([name, each]) => isObject(each) && isRight(field, name),
        ),
      );
    case 'nodes':
      return {
        label: isRight(field, 'label') ? at(value, 'label') : ALL_NODES,
        ...(isRight(field, 'taint') ? { taint: at(value, 'taint') } : {}),
      };
    default:
      return STAND_INS[field];
  }
}

function sizeOf(memory: JsonObject): { size?: number } {
  if (memory.size === undefined) {
    return {};
  }
  const bytes = typeof memory.size === 'string' ? parseBytes(memory.size) : undefined;
  return { size: bytes === undefined ? ANY_SIZE : Number(bytes) };
}
