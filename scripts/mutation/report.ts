import { readFileSync } from 'node:fs';
import { keyOf, type Mutant, type Status } from './mutant';
import { isSurvivor, LEAST_SCORE, partOf, scoreOf, wilson } from './score';

/** What was tried of one room. */
export interface RoomSample {
  readonly room: string;
  /** How many mutants the room has, without those that are accepted. */
  readonly of: number;
  readonly mutants: readonly Mutant[];
}

type Statuses = ReadonlyMap<string, Status>;

const percent = (part: number) => `${(100 * part).toFixed(1)} %`;

/** The table of all rooms, as Markdown, so that it can go into docs/mutation.md. */
export function scoreTable(samples: readonly RoomSample[], statuses: Statuses): string {
  const rows = samples.map(({ room, of, mutants }) => {
    const score = scoreOf(mutants.map(mutant => statuses.get(keyOf(mutant))!));
    const [low, high] = wilson(score);
    const interval = mutants.length === of ? 'all of them' : `${percent(low)} to ${percent(high)}`;
    return [
      room,
      String(of),
      `${score.killed}/${score.total}`,
      percent(partOf(score)),
      interval,
      String(score.leftOut),
    ];
  });
  const head = ['room', 'mutants', 'killed', 'score', '95 % interval', 'left out'];
  return [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |\n`).join('');
}

/** The rooms whose tests kill too little. */
export function weakRooms(samples: readonly RoomSample[], statuses: Statuses): string[] {
  return samples
    .filter(({ mutants }) => {
      const score = scoreOf(mutants.map(mutant => statuses.get(keyOf(mutant))!));
      return partOf(score) < LEAST_SCORE;
    })
    .map(({ room }) => room);
}

/** What the tests let live, by file and line. */
export function survivorsOf(samples: readonly RoomSample[], statuses: Statuses): Mutant[] {
  return samples
    .flatMap(({ mutants }) => mutants)
    .filter(mutant => isSurvivor(statuses.get(keyOf(mutant))!))
    .sort((a, b) => (a.file === b.file ? a.start.line - b.start.line : a.file < b.file ? -1 : 1));
}

/** Each survivor on a line: where, the line as it is, and what the mutant makes of a part of it. */
export function survivorLines(survivors: readonly Mutant[]): string {
  return survivors
    .map(({ file, start, mutator, original, replacement }) => {
      const line = readFileSync(file, 'utf8').split('\n')[start.line].trim();
      const change = `${mutator} ${short(original)} -> ${short(replacement)}`;
      return `${file}:${start.line + 1}  ${line}  [${change}]\n`;
    })
    .join('');
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 90 ? `${line.slice(0, 60)} ... ${line.slice(-25)}` : line;
}
