import { withoutFiles } from './markdown';

/** The mark of a row that an earlier page does not have. */
export const NEW = '**new**';

/** The mark of a row that says something else on an earlier page. */
export const CHANGED = '**changed**';

/** How many cells say what a row is about, by the first word of the table's head. */
const ABOUT: Readonly<Record<string, number>> = { memory: 1, guardrail: 1, namespace: 1 };
const MOSTLY_ABOUT = 2;

interface Row {
  /** The index of the line. */
  readonly line: number;
  readonly cells: readonly string[];
  /** What the row is about: the table, and the first cells. */
  readonly about: string;
  /** The row, wherever its links lead. */
  readonly text: string;
}

/**
 * Marks the rows of tables that an earlier page does not have, wherever its links lead. A row about
 * something that is on both pages says what its cells were.
 */
export function withMarkedRows(lines: readonly string[], earlier: string): string[] {
  const then = rowsOf(earlier.split('\n'));
  const now = rowsOf(lines);
  const [had, has] = [then, now].map(rows => new Set(rows.map(({ text }) => text)));
  const marked = [...lines];
  for (const row of now.filter(({ text }) => !had.has(text))) {
    const alike = then.filter(({ about, text }) => about === row.about && !has.has(text));
    marked[row.line] =
      alike.length === 1 ? rowOf(CHANGED, compared(row, alike[0])) : rowOf(NEW, row.cells);
  }
  return marked;
}

function rowOf(mark: string, [first, ...others]: readonly string[]): string {
  return `| ${[`${mark} ${first}`, ...others].join(' | ')} |`;
}

/** Returns the cells of a row, each with what it was if it differs. */
function compared({ cells }: Row, { cells: before }: Row): string[] {
  return cells.map((cell, i) =>
    withoutFiles(cell) === withoutFiles(before[i])
      ? cell
      : `${cell} (was ${before[i] || 'empty'})`.trim(),
  );
}

function rowsOf(lines: readonly string[]): Row[] {
  const isRule = (line: string | undefined) => line?.startsWith('| ---') === true;
  let head = '';
  return lines.flatMap((line, i): Row[] => {
    if (!line.startsWith('| ') || isRule(line)) {
      return [];
    }
    if (isRule(lines[i + 1])) {
      head = line;
      return [];
    }
    const cells = line
      .slice('| '.length, -' |'.length)
      .split(/(?<!\\) \| /)
      .map(cell => cell.trim());
    const first = /^\| (\S+)/.exec(head)?.[1] ?? '';
    const about = [head, ...cells.slice(0, ABOUT[first] ?? MOSTLY_ABOUT)];
    return [{ line: i, cells, about: withoutFiles(about.join(' | ')), text: withoutFiles(line) }];
  });
}
