/** The status that a shell gives a program that SIGPIPE ended. Node.js ignores this signal. */
const ENDED_BY_SIGPIPE = 141;

/** What of a process has to do with its output. */
export interface Writing {
  readonly stdout: NodeJS.EventEmitter;
  readonly stderr: NodeJS.EventEmitter;
  exit(code: number): void;
}

/**
 * Ends the process without a word if nobody reads its output any more, for example in
 * `lint | head -1`. Other errors of the streams are thrown, as without this function.
 */
export function endWithReader(writing: Writing): void {
  for (const stream of [writing.stdout, writing.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') {
        throw error;
      }
      writing.exit(ENDED_BY_SIGPIPE);
    });
  }
}
