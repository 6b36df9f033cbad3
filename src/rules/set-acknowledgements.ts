import { EXPIRED, UNREADABLE_ACKNOWLEDGEMENT, UNUSED } from './acknowledgement-rules';
import { ruleOf, type RuleMeta } from './catalog';
import type { RuleMatch } from './rule-match';
import { at, pointer } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import {
  readAcknowledgements,
  writeAcknowledgement,
  type ReadAcknowledgement,
} from '../model/contract/acknowledgement';
import type { AcknowledgementSpec } from '../model/contract/contract-spec';

/** A finding about an acknowledgement itself. */
export type AcknowledgementFinding = RuleMatch & { readonly rule: RuleMeta };

/** The acknowledgements in a set of objects. Records which of them are used. */
export class SetAcknowledgements {
  private readonly on = new Map<Manifest, ReadAcknowledgement[]>();
  private readonly unusable: AcknowledgementFinding[] = [];
  private readonly used = new Set<string>();

  public constructor(manifests: readonly Manifest[]) {
    for (const manifest of manifests) {
      const { acknowledgements, unreadable } = readAcknowledgements(
        at(manifest.json, 'metadata', 'annotations'),
      );
      const known = acknowledgements.filter(({ rule }) => ruleOf(rule) !== undefined);
      const unknown = acknowledgements
        .filter(each => !known.includes(each))
        .map(({ rule, annotation }) => [annotation, `there is no rule ${rule}`] as const);
      if (known.length > 0) {
        this.on.set(manifest, known);
      }
      for (const [annotation, message] of [...unreadable, ...unknown]) {
        this.unusable.push({
          rule: UNREADABLE_ACKNOWLEDGEMENT,
          manifest,
          path: pathOf(annotation),
          message,
        });
      }
    }
  }

  /**
   * Returns the acknowledgement of a finding, and records that it is used. Absent if there is none
   * or it has expired.
   */
  public of(
    manifest: Manifest,
    rule: string,
    today: string | undefined,
  ): AcknowledgementSpec | undefined {
    const matching = this.on.get(manifest)?.filter(each => each.rule === rule) ?? [];
    matching.forEach(each => this.used.add(identity(each)));
    const valid = matching.find(each => !hasExpired(each, today));
    return (
      valid && {
        rule,
        reason: valid.reason,
        ...(valid.until === undefined ? {} : { until: valid.until }),
      }
    );
  }

  /**
   * Returns the findings about the acknowledgements. Must be called after all other findings are
   * known. If `today` is absent, no acknowledgement counts as expired.
   */
  public findings(today: string | undefined): AcknowledgementFinding[] {
    const found = [...this.unusable];
    const unused = new Set<string>();
    for (const [manifest, acknowledgements] of this.on) {
      for (const each of acknowledgements) {
        const path = pathOf(each.annotation);
        if (hasExpired(each, today)) {
          found.push({
            rule: EXPIRED,
            manifest,
            path,
            message: `the acknowledgement of ${each.rule} held until ${each.until}: ${each.reason}`,
          });
        } else if (!this.used.has(identity(each)) && !unused.has(identity(each))) {
          // reported once, even if several objects have the same acknowledgement
          unused.add(identity(each));
          found.push({
            rule: UNUSED,
            manifest,
            path,
            message: `nothing has finding ${each.rule}, which this acknowledges: ${each.reason}`,
          });
        }
      }
    }
    return found;
  }
}

/**
 * Returns the identity of an acknowledgement. An acknowledgement of a construct is written to all
 * workloads in it, and counts as one.
 */
function identity(each: ReadAcknowledgement): string {
  return `${each.annotation} ${writeAcknowledgement(each)}`;
}

function hasExpired({ until }: AcknowledgementSpec, today: string | undefined): boolean {
  return until !== undefined && today !== undefined && today > until;
}

function pathOf(annotation: string): string {
  return pointer('metadata', 'annotations', annotation);
}
