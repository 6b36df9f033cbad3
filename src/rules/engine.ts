import { Acknowledged, type Judgement } from './acknowledged';
import { UNREADABLE, UNREADABLE_MARK } from './acknowledgement-rules';
import { RULES, severityIn, type Pack, type RuleMeta } from './catalog';
import type { Hit, Severity } from './hit';
import { misplaced } from './misplaced';
import { pointer } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import type { AcknowledgementSpec } from '../model/contract/contract-spec';
import { ManifestSet } from '../read/manifest-set';
import type { Unreadable } from '../read/source';
import { Subjects } from '../sharing/subjects';

/** What a rule found, and what was said about it. */
export interface Found {
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
export function review(manifests: readonly Manifest[], options: EngineOptions = {}): Found[] {
  return judge(new Subjects(new ManifestSet(manifests)), options);
}

/** The same, of objects that somebody else looks at, too. */
export function judge(subjects: Subjects, options: EngineOptions = {}): Found[] {
  const pack = options.pack ?? 'recommended';
  const { manifests } = subjects.set;
  const acknowledged = new Acknowledged(manifests);
  const found: Found[] = [];
  const order = new Map<Manifest | undefined, number>(
    manifests.map((manifest, i) => [manifest, i]),
  );
  const said = new Set<string>();
  const add = (rule: RuleMeta, hit: Hit, acknowledgement?: AcknowledgementSpec) => {
    const severity = options.severities?.[rule.id] ?? severityIn(pack, rule, hit.severity);
    const words = `${rule.id} ${order.get(hit.manifest)} ${hit.path} ${hit.message}`;
    if (severity === 'off' || said.has(words)) {
      return;
    } // the pods of one object may have a volume in common
    said.add(words);
    found.push({
      fix: rule.fix,
      ...hit,
      rule,
      severity,
      ...(acknowledgement ? { acknowledged: acknowledgement } : {}),
    });
  };
  for (const rule of RULES) {
    if (options.severities?.[rule.id] === 'off' || (rule.strictOnly && pack !== 'strict')) {
      continue;
    }
    for (const hit of rule.check(subjects)) {
      add(rule, hit, acknowledged.of(hit.manifest, rule.id, options.today));
    }
  }
  for (const { manifest, annotation, why } of subjects.unreadable) {
    add(UNREADABLE_MARK, {
      manifest,
      path: pointer('metadata', 'annotations', annotation),
      message: why,
    });
  }
  for (const { rule, ...hit } of [
    ...misplaced(subjects),
    ...acknowledged.judged(options.today),
  ] satisfies Judgement[]) {
    add(rule, hit);
  }
  const placeOf = ({ manifest }: Found) => order.get(manifest) ?? -1;
  // stable: the rules of one object stay in their order
  return found.sort((a, b) => placeOf(a) - placeOf(b));
}

/** What is said about input that cannot be read. */
export function unreadable({
  source,
  place,
  message,
  fix,
}: Omit<Unreadable, 'source'> & { readonly source: { readonly name: string } }): Found {
  return {
    rule: UNREADABLE,
    severity: 'error',
    message,
    fix,
    path: '',
    at: { source, line: place?.line ?? 1, column: place?.column ?? 1 },
  };
}
