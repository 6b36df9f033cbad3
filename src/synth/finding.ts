import type { AcknowledgementSpec } from '../model/contract/contract-spec';
import { rulePageUrl } from '../report/finding-json';
import type { RuleFinding } from '../rules/engine';

/** Which rules hold, and how severe they are. */
export enum RulePack {
  /** What breaks is an error; what is merely unbudgeted is a warning. */
  RECOMMENDED = 'recommended',
  /** What is unbudgeted is an error, too. */
  STRICT = 'strict',
}

/** How sure it is that something breaks. */
export enum FindingSeverity {
  /** It breaks. */
  ERROR = 'error',
  /** It is unbudgeted, or needless. */
  WARNING = 'warning',
  /** What to know; it may depend on facts outside of the objects. */
  NOTE = 'note',
}

/** Why a finding was taken. */
export interface FindingAcknowledgement {
  /** The reason. */
  readonly reason: string;
  /**
   * The last day on which it holds.
   *
   * @default - for ever
   */
  readonly until?: string;
}

/** What a rule found in a rendered object. */
export interface Finding {
  /** Id of the rule: `SHM101`. */
  readonly rule: string;
  /** How sure it is that something breaks. */
  readonly severity: FindingSeverity;
  /** What is wrong with this object. */
  readonly message: string;
  /** What happens on the node. */
  readonly why: string;
  /** What to write instead. */
  readonly fix: string;
  /** Address of the rule's page. */
  readonly docs: string;
  /** Of the object. */
  readonly apiVersion: string;
  /** Of the object. */
  readonly kind: string;
  /**
   * Of the object.
   *
   * @default - the object has none
   */
  readonly namespace?: string;
  /** Of the object. */
  readonly name: string;
  /**
   * The container that it is about.
   *
   * @default - it is about the whole object
   */
  readonly container?: string;
  /** JSON pointer of the field in the object, of one that is missing too. */
  readonly path: string;
  /**
   * Why somebody took it.
   *
   * @default - nobody did
   */
  readonly acknowledged?: FindingAcknowledgement;
}

/** A finding without its position: the objects were given as objects. */
export function findingOf({
  rule,
  severity,
  message,
  fix,
  manifest,
  path,
  container,
  acknowledged,
}: RuleFinding): Finding {
  return {
    rule: rule.id,
    severity: severity as FindingSeverity,
    message,
    why: rule.why,
    fix,
    docs: rulePageUrl(rule.id),
    apiVersion: manifest?.apiVersion ?? '',
    kind: manifest?.kind ?? '',
    ...(manifest?.namespace === undefined ? {} : { namespace: manifest.namespace }),
    name: manifest?.name ?? '',
    ...(container === undefined ? {} : { container }),
    path: (manifest?.base ?? '') + path,
    ...(acknowledged ? { acknowledged: withoutRule(acknowledged) } : {}),
  };
}

function withoutRule({ reason, until }: AcknowledgementSpec): FindingAcknowledgement {
  return until === undefined ? { reason } : { reason, until };
}
