import { UNREADABLE, UNREADABLE_MARK } from './acknowledgement-rules';
import { RULES, severityIn, type Pack, type RuleMeta } from './catalog';
import type { RuleMatch, Severity } from './rule-match';
import { SetAcknowledgements, type AcknowledgementFinding } from './set-acknowledgements';
import { templateAnnotationFindings } from './template-annotations';
import { pointer } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import type { AcknowledgementSpec } from '../model/contract/contract-spec';
import { ManifestSet } from '../read/manifest-set';
import type { Unreadable } from '../read/source';
import { MarkedManifests } from '../sharing/marked-manifests';

/** What a rule found, and what was said about it. */
export interface RuleFinding {
  readonly rule: RuleMeta;
  readonly severity: Severity;
  readonly message: string;
  readonly fix: string;
  /** Absent where the input could not be read as objects. */
  readonly manifest?: Manifest;
  /** JSON pointer in the object; '' is the object. */
  readonly path: string;
  readonly container?: string;
  readonly acknowledged?: AcknowledgementSpec;
  /** Where the input cannot be read. */
  readonly at?: {
    readonly source: { readonly name: string };
    readonly line: number;
    readonly column: number;
  };
}

export interface EngineOptions {
  readonly pack?: Pack;
  /** Severities by rule id; `off`: the rule is not asked. */
  readonly severities?: Readonly<Record<string, Severity | 'off'>>;
  /**
   * The day on which acknowledgements are judged, `YYYY-MM-DD`; without it they are taken as they
   * are.
   */
  readonly today?: string;
}

/** All that is to be said about objects, in their order. */
export function findingsInManifests(
  manifests: readonly Manifest[],
  options: EngineOptions = {},
): RuleFinding[] {
  return findingsInSet(new MarkedManifests(new ManifestSet(manifests)), options);
}

/** The same, of objects that somebody else looks at, too. */
export function findingsInSet(marked: MarkedManifests, options: EngineOptions = {}): RuleFinding[] {
  const pack = options.pack ?? 'recommended';
  const { manifests } = marked.set;
  const acknowledged = new SetAcknowledgements(manifests);
  const found: RuleFinding[] = [];
  const order = new Map<Manifest | undefined, number>(
    manifests.map((manifest, i) => [manifest, i]),
  );
  const said = new Set<string>();
  const add = (rule: RuleMeta, match: RuleMatch, acknowledgement?: AcknowledgementSpec) => {
    const severity = options.severities?.[rule.id] ?? severityIn(pack, rule, match.severity);
    const words = `${rule.id} ${order.get(match.manifest)} ${match.path} ${match.message}`;
    if (severity === 'off' || said.has(words)) {
      return;
    } // the pods of one object may have a volume in common
    said.add(words);
    found.push({
      fix: rule.fix,
      ...match,
      rule,
      severity,
      ...(acknowledgement ? { acknowledged: acknowledgement } : {}),
    });
  };
  for (const rule of RULES) {
    if (options.severities?.[rule.id] === 'off' || (rule.strictOnly && pack !== 'strict')) {
      continue;
    }
    for (const match of rule.check(marked)) {
      add(rule, match, acknowledged.of(match.manifest, rule.id, options.today));
    }
  }
  for (const { manifest, annotation, why } of marked.unreadable) {
    add(UNREADABLE_MARK, {
      manifest,
      path: pointer('metadata', 'annotations', annotation),
      message: why,
    });
  }
  for (const { rule, ...match } of [
    ...templateAnnotationFindings(marked),
    ...acknowledged.judged(options.today),
  ] satisfies AcknowledgementFinding[]) {
    add(rule, match);
  }
  const placeOf = ({ manifest }: RuleFinding) => order.get(manifest) ?? -1;
  // stable: the rules of one object stay in their order
  return found.sort((a, b) => placeOf(a) - placeOf(b));
}

/** What is said about input that cannot be read. */
export function unreadableInput({
  source,
  place,
  message,
  fix,
}: Omit<Unreadable, 'source'> & { readonly source: { readonly name: string } }): RuleFinding {
  return {
    rule: UNREADABLE,
    severity: 'error',
    message,
    fix,
    path: '',
    at: { source, line: place?.line ?? 1, column: place?.column ?? 1 },
  };
}
