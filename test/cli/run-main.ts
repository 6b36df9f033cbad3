import { Writable } from 'node:stream';
import { main } from '../../src/cli/main';

/** What a command writes and ends with. */
export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs the command line in this process. */
export async function runMain(...args: string[]): Promise<Ran> {
  const written = { out: '', err: '' };
  const to = (stream: 'out' | 'err') =>
    new Writable({
      write(chunk, _, done) {
        written[stream] += String(chunk);
        done();
      },
    });
  const code = await main(args, { stdout: to('out'), stderr: to('err') });
  return { code, ...written };
}
