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

/** What is said about an acknowledgement. */
export type AcknowledgementFinding = RuleMatch & { readonly rule: RuleMeta };

/** The acknowledgements on a set of objects, and which of them were used. */
export class SetAcknowledgements {
  private readonly on = new Map<Manifest, ReadAcknowledgement[]>();
  private readonly judgements: AcknowledgementFinding[] = [];
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
        this.judgements.push({
          rule: UNREADABLE_ACKNOWLEDGEMENT,
          manifest,
          path: pathOf(annotation),
          message,
        });
      }
    }
  }

  /** The acknowledgement of a finding, which is then used; none where it has expired. */
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

  /** What is to be said when all findings are there. Without a day, dates are not judged. */
  public judged(today: string | undefined): AcknowledgementFinding[] {
    const judged = [...this.judgements];
    const unused = new Set<string>();
    for (const [manifest, acknowledgements] of this.on) {
      for (const each of acknowledgements) {
        const path = pathOf(each.annotation);
        if (hasExpired(each, today)) {
          judged.push({
            rule: EXPIRED,
            manifest,
            path,
            message: `the acknowledgement of ${each.rule} held until ${each.until}: ${each.reason}`,
          });
        } else if (!this.used.has(identity(each)) && !unused.has(identity(each))) {
          // once, however many objects carry it
          unused.add(identity(each));
          judged.push({
            rule: UNUSED,
            manifest,
            path,
            message: `nothing has finding ${each.rule}, which this acknowledges: ${each.reason}`,
          });
        }
      }
    }
    return judged;
  }
}

/** One acknowledgement of a construct stands on all workloads below it. */
function identity(each: ReadAcknowledgement): string {
  return `${each.annotation} ${writeAcknowledgement(each)}`;
}

function hasExpired({ until }: AcknowledgementSpec, today: string | undefined): boolean {
  return until !== undefined && today !== undefined && today > until;
}

function pathOf(annotation: string): string {
  return pointer('metadata', 'annotations', annotation);
}
