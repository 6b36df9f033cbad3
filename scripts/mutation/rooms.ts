import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The rooms, in the order in which a run judges them. */
export const ROOMS = [
  'wire',
  'quantity',
  'model',
  'read',
  'sharing',
  'rules',
  'change',
  'adopt',
  'fix',
];

/** A single file that carries enough to be a room of its own. */
const FILE_ROOMS: Record<string, string> = { quantity: 'src/kube/quantity.ts' };

/** The source files of a room, by their paths from the root of the project. */
export function filesOf(room: string): string[] {
  if (FILE_ROOMS[room]) {
    return [FILE_ROOMS[room]];
  }
  return readdirSync(join('src', room), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => join('src', room, name))
    .sort();
}
