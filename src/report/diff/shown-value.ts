import type { RefusedChange } from '../../change/set-changes';
import type { Json } from '../../kube/json';

const LONGEST = 120;

/**
 * Formats a value of a changed field. It is shortened, because some values are whole scripts. A
 * value that may be a secret is not shown, because the result goes into comments on pull requests.
 */
export function shownValue(
  { of, field }: Pick<RefusedChange, 'of' | 'field'>,
  value: Json | undefined,
): string {
  if (value === undefined || value === null) {
    return 'absent';
  }
  const isSecret =
    (of.kind === 'Secret' && field !== 'type' && field !== 'immutable') || /\.env\b/.test(field);
  if (isSecret) {
    return 'not shown';
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text;
}
