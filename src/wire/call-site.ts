import { dirname, relative, sep } from 'node:path';

/** The folder of this library, in which no user's code is. */
const OWN = dirname(__dirname) + sep;

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
    const before = Error.stackTraceLimit;
    Error.stackTraceLimit = MOST_FRAMES;
    Error.captureStackTrace(this.trace, CallSite);
    Error.stackTraceLimit = before;
  }

  /**
   * Returns `main.ts:42`, from the current folder. Absent if the stack shows no file of the user.
   */
  public get place(): string | undefined {
    for (const line of (this.trace.stack ?? '').split('\n').slice(1)) {
      const [, file, number] = /\(?((?:file:\/\/)?\/[^()]*?):(\d+):\d+\)?$/.exec(line) ?? [];
      const path = file?.replace(/^file:\/\//, '');
      if (path !== undefined && isUsers(path)) {
        const short = relative(process.cwd(), path);
        return `${short.startsWith('..') ? path : short}:${number}`;
      }
    }
    return undefined;
  }
}

function isUsers(path: string): boolean {
  return !path.startsWith(OWN) && !/[\\/](node_modules|@jsii|jsii-[^\\/]*)[\\/]/.test(path);
}
