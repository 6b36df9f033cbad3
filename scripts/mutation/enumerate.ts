import { readFileSync } from 'node:fs';
import type { Mutant, Position } from './mutant';

/** Mutators that are off: a changed wording breaks nobody, and the rules carry long texts. */
export const EXCLUDED_MUTATIONS = ['StringLiteral'];

/** All mutants of the files, as Stryker's own instrumenter makes them. */
export async function mutantsOf(files: readonly string[]): Promise<Mutant[]> {
  const { Instrumenter } = await import('@stryker-mutator/instrumenter');
  const silent = { isDebugEnabled: () => false, debug: () => {}, info: () => {} };
  const instrumenter = new Instrumenter(
    silent as unknown as ConstructorParameters<typeof Instrumenter>[0],
  );
  const texts = new Map(files.map(file => [file, readFileSync(file, 'utf8')]));
  const { mutants } = await instrumenter.instrument(
    [...texts].map(([name, content]) => ({ name, content, mutate: true })),
    { excludedMutations: EXCLUDED_MUTATIONS, ignorers: [], noHeader: false, plugins: null },
  );
  return mutants
    .filter(mutant => mutant.status !== 'Ignored')
    .map(({ fileName, mutatorName, location: { start, end }, replacement }) => ({
      file: fileName,
      mutator: mutatorName,
      start: { line: start.line, column: start.column },
      end: { line: end.line, column: end.column },
      original: between(texts.get(fileName)!, start, end),
      replacement,
    }));
}

/** The part of a text from one position to another. */
export function between(text: string, start: Position, end: Position): string {
  const lines = text.split('\n').slice(start.line, end.line + 1);
  lines[lines.length - 1] = lines[lines.length - 1].slice(0, end.column);
  lines[0] = lines[0].slice(start.column);
  return lines.join('\n');
}
