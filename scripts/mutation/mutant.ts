/** A position in a file as the instrumenter of Stryker counts: lines and columns from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One small change of the source that a test should notice. */
export interface Mutant {
  /** The path from the root of the project. */
  readonly file: string;
  readonly mutator: string;
  readonly start: Position;
  readonly end: Position;
  /** The source text that is replaced. */
  readonly original: string;
  readonly replacement: string;
}

/** What became of a mutant; the words are those of Stryker. */
export type Status =
  'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | 'CompileError' | 'RuntimeError';

/** Names one mutant of one state of the source. `plugin.mjs` makes the same text. */
export function keyOf({ file, start, end, mutator, replacement }: Omit<Mutant, 'original'>) {
  return JSON.stringify([
    file,
    start.line,
    start.column,
    end.line,
    end.column,
    mutator,
    replacement,
  ]);
}

/** The range of the mutant as Stryker's option `mutate` reads it: lines from 1, columns from 0. */
export function rangeOf({ file, start, end }: Mutant): string {
  return `${file}:${start.line + 1}:${start.column}-${end.line + 1}:${end.column}`;
}
