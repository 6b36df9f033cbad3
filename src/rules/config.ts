import { readFileSync } from 'node:fs';
import { CATALOG, type Pack } from './catalog';
import type { Severity } from './rule-match';
import { isObject, textOf } from '../kube/json';
import { reasonOf, UsageError } from '../read/input-files';
import { readDocuments, Source } from '../read/source';

export const PACKS: readonly Pack[] = ['recommended', 'strict'];
export const FAIL_LEVELS = ['error', 'warning', 'note', 'never'] as const;
export type FailLevel = (typeof FAIL_LEVELS)[number];
const SEVERITIES = ['error', 'warning', 'note', 'off'];

/** The content of a configuration file. Command-line options take precedence over it. */
export interface Config {
  readonly pack?: Pack;
  readonly failOn?: FailLevel;
  readonly rules?: Readonly<Record<string, Severity | 'off'>>;
}

/**
 * The JSON Schema of a configuration file. docs/config.schema.json is generated from it. YAML 1.1
 * reads an unquoted `off` as false.
 */
export const CONFIG_SCHEMA = {
  type: 'object',
  properties: {
    pack: { enum: PACKS },
    failOn: { enum: FAIL_LEVELS },
    rules: {
      type: 'object',
      properties: Object.fromEntries(
        CATALOG.map(({ id, title }) => [id, { description: title, enum: [...SEVERITIES, false] }]),
      ),
      additionalProperties: false,
    },
  },
  additionalProperties: false,
} as const;

/**
 * Validates a configuration: `pack`, `failOn` and `rules` (a severity or `off` by rule ID). Throws
 * an error, which starts with `where`, if a field or a value is unknown.
 */
export function configOf(value: unknown, where: string): Config {
  const fail = (message: string): never => {
    throw new UsageError(`${where}: ${message}`);
  };
  if (!isObject(value)) {
    return fail('must be an object with pack, failOn and rules');
  }
  const { pack, failOn, rules = {}, ...unknown } = value;
  const [other] = Object.keys(unknown);
  if (other !== undefined) {
    fail(`${other}: unknown; allowed pack, failOn, rules`);
  }
  if (pack !== undefined && !PACKS.includes(pack as Pack)) {
    fail(`pack: given ${textOf(pack)}; allowed ${PACKS.join(', ')}`);
  }
  if (failOn !== undefined && !FAIL_LEVELS.includes(failOn as FailLevel)) {
    fail(`failOn: given ${textOf(failOn)}; allowed ${FAIL_LEVELS.join(', ')}`);
  }
  if (!isObject(rules)) {
    return fail('rules: must be an object with severities by id');
  }
  const severities = Object.entries(rules).map(([id, severity]) => [
    id,
    severity === false ? 'off' : textOf(severity),
  ]); // YAML 1.1 parses an unquoted off as false
  for (const [id, severity] of severities) {
    if (!CATALOG.some(rule => rule.id === id)) {
      fail(`rules.${id}: there is no such rule; cdk8s-shared-memory rules lists them`);
    }
    if (!SEVERITIES.includes(severity)) {
      fail(`rules.${id}: given ${severity}; allowed ${SEVERITIES.join(', ')}`);
    }
  }
  return {
    ...(pack === undefined ? {} : { pack }),
    ...(failOn === undefined ? {} : { failOn }),
    rules: Object.fromEntries(severities),
  } as Config;
}

/** Reads a configuration file in YAML or JSON. */
export function readConfig(path: string): Config {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path}: ${reasonOf(error)}`);
  }
  const { documents, problems } = readDocuments(new Source(path, text));
  if (problems.length > 0 || documents.length > 1) {
    throw new UsageError(`${path}: ${problems[0]?.message ?? 'must be one document'}`);
  }
  return configOf(documents[0]?.value ?? {}, path);
}

const ORDER = ['error', 'warning', 'note'];

/**
 * Checks whether findings fail a run: at least one is not acknowledged and is as severe as the
 * level, or more severe.
 */
export function failsAt(
  level: FailLevel,
  found: readonly { severity: Severity; acknowledged?: unknown }[],
): boolean {
  return found.some(
    ({ severity, acknowledged }) =>
      !acknowledged && ORDER.indexOf(severity) <= ORDER.indexOf(level),
  );
}
