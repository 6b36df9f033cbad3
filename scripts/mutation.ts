import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import {
  ACCEPTED_FILE,
  readAccepted,
  staleEntries,
  withoutAccepted,
  type Accepted,
} from './mutation/accepted';
import { mutantsOf } from './mutation/enumerate';
import type { Mutant } from './mutation/mutant';
import {
  scoreTable,
  survivorLines,
  survivorsOf,
  weakRooms,
  type RoomSample,
} from './mutation/report';
import { filesOf, ROOMS } from './mutation/rooms';
import { runMutants } from './mutation/run';
import { sampleOf } from './mutation/sample';
import { LEAST_SCORE } from './mutation/score';

const SURVIVORS_FILE = 'reports/mutation/survivors.json';

const USAGE = `npm run mutation -- [options]: do the tests notice when the source changes?
  --room NAME     only this room; several times for several
  --sample N      mutants of each room (60)
  --seed N        another sample (1)
  --whole NAME    all mutants of this room, and no other room
  --workers N     test runners at a time (1)
rooms: ${ROOMS.join(', ')}
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      room: { type: 'string', multiple: true },
      sample: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      whole: { type: 'string' },
      workers: { type: 'string', default: '1' },
      help: { type: 'boolean' },
    },
  });
  const rooms = values.whole ? [values.whole] : (values.room ?? ROOMS);
  const unknown = rooms.filter(room => !ROOMS.includes(room));
  if (values.help || unknown.length > 0) {
    process.stdout.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const size = values.whole ? Infinity : natural('sample', values.sample);
  const samples = await drawSamples(rooms, size, natural('seed', values.seed));
  const mutants = samples.flatMap(sample => sample.mutants);
  const statuses = await runMutants(mutants, natural('workers', values.workers));

  const survivors = survivorsOf(samples, statuses);
  writeSurvivors(survivors);
  process.stdout.write(`\n${survivors.length} survivors\n${survivorLines(survivors)}`);
  process.stdout.write(`\n${scoreTable(samples, statuses)}`);
  const weak = weakRooms(samples, statuses);
  if (weak.length > 0) {
    process.stderr.write(`\nbelow ${100 * LEAST_SCORE} %: ${weak.join(', ')}\n`);
    process.exitCode = 1;
  }
}

/** Samples of the rooms, without accepted survivors. */
async function drawSamples(rooms: readonly string[], size: number, seed: number) {
  const accepted = readAccepted();
  await refuseStale(accepted);
  const samples: RoomSample[] = [];
  for (const room of rooms) {
    const counted = withoutAccepted(await mutantsOf(filesOf(room)), accepted);
    samples.push({ room, of: counted.length, mutants: sampleOf(counted, size, seed) });
  }
  return samples;
}

/** The list of accepted survivors must not rot, also not for rooms that this run leaves out. */
async function refuseStale(accepted: readonly Accepted[]): Promise<void> {
  const named = new Set(accepted.map(({ file }) => file));
  const files = new Set(ROOMS.flatMap(filesOf).filter(file => named.has(file)));
  const stale = staleEntries(accepted, await mutantsOf([...files]));
  if (stale.length > 0) {
    const entries = stale.map(({ file, original }) => `${file}: ${original}`).join('\n');
    throw new Error(`${ACCEPTED_FILE} has entries that match no mutant of a room:\n${entries}`);
  }
}

/** Survivors in the form of accepted ones, to copy from: a list of texts is hard to cut out. */
function writeSurvivors(survivors: readonly Mutant[]): void {
  const entries = survivors.map(({ file, start, mutator, original, replacement }) => ({
    file,
    line: start.line + 1,
    mutator,
    original,
    replacement,
    reason: '',
  }));
  mkdirSync(dirname(SURVIVORS_FILE), { recursive: true });
  writeFileSync(SURVIVORS_FILE, `${JSON.stringify(entries, null, 2)}\n`);
}

function natural(name: string, text: string): number {
  if (!/^[0-9]+$/.test(text)) {
    throw new Error(`--${name} must be a number, not ${text}`);
  }
  return Number(text);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
