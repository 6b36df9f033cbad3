import { REPEATED_KEY, UNREADABLE, UNREADABLE_MARK } from './acknowledgement-rules';
import { RULES, severityIn, type Pack, type RuleMeta } from './catalog';
import { certain, suggestion, type Remedy } from './remedy';
import type { RuleMatch, Severity } from './rule-match';
import { SetAcknowledgements, type AcknowledgementFinding } from './set-acknowledgements';
import { templateAnnotationFindings } from './template-annotations';
import { unknownNameFindings } from './unknown-names';
import { groupBy } from '../kube/group';
import { keysOf, pointer } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { inOrder } from '../kube/object-order';
import type { AcknowledgementSpec } from '../model/contract/contract-spec';
import { ManifestSet } from '../read/manifest-set';
import type { Repeated, SourceDocument, Unreadable } from '../read/source';
import type { GivenContract } from '../sharing/given-contract';
import { MarkedManifests } from '../sharing/marked-manifests';

/** A finding: the match of a rule, with its severity and its acknowledgement. */
export interface RuleFinding {
  readonly rule: RuleMeta;
  readonly severity: Severity;
  readonly message: string;
  /** Set if the rule's reason is not that of this finding. */
  readonly why?: string;
  readonly fix: string;
  /** Absent if the input could not be parsed. */
  readonly manifest?: Manifest;
  /** The document, if the finding is about its text and not about an object. */
  readonly document?: SourceDocument;
  /** JSON pointer of the field in the object. Empty for the whole object. */
  readonly path: string;
  readonly container?: string;
  readonly acknowledged?: AcknowledgementSpec;
  /** Whether it is left out if another rule, or one of these rules, reports the same field. */
  readonly yields?: RuleMatch['yields'];
  /** The changes that end the finding, best first. Absent if there is none. */
  readonly remedies?: () => readonly Remedy[];
  /** The position in the input. Only set if the input could not be parsed. */
  readonly at?: {
    readonly source: { readonly name: string };
    readonly line: number;
    readonly column: number;
  };
}

export interface EngineOptions {
  readonly pack?: Pack;
  /** Severities by rule ID. A rule with `off` is not checked. */
  readonly severities?: Readonly<Record<string, Severity | 'off'>>;
  /**
   * The current day, `YYYY-MM-DD`, which decides whether acknowledgements have expired. If absent,
   * they never expire.
   */
  readonly today?: string;
  /** Contracts that were given beside the objects. */
  readonly contracts?: readonly GivenContract[];
}

/**
 * Returns all findings in some objects, in the order of the objects. What is found does not depend
 * on that order.
 */
export function findingsInManifests(
  manifests: readonly Manifest[],
  options: EngineOptions = {},
): RuleFinding[] {
  const set = new ManifestSet(inOrder(manifests));
  return inOrderOf(manifests, findingsInSet(new MarkedManifests(set, options.contracts), options));
}

/**
 * Returns findings in the order of their objects. The findings of an object stay in the order of
 * the rules.
 */
export function inOrderOf(
  manifests: readonly Manifest[],
  found: readonly RuleFinding[],
): RuleFinding[] {
  const order = new Map(manifests.map((manifest, i) => [manifest, i]));
  const placeOf = ({ manifest }: RuleFinding) => (manifest && order.get(manifest)) ?? -1;
  return [...found].sort((a, b) => placeOf(a) - placeOf(b)); // the sort is stable
}

/**
 * Returns all findings in a set of objects whose marks are already read, in the order of the
 * objects of the set.
 */
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
    } // pods of one object can have a volume in common, so the same finding can occur twice
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
    ...unknownNameFindings(marked),
    ...acknowledged.findings(options.today),
  ] satisfies AcknowledgementFinding[]) {
    add(rule, match);
  }
  return inOrderOf(manifests, withoutYielding(found));
}

/** Leaves out findings that yield to those of other rules about the same field. */
function withoutYielding(found: readonly RuleFinding[]): RuleFinding[] {
  const byManifest = groupBy(
    found.filter(({ yields }) => yields !== true),
    ({ manifest }) => manifest,
  );
  return found.filter(
    ({ yields, manifest, path }) =>
      !yields ||
      !(byManifest.get(manifest) ?? []).some(
        other =>
          (yields === true || yields.includes(other.rule.id)) &&
          (other.path === path || other.path.startsWith(`${path}/`)),
      ),
  );
}

/** Returns the finding for input that cannot be read, or that can be read in two ways. */
export function unreadableInput({
  kind,
  source,
  place,
  message,
  fix,
  repeated,
}: Omit<Unreadable, 'source'> & { readonly source: { readonly name: string } }): RuleFinding {
  return {
    ...(repeated && { document: repeated.document, remedies: () => withoutFirst(repeated) }),
    rule: kind === undefined ? UNREADABLE : REPEATED_KEY,
    severity: kind === undefined ? 'error' : 'warning',
    message,
    fix,
    path: '',
    at: { source, line: place?.line ?? 1, column: place?.column ?? 1 },
  };
}

/** Returns the remedy that removes a key which a later one overrides. What is applied stays. */
function withoutFirst({ pointer: at, isSame }: Repeated): readonly Remedy[] {
  if (at === undefined) {
    return [];
  }
  const key = keysOf(at).at(-1);
  return isSame
    ? [certain(`remove one of two equal keys ${key}`, { do: 'removeFirst', pointer: at })]
    : [suggestion(`remove the key ${key} that kubectl drops`, { do: 'removeFirst', pointer: at })];
}
