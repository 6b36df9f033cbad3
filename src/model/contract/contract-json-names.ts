import { AGAIN, dotted, type FieldPath, type WrongField } from './contract-json-shape';
import { CONTRACT_SCHEMA_2 } from './contract-schema';
import type { ContractSpec } from './contract-spec';
import { show } from '../../errors';
import { at, isObject, itemsOf, type Json, type JsonObject } from '../../kube/json';
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
/**
 * Returns the fields of a contract in JSON form that look like misspelled ones: a reader keeps
 * fields of newer releases, but a contract without its `readyWhen` would let clients start at once,
 * and nobody would know.
 */
export function misspeltFields(json: JsonObject): WrongField[] {
  return misspeltBelow(json, CONTRACT_SCHEMA_2, []);
}

/** Looks in an object, and in everything in it of which a schema knows the fields. */
function misspeltBelow(
  json: Json | undefined,
  { properties, items, additionalProperties: others }: NestedSchema,
  place: FieldPath | readonly [],
): WrongField[] {
  const within = (key: string | number) => [...place, key] as unknown as FieldPath;
  if (items !== undefined) {
    return itemsOf(json).flatMap((item, i) => misspeltBelow(item, items, within(i)));
  }
  if (!isObject(json)) {
    return [];
  }
  return [
    ...(properties === undefined ? [] : misspeltIn(json, Object.keys(properties), place)),
    ...Object.entries(json).flatMap(([key, value]) => {
      const schema = properties === undefined ? others : at(properties, key);
      return isObject(schema) ? misspeltBelow(value, schema, within(key)) : [];
    }),
  ];
}

/** The part of a JSON Schema that says which fields there are. */
interface NestedSchema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly items?: NestedSchema;
  readonly additionalProperties?: NestedSchema;
}

function misspeltIn(
  object: JsonObject,
  known: readonly string[],
  place: FieldPath | readonly [],
): WrongField[] {
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
            given: 'an unknown field',
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
