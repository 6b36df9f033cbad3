import { setTimeout as sleep } from 'node:timers/promises';

let patience = 1;

/** Makes all waits longer, for slow machines. */
export function setPatience(factor: number): void {
  patience = factor;
}

/** How long to wait on this machine, in seconds, for what takes so long on one that is not slow. */
export function withPatience(seconds: number): number {
  return seconds * patience;
}

/**
 * Asks again until there is an answer.
 *
 * @param what what is waited for, for the error
 * @param seconds how long, on a machine that is not slow
 * @param ask the answer, or undefined or false where it is not there yet
 * @param why what to say about the state of things when time is up
 */
export async function until<T>(
  what: string,
  seconds: number,
  ask: () => Promise<T | undefined | false>,
  why = async () => '',
): Promise<T> {
  const most = withPatience(seconds);
  const end = Date.now() + most * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) {
      return answer;
    }
    if (Date.now() > end) {
      throw new Error(`${what}: not within ${most} s\n${await why()}`.trimEnd());
    }
    await sleep(500);
  }
}
