import { equal, isObject, type Json } from '../kube/json';

/**
 * The part of JSON Schema (draft 7) that the schemas of this library use. The code validates values
 * with the same objects from which the published schemas in docs/ are generated, so the two cannot
 * contradict each other.
 */
export type JsonSchema =
  | false
  | {
      readonly $schema?: string;
      readonly title?: string;
      readonly description?: string;
      readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
      readonly const?: Json;
      readonly enum?: readonly string[];
      readonly properties?: { readonly [key: string]: JsonSchema };
      readonly required?: readonly string[];
      readonly additionalProperties?: false;
      readonly items?: JsonSchema;
      readonly minItems?: number;
      readonly pattern?: string;
      readonly maxLength?: number;
      readonly minimum?: number;
      readonly maximum?: number;
      readonly if?: JsonSchema;
      readonly then?: JsonSchema;
      readonly else?: JsonSchema;
      readonly definitions?: { readonly [key: string]: JsonSchema };
    };

/** The first violation of a schema that was found in a value. */
export interface SchemaProblem {
  /**
   * Path of the invalid field, as people write it: `memory[0].size`. Empty for the value itself.
   */
  readonly field: string;
  readonly allowed: string;
}

/**
 * Validates a value against a schema. Returns the first violation, or nothing if the value is
 * valid.
 */
export function schemaProblem(
  schema: JsonSchema,
  value: Json | undefined,
  field = '',
): SchemaProblem | undefined {
  if (schema === false) {
    return { field, allowed: 'absent' };
  }
  return (
    valueProblem(schema, value, field) ??
    (isObject(value) ? fieldProblem(schema, value, field) : undefined) ??
    (Array.isArray(value) ? itemProblem(schema, value, field) : undefined) ??
    conditionProblem(schema, value, field)
  );
}

type Schema = Exclude<JsonSchema, false>;

function valueProblem(
  schema: Schema,
  value: Json | undefined,
  field: string,
): SchemaProblem | undefined {
  if (schema.const !== undefined && !equal(value, schema.const)) {
    return { field, allowed: JSON.stringify(schema.const) };
  }
  if (schema.enum && !schema.enum.includes(value as string)) {
    return { field, allowed: schema.enum.join(' or ') };
  }
  if (schema.type && !isOfType(schema.type, value)) {
    return { field, allowed: TYPES[schema.type] };
  }
  if (typeof value === 'string') {
    return textProblem(schema, value, field);
  }
  return typeof value === 'number' ? numberProblem(schema, value, field) : undefined;
}

const TYPES = {
  object: 'an object',
  array: 'a list',
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
};

function isOfType(type: keyof typeof TYPES, value: Json | undefined): boolean {
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function textProblem(
  { pattern = '', maxLength = Infinity, description }: Schema,
  value: string,
  field: string,
): SchemaProblem | undefined {
  if ([...value].length > maxLength) {
    return { field, allowed: `a string of at most ${maxLength} characters` };
  }
  if (new RegExp(pattern, 'u').test(value)) {
    return undefined;
  }
  return { field, allowed: description ?? `a string that matches ${pattern}` };
}

function numberProblem(
  { minimum = -Infinity, maximum = Infinity }: Schema,
  value: number,
  field: string,
): SchemaProblem | undefined {
  if (value >= minimum && value <= maximum) {
    return undefined;
  }
  return {
    field,
    allowed: maximum === Infinity ? `at least ${minimum}` : `from ${minimum} to ${maximum}`,
  };
}

function fieldProblem(
  schema: Schema,
  value: { [key: string]: Json | undefined },
  field: string,
): SchemaProblem | undefined {
  const { properties = {}, required = [], additionalProperties } = schema;
  const pathOf = (key: string) => (field === '' ? key : `${field}.${key}`);
  const known = Object.keys(properties);
  const missing = required.find(key => value[key] === undefined);
  if (missing !== undefined) {
    return (
      schemaProblem(properties[missing] ?? {}, undefined, pathOf(missing)) ?? {
        field: pathOf(missing),
        allowed: 'present',
      }
    );
  }
  const unknown =
    additionalProperties === false
      ? Object.keys(value).find(key => !known.includes(key))
      : undefined;
  if (unknown !== undefined) {
    return { field: pathOf(unknown), allowed: `absent: the fields are ${known.join(', ')}` };
  }
  for (const key of known) {
    const problem =
      value[key] === undefined
        ? undefined
        : schemaProblem(properties[key], value[key], pathOf(key));
    if (problem) {
      return problem;
    }
  }
  return undefined;
}

function itemProblem(
  { items = {}, minItems = 0 }: Schema,
  value: readonly Json[],
  field: string,
): SchemaProblem | undefined {
  if (value.length < minItems) {
    return {
      field,
      allowed: minItems === 1 ? 'a list that is not empty' : `a list of at least ${minItems}`,
    };
  }
  for (const [i, item] of value.entries()) {
    const problem = schemaProblem(items, item, `${field}[${i}]`);
    if (problem) {
      return problem;
    }
  }
  return undefined;
}

function conditionProblem(
  schema: Schema,
  value: Json | undefined,
  field: string,
): SchemaProblem | undefined {
  if (schema.if === undefined) {
    return undefined;
  }
  const branch = schemaProblem(schema.if, value, field) === undefined ? schema.then : schema.else;
  return branch === undefined ? undefined : schemaProblem(branch, value, field);
}
