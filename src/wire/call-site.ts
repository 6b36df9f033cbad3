import { relative } from 'node:path';
import { captureStack, frameOf, isOfUser } from '../user-frames';

/**
 * Whether the user's code is in another process, which jsii runs this one for: Python, Java. Their
 * lines are in no stack here, whose outermost file is jsii's own.
 */
const isElsewhere = (): boolean => process.env.JSII_AGENT !== undefined;

/** Frames of a stack that are looked at. */
const MOST_FRAMES = 12;

/**
 * Remembers where the user's code called the library. The stack is only turned into text if there
 * is an error to tell, because that is slow and most objects have none.
 */
export class CallSite {
  private readonly trace: { stack?: string } = {};

  public constructor() {
    if (isElsewhere()) {
      return;
    }
    captureStack(this.trace, MOST_FRAMES, CallSite);
  }

  /**
   * Returns `main.ts:42`, from the current folder. Absent if the stack shows no file of the user.
   */
  public get place(): string | undefined {
    // a program can have its own format of stacks
    for (const line of String(this.trace.stack ?? '').split('\n')) {
      const frame = frameOf(line);
      if (frame !== undefined && isOfUser(frame.path)) {
        const short = relative(process.cwd(), frame.path);
        return `${short.startsWith('..') ? frame.path : short}:${frame.line}`;
      }
    }
    return undefined;
  }
}
