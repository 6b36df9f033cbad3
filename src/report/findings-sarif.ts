import type { FindingJson } from './finding-json';
import { findingTarget } from './finding-words';
import type { Place } from '../kube/manifest';
import { CATALOG } from '../rules/catalog';
import type { Severity } from '../rules/rule-match';

const SARIF_LEVELS: Readonly<Record<Severity, string>> = {
  error: 'error',
  warning: 'warning',
  note: 'note',
};

/** A change of the file of a finding: a part of its text, and what takes its place. */
export interface SarifFix {
  readonly title: string;
  readonly start: Place;
  readonly end: Place;
  readonly text: string;
}

/**
 * Writes findings as SARIF 2.1.0, which code scanning and editors read. Acknowledged findings are
 * included, suppressed with their reason.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function sarif(
  records: readonly FindingJson[],
  fixes: ReadonlyMap<FindingJson, SarifFix> = new Map(),
): string {
  const used = CATALOG.filter(({ id }) => records.some(({ rule }) => rule === id));
  const rules = used.map(rule => ({
    id: rule.id,
    shortDescription: { text: rule.title },
    fullDescription: { text: rule.why },
    help: { text: `${rule.fix}\n\n${rule.fact}\n${rule.link}` },
    helpUri: rule.link,
    defaultConfiguration: { level: SARIF_LEVELS[rule.severity] },
  }));
  const results = records.map(each => ({
    ruleId: each.rule,
    ruleIndex: used.findIndex(({ id }) => id === each.rule),
    level: SARIF_LEVELS[each.severity],
    message: { text: `${each.message}. Fix: ${each.fix}` },
    ...(each.file === null && each.kind === null ? {} : { locations: [location(each)] }),
    ...(fixes.has(each) ? { fixes: [sarifFix(each, fixes.get(each) as SarifFix)] } : {}),
    ...(each.baselineState === null ? {} : { baselineState: each.baselineState }),
    ...(each.acknowledged === null
      ? {}
      : { suppressions: [{ kind: 'inSource', justification: justification(each.acknowledged) }] }),
  }));
  const log = {
    $schema:
      'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'cdk8s-shared-memory',
            rules,
          },
        },
        columnKind: 'utf16CodeUnits',
        results,
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function sarifFix({ file }: FindingJson, { title, start, end, text }: SarifFix): object {
  return {
    description: { text: title },
    artifactChanges: [
      {
        artifactLocation: artifact(file ?? ''),
        replacements: [
          {
            deletedRegion: {
              startLine: start.line,
              startColumn: start.column,
              endLine: end.line,
              endColumn: end.column,
            },
            insertedContent: { text },
          },
        ],
      },
    ],
  };
}

function artifact(file: string): object {
  return { uri: encodeURI(file.replaceAll('\\', '/')) };
}

function location(each: FindingJson): object {
  const logical =
    each.kind === null
      ? {}
      : {
          logicalLocations: [
            { fullyQualifiedName: `${findingTarget(each)}: ${each.path || '/'}`, kind: 'object' },
          ],
        };
  if (each.file === null) {
    return logical;
  }
  const region = { startLine: each.line, startColumn: each.column };
  return {
    physicalLocation: {
      artifactLocation: artifact(each.file),
      region,
    },
    ...logical,
  };
}

function justification({ reason, until }: { reason: string; until: string | null }): string {
  return until === null ? reason : `${reason} (until ${until})`;
}
