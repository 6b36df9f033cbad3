import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './environment';
import type { Observation, Seen } from './observation';

/** What a test saw, or why it did not run. */
export interface RecordedTest {
  readonly observations: readonly Observation[];
  readonly seen: readonly Seen[];
  readonly skipped?: string;
  /** What was not as it must be. Absent if all was. */
  readonly failures?: readonly string[];
}

/** What was seen in one kind of environment. */
export interface RunRecord {
  readonly environment: Environment;
  /** By the names of the tests. One that is not here has not run there. */
  readonly tests: Readonly<Record<string, RecordedTest>>;
}

export const RECORDS = join(__dirname, '..', 'docs', 'verified');

/** The name of a kind of environment: its record and its page are called so. */
export function idOf(e: Environment): string {
  return [
    `kubernetes-${minorOf(e)}`,
    `cgroup-${e.cgroup}`,
    e.runtime.replace(/^(\S+) v?(\d+\.\d+).*$/, '$1-$2').replace(/[, ]+/g, '-'),
    ...(e.selinux === 'enforcing' ? ['selinux'] : []),
  ].join('-');
}

/** A kind of environment as the head of a column. */
export function headOf(e: Environment): string {
  return [
    minorOf(e),
    `cgroup ${e.cgroup}`,
    e.runtime.replace(/^(\S+) v?(\d+\.\d+).*$/, '$1 $2'),
    ...(e.selinux === 'enforcing' ? ['SELinux'] : []),
    ...(e.nodes > 1 ? [`${e.nodes} nodes`] : []),
  ].join(', ');
}

/** 1.33 of v1.33.13. */
export function minorOf(e: Environment): string {
  return /1\.\d+/.exec(e.kubernetes)?.[0] ?? e.kubernetes;
}

/** All records, those of the newest Kubernetes first. */
export function readRecords(folder = RECORDS): (RunRecord & { readonly id: string })[] {
  return readdirSync(folder)
    .filter(file => file.endsWith('.json'))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map(file => ({
      id: file.replace(/\.json$/, ''),
      ...(JSON.parse(readFileSync(join(folder, file), 'utf8')) as RunRecord),
    }));
}

/** Writes a record, its tests in the order of `names`. */
export function writeRecord(
  { environment, tests }: RunRecord,
  names: readonly string[],
  folder = RECORDS,
): string {
  const ordered = names.flatMap(name => (tests[name] === undefined ? [] : [[name, tests[name]]]));
  const file = join(folder, `${idOf(environment)}.json`);
  mkdirSync(folder, { recursive: true });
  const record = { environment, tests: Object.fromEntries(ordered) };
  writeFileSync(file, `${JSON.stringify(record, undefined, 2)}\n`);
  return file;
}
