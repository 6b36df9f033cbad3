import type { Status } from './mutant';

/** How the tests of one room did. */
export interface Score {
  readonly killed: number;
  /** Killed and survived; mutants that could not run are in neither. */
  readonly total: number;
  readonly leftOut: number;
}

/** The least part of the mutants that the tests must kill in each room. */
export const LEAST_SCORE = 0.85;

const KILLED: readonly Status[] = ['Killed', 'Timeout'];
const SURVIVED: readonly Status[] = ['Survived', 'NoCoverage'];

export const isKilled = (status: Status) => KILLED.includes(status);
export const isSurvivor = (status: Status) => SURVIVED.includes(status);

export function scoreOf(statuses: readonly Status[]): Score {
  const killed = statuses.filter(isKilled).length;
  const total = killed + statuses.filter(isSurvivor).length;
  return { killed, total, leftOut: statuses.length - total };
}

/** The score as a part of 1; a room in which nothing could run proves nothing, and fails. */
export const partOf = ({ killed, total }: Score) => (total === 0 ? 0 : killed / total);

/**
 * The 95 % confidence interval of a score by Wilson's formula, which also holds for small samples
 * and for scores near 1.
 */
export function wilson({ killed, total }: Pick<Score, 'killed' | 'total'>): [number, number] {
  if (total === 0) {
    return [0, 1];
  }
  const z = 1.959964;
  const part = killed / total;
  const middle = part + (z * z) / (2 * total);
  const half = z * Math.sqrt((part * (1 - part)) / total + (z * z) / (4 * total * total));
  const scale = 1 + (z * z) / total;
  return [Math.max(0, (middle - half) / scale), Math.min(1, (middle + half) / scale)];
}
