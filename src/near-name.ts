/** Longer words are no misspelled names. */
const LONGEST = 100;

/**
 * Returns the name that a user most likely meant by a misspelled name: one that differs only in
 * case, is a prefix of it or starts with it, or differs in a few letters. Absent if no name is
 * similar.
 */
export function nearName(given: string, names: readonly string[]): string | undefined {
  const word = given.toLowerCase().slice(0, LONGEST);
  const near = names.map(name => {
    const other = name.toLowerCase();
    const isBeginning =
      word.length > 2 && other.length > 2 && (other.startsWith(word) || word.startsWith(other));
    return {
      name,
      distance: isBeginning ? Math.min(1, distance(word, other)) : distance(word, other),
    };
  });
  const [best] = near.sort((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(1, Math.floor(given.length / 3)) ? best.name : undefined;
}

/**
 * Returns the edit distance between two words: how many letters must be added, removed, replaced or
 * swapped with their neighbor to turn one into the other.
 */
export function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, replaced);
      const isExchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isExchanged) {
        rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
      }
    }
  }
  return rows[a.length][b.length];
}
