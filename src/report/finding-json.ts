import type { BaselineState, BaselineStates } from './finding-baseline';
import { findingPlace } from './finding-place';
import type { RuleFinding } from '../rules/engine';
import type { Severity } from '../rules/rule-match';

/**
 * A finding in the form of `--format json`: plain data. Each field is always present, and is `null`
 * if there is nothing to say.
 */
export interface FindingJson {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly why: string;
  readonly fix: string;
  /** The public source of the fact that the rule stands on. */
  readonly docs: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly apiVersion: string | null;
  readonly kind: string | null;
  readonly namespace: string | null;
  readonly name: string | null;
  readonly container: string | null;
  readonly path: string;
  readonly acknowledged: { readonly reason: string; readonly until: string | null } | null;
  /** Compared with an earlier state; `null` if there is none to compare with. */
  readonly baselineState: BaselineState | null;
}

export function findingJson(
  found: RuleFinding,
  baselineState: BaselineState | null = null,
): FindingJson {
  const { rule, severity, message, why, fix, manifest, path, container, acknowledged } = found;
  const place = findingPlace(found);
  return {
    rule: rule.id,
    severity,
    message,
    why: why ?? rule.why,
    fix,
    docs: rule.link,
    file: place?.source.name ?? null,
    line: place?.line ?? null,
    column: place?.column ?? null,
    apiVersion: manifest?.apiVersion ?? null,
    kind: manifest?.kind ?? null,
    namespace: manifest?.namespace ?? null,
    name: manifest?.name ?? null,
    container: container ?? null,
    path,
    acknowledged: acknowledged
      ? { reason: acknowledged.reason, until: acknowledged.until ?? null }
      : null,
    baselineState,
  };
}

/** Sorts findings by file and line; those of one line are in the order of the rules. */
export function findingsJson(found: readonly RuleFinding[]): FindingJson[] {
  return sortedRecords(found).map(({ record }) => record);
}

/** Returns the same, each record with its finding and with what the baseline says about it. */
export function sortedRecords(
  found: readonly RuleFinding[],
  states?: BaselineStates['of'],
): { readonly record: FindingJson; readonly finding: RuleFinding }[] {
  const files = new Map<string | null, number>();
  const records = found.map(finding => ({
    record: findingJson(finding, states?.get(finding)),
    finding,
  }));
  for (const {
    record: { file },
  } of records) {
    if (!files.has(file)) {
      files.set(file, files.size);
    }
  }
  const fileOf = ({ file }: FindingJson) => files.get(file) ?? 0;
  return records.sort(
    ({ record: a }, { record: b }) =>
      fileOf(a) - fileOf(b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}
