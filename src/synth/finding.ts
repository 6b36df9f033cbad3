import type { AcknowledgementSpec } from '../model/contract/contract-spec';
import type { RuleFinding } from '../rules/engine';

/** Selects the rules that are checked, and their severities. */
export enum RulePack {
  /**
   * If something breaks, the finding is an error. If memory has no size, limit or request, it is a
   * warning.
   */
  RECOMMENDED = 'recommended',
  /** Memory without a size, a limit or a request is an error, too. */
  STRICT = 'strict',
}

/** How certain it is that something breaks. */
export enum FindingSeverity {
  /** Something breaks. */
  ERROR = 'error',
  /** Memory has no size, limit or request, or a privilege is not needed. */
  WARNING = 'warning',
  /** Information. Whether something breaks may depend on facts that the objects do not show. */
  NOTE = 'note',
}

/** Why somebody accepted a finding. */
export interface FindingAcknowledgement {
  /** The reason. */
  readonly reason: string;
  /**
   * The last day on which the acknowledgement is valid.
   *
   * @default - no end
   */
  readonly until?: string;
}

/** A finding of a rule in a rendered object. */
export interface Finding {
  /** ID of the rule: `SHM101`. */
  readonly rule: string;
  /** How certain it is that something breaks. */
  readonly severity: FindingSeverity;
  /** What is wrong with this object. */
  readonly message: string;
  /** What happens on the node. */
  readonly why: string;
  /** How to fix it. */
  readonly fix: string;
  /** URL of the public source of the fact that the rule stands on. */
  readonly docs: string;
  /** `apiVersion` of the object. */
  readonly apiVersion: string;
  /** Kind of the object. */
  readonly kind: string;
  /**
   * Namespace of the object.
   *
   * @default - the object sets no namespace
   */
  readonly namespace?: string;
  /** Name of the object. */
  readonly name: string;
  /**
   * The affected container.
   *
   * @default - the finding affects the whole object
   */
  readonly container?: string;
  /** JSON pointer of the field in the object. The field may be missing. */
  readonly path: string;
  /**
   * Why somebody accepted the finding.
   *
   * @default - the finding is not acknowledged
   */
  readonly acknowledged?: FindingAcknowledgement;
}

/**
 * Returns a finding for the API. It has no file position, because the objects were passed as
 * JavaScript objects.
 */
export function findingOf({
  rule,
  severity,
  message,
  why,
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
    why: why ?? rule.why,
    fix,
    docs: rule.link,
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
