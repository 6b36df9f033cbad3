/** A command, and the lines that it prints. */
export interface Step {
  readonly command: string;
  readonly output: readonly string[];
}

const SIZE = 13;
const LINE = 19;
const ADVANCE = SIZE * 0.61; // of the widest common monospaced font
const MARGIN = 20;
const BAR = 32;

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A picture of a terminal, as SVG with a ground of its own: it reads alike on any page. */
export function terminal(title: string, steps: readonly Step[]): string {
  const lines = steps.flatMap(({ command, output }) => [
    { kind: 'command', text: `$ ${command}` },
    ...output.map(text => ({ kind: 'output', text })),
  ]);
  const longest = Math.max(...lines.map(({ text }) => text.length));
  const width = Math.ceil(longest * ADVANCE) + 2 * MARGIN;
  const height = BAR + lines.length * LINE + 2 * MARGIN - 6;
  const shown = lines.map(
    ({ kind, text }, i) =>
      `  <text class="${kind}" x="${MARGIN}" y="${BAR + MARGIN + 6 + i * LINE}">${escaped(text)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">`,
    `  <title id="title">${escaped(title)}</title>`,
    '  <style>',
    `    text { font: ${SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre; }`,
    '    .command { fill: #ffffff; font-weight: 600; }',
    '    .output { fill: #b7c1cc; }',
    '  </style>',
    `  <rect width="${width}" height="${height}" rx="8" fill="#161b22"/>`,
    `  <path d="M0 ${BAR} V8 A8 8 0 0 1 8 0 H${width - 8} A8 8 0 0 1 ${width} 8 V${BAR} z" fill="#30363d"/>`,
    ...['#ff5f56', '#ffbd2e', '#27c93f'].map(
      (color, i) => `  <circle cx="${MARGIN + i * 20}" cy="${BAR / 2}" r="6" fill="${color}"/>`,
    ),
    ...shown,
    '</svg>',
    '',
  ].join('\n');
}
