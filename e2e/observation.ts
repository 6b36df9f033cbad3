import { OTHER_PROMISES } from '../src/model/contract/other-promises';
import { PROMISES, type PromiseName } from '../src/model/contract/promises';

/** All techniques whose promises the tests may assert. */
export const ALL_PROMISES = [...PROMISES, ...OTHER_PROMISES];

/** What a test saw of one promise of one technique. */
export interface Observation {
  readonly technique: string;
  readonly promise: PromiseName;
  readonly expected: 'kept' | 'not promised';
  /** In words that are the same whenever the same was seen: no times, no names of pods. */
  readonly observed: string;
  readonly ok: boolean;
}

/**
 * Collects the observations of one technique; what is expected of each comes from the tables in
 * src/model/contract/.
 */
export class Observations {
  public readonly all: Observation[] = [];

  public constructor(private readonly technique: string) {}

  /** Whether the table says that the promise is kept. */
  public promised(promise: PromiseName): boolean {
    return ALL_PROMISES.some(row => row.technique === this.technique && row.promises[promise].kept);
  }

  public add(promise: PromiseName, ok: boolean, observed: string): void {
    this.all.push({
      technique: this.technique,
      promise,
      expected: this.promised(promise) ? 'kept' : 'not promised',
      observed,
      ok,
    });
  }
}

/**
 * What is wrong with the observations of these techniques: each entry of the table must be observed
 * once, as it says, and nothing else may be.
 */
export function problems(
  observations: readonly Observation[],
  techniques: readonly string[],
): string[] {
  const found: string[] = [];
  const keys = observations.map(({ technique, promise }) => `${technique} ${promise}`);
  for (const { technique, promises } of ALL_PROMISES.filter(row =>
    techniques.includes(row.technique),
  )) {
    for (const [promise, { kept }] of Object.entries(promises)) {
      const key = `${technique} ${promise}`;
      const mine = observations.filter((_, index) => keys[index] === key);
      if (mine.length !== 1) {
        found.push(`${key}: observed ${mine.length} times, must be once`);
      }
      for (const { expected, observed, ok } of mine) {
        if ((expected === 'kept') !== kept) {
          found.push(
            `${key}: the test expects "${expected}", the table says "${kept ? 'kept' : 'not promised'}"`,
          );
        }
        if (!ok) {
          found.push(`${key}: expected ${expected}; observed: ${observed}`);
        }
      }
      keys.forEach((other, index) => {
        if (other === key) {
          keys[index] = '';
        }
      });
    }
  }
  keys
    .filter(Boolean)
    .forEach(key => found.push(`${key}: observed, but the table has no such promise`));
  return found;
}

/** What was seen, in words that are the same whenever the same was seen. */
export interface Seen {
  readonly observed: string;
  readonly ok: boolean;
}
