import { findingPlace } from './finding-place';
import { fieldOf } from '../kube/field-path';
import { groupBy } from '../kube/group';
import { UNREADABLE } from '../rules/acknowledgement-rules';
import type { RuleFinding } from '../rules/engine';

/** Whether a finding was there in an earlier state, in the words of SARIF. */
export type BaselineState = 'new' | 'unchanged';

/** The findings of an earlier state. */
export interface Baseline {
  /** The state, as the user named it. */
  readonly name: string;
  readonly found: readonly RuleFinding[];
}

/** Findings compared with those of an earlier state. */
export interface BaselineStates {
  readonly of: ReadonlyMap<RuleFinding, BaselineState>;
  /** How many findings of the earlier state are there no more, acknowledged ones left out. */
  readonly absent: number;
}

/**
 * Compares findings with those of an earlier state. A finding is the same if rule, severity,
 * object, field and message are. Lines may move, list items may change their position, and objects
 * may move to other files. A finding that was acknowledged and is no longer is new, and so is input
 * that cannot be read: what it holds is not known.
 */
export function baselineStates(baseline: Baseline, now: readonly RuleFinding[]): BaselineStates {
  const before = baseline.found.filter(({ rule }) => rule !== UNREADABLE);
  const open = new Remaining(before.filter(({ acknowledged }) => !acknowledged));
  const known = new Remaining(before.filter(({ acknowledged }) => acknowledged));
  const states = new Map<RuleFinding, BaselineState>(now.map(each => [each, 'new']));
  const take = (found: readonly RuleFinding[], remaining: Remaining, inItsFile: boolean) =>
    found
      .filter(each => states.get(each) === 'new' && remaining.take(each, inItsFile))
      .forEach(each => states.set(each, 'unchanged'));
  const nowOpen = now.filter(({ acknowledged, rule }) => !acknowledged && rule !== UNREADABLE);
  const nowAcknowledged = now.filter(({ acknowledged }) => acknowledged);
  // the same object can be in several files: each is compared with its own first
  take(nowOpen, open, true);
  take(nowOpen, open, false);
  for (const remaining of [known, open]) {
    take(nowAcknowledged, remaining, true);
    take(nowAcknowledged, remaining, false);
  }
  return { of: states, absent: open.size };
}

/** Findings of which each can be taken once. */
class Remaining {
  private readonly byKey: Map<string, RuleFinding[]>;

  public constructor(found: readonly RuleFinding[]) {
    this.byKey = groupBy(found, keyOf);
  }

  public get size(): number {
    return [...this.byKey.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Takes an equal finding, of the same file if wanted. Returns whether there was one. */
  public take(finding: RuleFinding, inItsFile: boolean): boolean {
    const equal = this.byKey.get(keyOf(finding)) ?? [];
    const file = fileOf(finding);
    const index = inItsFile ? equal.findIndex(each => fileOf(each) === file) : 0;
    return equal.splice(Math.max(index, 0), index < 0 ? 0 : 1).length > 0;
  }
}

function keyOf({ rule, severity, manifest, path, container, message }: RuleFinding): string {
  const object = manifest && [
    manifest.apiVersion.replace(/[^/]+$/, ''),
    manifest.kind,
    manifest.namespace,
    manifest.name,
    fieldOf(manifest, path),
  ];
  return JSON.stringify([rule.id, severity, object, container, message]);
}

function fileOf(finding: RuleFinding): string | undefined {
  return findingPlace(finding)?.source.name;
}
