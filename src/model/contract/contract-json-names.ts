import { AGAIN, dotted, type FieldPath, type WrongField } from './contract-json-shape';
import type { ContractSpec } from './contract-spec';
import { show } from '../../errors';
import { at, isObject, objectsOf, type Json, type JsonObject } from '../../kube/json';
import { distance } from '../../near-name';

/** The fields of a contract in JSON form, in the order in which they are written. */
export const KEYS = [
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
] as const satisfies readonly (keyof ContractSpec)[];

/** The fields of a memory, in their order. */
export const MEMORY_KEYS = [
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
const EXISTING_KEYS = ['path', 'contains', 'clientsWait', 'guardImage'];
const READY_WHEN_KEYS = ['toolImage', 'file', 'socket', 'systemVKey', 'memory'];
const LABEL_KEYS = ['key', 'value'];
const ACKNOWLEDGEMENT_KEYS = ['rule', 'reason', 'until', 'exportTo'];

/**
 * Returns the fields of a contract in JSON form that look like misspelled ones: a reader keeps
 * fields of newer releases, but a contract without its `readyWhen` would let clients start at once,
 * and nobody would know.
 */
export function misspeltFields(json: JsonObject): WrongField[] {
  const { nodes, readyWhen, env } = json;
  return [
    ...misspeltIn(json, KEYS, []),
    ...objectsOf(json.memory).flatMap((memory, i) => [
      ...misspeltIn(memory, MEMORY_KEYS, ['memory', i]),
      ...misspeltIn(memory.existing, EXISTING_KEYS, ['memory', i, 'existing']),
    ]),
    ...misspeltIn(nodes, ['label', 'taint'], ['nodes']),
    ...misspeltIn(at(nodes, 'label'), LABEL_KEYS, ['nodes', 'label']),
    ...misspeltIn(at(nodes, 'taint'), [...LABEL_KEYS, 'effect'], ['nodes', 'taint']),
    ...misspeltIn(readyWhen, READY_WHEN_KEYS, ['readyWhen']),
    ...Object.entries(isObject(env) ? env : {}).flatMap(([name, each]) =>
      misspeltIn(each, ['from', 'memory', 'file'], ['env', name]),
    ),
    ...objectsOf(json.acknowledgements).flatMap((each, i) =>
      misspeltIn(each, ACKNOWLEDGEMENT_KEYS, ['acknowledgements', i]),
    ),
  ];
}

function misspeltIn(
  object: Json | undefined,
  known: readonly string[],
  place: FieldPath | readonly [],
): WrongField[] {
  if (!isObject(object)) {
    return [];
  }
  return Object.keys(object)
    .filter(key => !known.includes(key))
    .flatMap((key): WrongField[] => {
      const meant = known.find(name => object[name] === undefined && isLike(key, name));
      if (meant === undefined) {
        return [];
      }
      const within = (name: string) => [...place, name] as unknown as FieldPath;
      return [
        {
          path: within(meant),
          problem: {
            code: 'SHM018',
            field: dotted(within(key)),
            given: 'a field of this name',
            allowed: show(meant),
            fix: AGAIN,
          },
        },
      ];
    });
}

/** Checks whether a name differs from another one in case, or in a letter or two. */
function isLike(key: string, name: string): boolean {
  return distance(key.toLowerCase(), name.toLowerCase()) <= (name.length < 6 ? 1 : 2);
}
