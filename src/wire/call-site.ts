import { dirname, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

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
    try {
      Error.stackTraceLimit = MOST_FRAMES;
      Error.captureStackTrace(this.trace, CallSite);
      Error.stackTraceLimit = before;
    } catch {
      // somebody has frozen the limit: the line is not known
    }
  }

  /**
   * Returns `main.ts:42`, from the current folder. Absent if the stack shows no file of the user.
   */
  public get place(): string | undefined {
    // a program can have its own format of stacks
    for (const line of String(this.trace.stack ?? '').split('\n')) {
      const frame = frameOf(line);
      if (frame !== undefined && isUsers(frame.path)) {
        const short = relative(process.cwd(), frame.path);
        return `${short.startsWith('..') ? frame.path : short}:${frame.line}`;
      }
    }
    return undefined;
  }
}

/**
 * Returns the file and the line of a frame: `at name (FILE:LINE:COLUMN)`, or without a name. Absent
 * for frames of Node.js itself, like `node:internal/modules/run_main`.
 */
export function frameOf(text: string): { path: string; line: string } | undefined {
  const [, file, line] =
    /^ *at (?:.* \()?((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/]).*?):(\d+):\d+\)?$/.exec(text) ?? [];
  return file === undefined
    ? undefined
    : { path: file.startsWith('file://') ? fileURLToPath(file) : file, line };
}

function isUsers(path: string): boolean {
  return !path.startsWith(OWN) && !/[\\/](node_modules|@jsii|jsii-kernel-[^\\/]*)[\\/]/.test(path);
}
