import { checkSpec } from './contract-check';
import { KEYS, MEMORY_KEYS, misspeltFields } from './contract-json-names';
import { readableContract } from './contract-json-readable';
import { AGAIN, wrongFields } from './contract-json-shape';
import type { ContractSpec } from './contract-spec';
import { API_VERSION_2 } from './contract-version';
import { InputChecks, InputError, show, type Problem } from '../../errors';
import { isObject, type JsonObject } from '../../kube/json';
import { formatBytes } from '../../kube/quantity';
import { API_VERSION } from '../annotation-codec';

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
 * Reads the JSON text of a contract. Unknown fields are preserved, unless their names are those of
 * known ones, misspelled. Throws an error for another
 * `apiVersion`. Throws one error for all fields of a wrong type and all values that are not valid.
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
  const misspelt = misspeltFields(json);
  const named = new Set(misspelt.map(({ path }) => path.join('.')));
  const wrong = [
    ...misspelt,
    ...wrongFields(json).filter(({ path }) => !named.has(path.join('.'))),
  ];
  const { spec, unread } = readableContract(json, wrong);
  const checks = new InputChecks(unread.includes('name') ? where : `contract ${spec.name}`);
  wrong.forEach(({ problem }) => checks.add({ ...problem, place: where }));
  checkSpec(spec, spec.apiVersion === API_VERSION, checks, unread);
  if (checks.problems.length > 0) {
    throw new InputError(checks.where, ...checks.problems.map(forReaders));
  }
  return spec;
}

/** Who reads a contract cannot mend its values: its owner can. */
function forReaders(problem: Problem): Problem {
  return problem.code === 'SHM018'
    ? problem
    : { ...problem, fix: `ask the owner of the contract for a file that is right: ${problem.fix}` };
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
