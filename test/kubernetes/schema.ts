import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';

interface Bundle {
  readonly kubernetes: string;
  readonly kinds: Record<string, string>;
  readonly definitions: Record<string, object>;
}

interface Oracle {
  readonly bundle: Bundle;
  readonly ajv: Ajv;
}

const oracles = new Map<string, Oracle>();

/**
 * What a strict API server of that Kubernetes minor says about the shape of one object: unknown and
 * misspelt fields, wrong types, missing fields, bad quantities. Empty when it is well-formed.
 * Values that depend on each other, defaults and admission are beyond a schema.
 *
 * `null` is an error here although the server reads it as absent: in rendered YAML it is always a
 * mistake.
 */
export function schemaErrors(object: unknown, version = '1.33'): string[] {
  const { apiVersion, kind, items } = Object(object);
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    return ['apiVersion and kind must be strings'];
  }
  const { bundle } = oracle(version);
  const definition = Object.hasOwn(bundle.kinds, `${apiVersion}/${kind}`)
    ? bundle.kinds[`${apiVersion}/${kind}`]
    : undefined;
  if (!definition) {
    return [`${apiVersion} ${kind}: not among the kinds of schema-${version}.json`];
  }

  const validate = validator(definition, version);
  const errors = validate(object) ? [] : (validate.errors ?? []).map(describe);
  if (kind === 'List' && Array.isArray(items)) {
    items.forEach((item, index) =>
      errors.push(
        ...schemaErrors(item, version).map(
          error => `/items/${index}${error.startsWith('/') ? '' : ': '}${error}`,
        ),
      ),
    );
  }
  return errors;
}

/** The Kubernetes minors that have a schema here, the oldest first. */
export const SCHEMA_VERSIONS: readonly string[] = readdirSync(__dirname)
  .flatMap(file => /^schema-(1\.\d+)\.json$/.exec(file)?.[1] ?? [])
  .sort((a, b) => minorOf(a) - minorOf(b));

/** The second number of a Kubernetes version, to compare versions by. */
export function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}

/** Every `apiVersion/kind` that `schemaErrors` knows. */
export function schemaKinds(version = '1.33'): string[] {
  return Object.keys(oracle(version).bundle.kinds);
}

function oracle(version: string): Oracle {
  let found = oracles.get(version);
  if (!found) {
    const file = join(__dirname, `schema-${version}.json`);
    if (!existsSync(file)) {
      throw new Error(
        `no schema for Kubernetes ${version}: run scripts/kubernetes-schema.ts ${version}.<patch>`,
      );
    }
    const bundle: Bundle = JSON.parse(readFileSync(file, 'utf8'));
    const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
    ajv.addSchema({ $id: version, definitions: bundle.definitions }, version);
    found = { bundle, ajv };
    oracles.set(version, found);
  }
  return found;
}

/** Ajv compiles a definition at its first use, so a test pays for the kinds it looks at. */
function validator(definition: string, version: string): ValidateFunction {
  const validate = oracle(version).ajv.getSchema(`${version}#/definitions/${definition}`);
  if (!validate) {
    throw new Error(`schema-${version}.json does not define ${definition}`);
  }
  return validate;
}

function describe(error: ErrorObject): string {
  const { additionalProperty } = error.params;
  return typeof additionalProperty === 'string'
    ? `${error.instancePath}/${additionalProperty}: unknown field`
    : `${error.instancePath || '/'}: ${error.message}`;
}
