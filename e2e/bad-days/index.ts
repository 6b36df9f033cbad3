import type { Context } from '../context';
import type { Seen } from '../observation';
import { agent } from './agent';
import { contracts } from './contracts';
import { directory } from './directory';
import { full } from './full';
import { grants } from './grants';
import { node } from './node';

/**
 * What goes wrong in the life of a cluster, and what then must be seen: prevented, noticed with a
 * clear message, or mended by the remedy of docs/operations.md.
 */
export const BAD_DAYS: Readonly<Record<string, (context: Context) => Promise<Seen[]>>> = {
  'bad day: the directory': directory,
  'bad day: the agent': agent,
  'bad day: full memory': full,
  'bad day: changed contracts': contracts,
  'bad day: grants': grants,
  'bad day: the node restarts': node,
};
