/** The least room for text on a line. A terminal that is narrower wraps the lines itself. */
const NARROWEST = 30;

/**
 * Breaks a text between words, so that no line is wider than a terminal. A word that is wider than
 * a line gets a line of its own, uncut.
 *
 * @param width columns of the terminal. If absent, the text stays on one line
 * @param indent columns before each line but the first
 * @param used columns before the first line
 */
export function wrapped(
  text: string,
  width: number | undefined,
  indent: number,
  used = indent,
): string {
  if (width === undefined || width - indent < NARROWEST) {
    return text;
  }
  const lines: string[] = [];
  let [line, column] = ['', used];
  for (const word of text.split(' ')) {
    const isFirst = line === '' && lines.length === 0;
    if (column + word.length + (line === '' ? 0 : 1) > width && !(isFirst && used <= indent)) {
      lines.push(line);
      [line, column] = ['', indent];
    }
    column += word.length + (line === '' ? 0 : 1);
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`);
}
