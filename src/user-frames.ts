import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this library, in which no user's code is. */
const OWN = __dirname + sep;

/**
 * Returns the file and the line of a frame of a stack: `at name (FILE:LINE:COLUMN)`, or without a
 * name. Absent for frames of Node.js itself, like `node:internal/modules/run_main`.
 */
export function frameOf(text: string): { path: string; line: string } | undefined {
  const [, file, line] =
    /^ *at (?:.* \()?((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/]).*?):(\d+):\d+\)?$/.exec(text) ?? [];
  return file === undefined
    ? undefined
    : { path: file.startsWith('file://') ? fileURLToPath(file) : file, line };
}

/** Checks whether a file is of the user: of no library. */
export function isOfUser(path: string): boolean {
  return !path.startsWith(OWN) && !/[\\/](node_modules|@jsii|jsii-kernel-[^\\/]*)[\\/]/.test(path);
}

/**
 * Writes the stack of callers into `holder.stack`, down to so many frames.
 *
 * @param below the function that is not in it, nor those that it calls
 */
export function captureStack(holder: { stack?: string }, frames: number, below: object): void {
  const before = Error.stackTraceLimit;
  try {
    Error.stackTraceLimit = frames;
    Error.captureStackTrace(holder, below as () => void);
    Error.stackTraceLimit = before;
  } catch {
    // somebody has frozen the limit: the line may not be known
  }
}

/**
 * Returns the frames of a stack, beginning with the line that called the library, of the user or of
 * a package of theirs. Without such a line, they are all there.
 */
export function fromCaller(frames: string): string {
  const lines = frames.split('\n');
  const caller = lines.findIndex(line => {
    const frame = frameOf(line);
    return frame !== undefined && !frame.path.startsWith(OWN);
  });
  return caller < 0 ? frames : lines.slice(caller).join('\n');
}
