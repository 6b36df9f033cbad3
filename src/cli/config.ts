import { readFileSync } from 'node:fs';
import { UsageError } from './inputs';
import { isObject } from '../kube/json';
import { readDocuments, Source } from '../kube/source';
import { CATALOG, type Pack } from '../rules/catalog';
import type { Severity } from '../rules/rule';

export const PACKS: readonly Pack[] = ['recommended', 'strict'];
export const LEVELS = ['error', 'warning', 'note', 'never'] as const;
export type Level = typeof LEVELS[number];
const SEVERITIES = ['error', 'warning', 'note', 'off'];

/** What a configuration file says; the command line goes before it. */
export interface Config { readonly pack?: Pack; readonly failOn?: Level; readonly rules?: Readonly<Record<string, Severity | 'off'>> }

/** Reads a configuration file: YAML or JSON with `pack`, `failOn` and `rules` (severity or `off` by id). What it does not know is an error. */
export function readConfig(path: string): Config {
  const fail = (message: string): never => { throw new UsageError(`${path}: ${message}`); };
  let text: string;
  try { text = readFileSync(path, 'utf8'); } catch (error) { return fail((error as Error).message); }
  const { documents, problems } = readDocuments(new Source(path, text));
  if (problems.length > 0) { fail(problems[0].message); }
  const [{ value } = { value: {} }] = documents;
  if (documents.length > 1 || !isObject(value)) { return fail('must be one object with pack, failOn and rules'); }
  const { pack, failOn, rules, ...unknown } = value;
  const [other] = Object.keys(unknown);
  if (other !== undefined) { fail(`${other}: unknown; allowed pack, failOn, rules`); }
  if (pack !== undefined && !PACKS.includes(pack as Pack)) { fail(`pack: given ${String(pack)}; allowed ${PACKS.join(', ')}`); }
  if (failOn !== undefined && !LEVELS.includes(failOn as Level)) { fail(`failOn: given ${String(failOn)}; allowed ${LEVELS.join(', ')}`); }
  for (const [id, severity] of Object.entries(isObject(rules) ? rules : {})) {
    if (!CATALOG.some(rule => rule.id === id)) { fail(`rules.${id}: there is no such rule; cdk8s-shared-memory rules lists them`); }
    const written = severity === false ? 'off' : severity; // YAML 1.1 reads an unquoted off so
    if (!SEVERITIES.includes(String(written))) { fail(`rules.${id}: given ${String(severity)}; allowed ${SEVERITIES.join(', ')}`); }
  }
  const severities = Object.fromEntries(Object.entries(isObject(rules) ? rules : {}).map(([id, severity]) => [id, severity === false ? 'off' : severity]));
  return { ...(pack === undefined ? {} : { pack }), ...(failOn === undefined ? {} : { failOn }), rules: severities } as Config;
}
