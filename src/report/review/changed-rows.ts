import { withoutFiles } from './markdown';

/** The mark of what an earlier page does not have. */
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
  /** The names in the first cell. */
  readonly names: ReadonlySet<string>;
  /** What the row is about beside these: the table, and further cells. */
  readonly about: string;
  /** The row, wherever its links lead. */
  readonly text: string;
}

/**
 * Marks the rows of tables, the items of lists and the sentences that an earlier page does not
 * have, wherever links lead. A row about something that is on both pages says what its cells were.
 */
export function withMarks(lines: readonly string[], earlier: string): string[] {
  const before = earlier.split('\n');
  const [then, now] = [rowsOf(before), rowsOf(lines)];
  const [had, has] = [then, now].map(rows => new Set(rows.map(({ text }) => text)));
  const known = new Set(before.map(withoutFiles));
  const still = new Set(lines.map(withoutFiles));
  const subjects = new Set(
    proseOf(before).flatMap(line =>
      still.has(withoutFiles(before[line])) ? [] : subject(before[line]),
    ),
  );
  const marked = [...lines];
  for (const line of proseOf(lines)) {
    if (!known.has(withoutFiles(lines[line]))) {
      const isKnown = subject(lines[line]).some(each => subjects.has(each));
      marked[line] = lines[line].replace(/^(- )?/, `$1${isKnown ? CHANGED : NEW} `);
    }
  }
  for (const row of now.filter(({ text }) => !had.has(text))) {
    const alike = then.filter(each => isAbout(row, each) && !has.has(each.text));
    marked[row.line] =
      alike.length === 1 ? rowOf(CHANGED, compared(row, alike[0])) : rowOf(NEW, row.cells);
  }
  return marked;
}

/** Checks whether two rows are about the same, or about one of its names more or less. */
function isAbout(row: Row, other: Row): boolean {
  const [few, many] = [row.names, other.names].sort((a, b) => a.size - b.size);
  return row.about === other.about && [...few].every(name => many.has(name));
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
    const [, first = ''] = /^\| (\S+)/.exec(head) ?? [];
    const about = [head, ...cells.slice(1, ABOUT[first] ?? MOSTLY_ABOUT)].join(' | ');
    const names = new Set(withoutFiles(cells[0]).split(', '));
    return [{ line: i, cells, names, about: withoutFiles(about), text: withoutFiles(line) }];
  });
}

/** What an item is about: `Contract \`routes\``, `To approve`. Empty if it does not begin so. */
function subject(line: string): string[] {
  const [, found] = /^- ((?:\p{Lu}[\p{L} ]*)(?:`[^`]+`)?(?= \(|:))/u.exec(line) ?? [];
  return found === undefined ? [] : [found.trim()];
}

function isRule(line: string | undefined): boolean {
  return line?.startsWith('| ---') === true;
}

/** Returns the indexes of items and sentences: neither commands, nor steps, tables or titles. */
function proseOf(lines: readonly string[]): number[] {
  let isCode = false;
  return lines.flatMap((line, i) => {
    isCode = line.startsWith('```') ? !isCode : isCode;
    return !isCode && /^(- |\*\*|`?\p{L})/u.test(line) ? [i] : [];
  });
}
