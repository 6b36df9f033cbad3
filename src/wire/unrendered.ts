import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { describe, type Problem } from '../errors';

/** An object whose edits nobody has rendered yet. */
export interface Unrendered {
  /** Path of the construct. */
  readonly path: string;
  /** The construct at the top of the object's tree, usually an App. */
  readonly root: IConstruct;
  /** Whether it is still in the tree of its app, and nobody has removed it. */
  readonly isInTree: boolean;
  /** What is wrong with what was asked of it, apart from that nothing rendered it. */
  readonly failures: readonly Problem[];
  /** Returns what was asked of the object since it was rendered, and in which lines. */
  asked(): readonly string[];
}

const waiting = new Set<Unrendered>();
let isWatching = false;

/**
 * Remembers an object that is edited after `app.synth()`, until it is rendered again. If the
 * program ends before that, its last words are an error, and its exit code is 1: what is attached
 * after `app.synth()` is in no file.
 *
 * Tests may attach something and never render it; so may a program that has another app, which it
 * never renders.
 */
export function awaitRender(object: Unrendered): void {
  const { outdir } = object.root as Partial<App>;
  if (outdir === undefined || !isWritten(outdir)) {
    return;
  }
  waiting.add(object);
  if (!isWatching) {
    isWatching = true;
    process.once('exit', code => {
      const problems = code === 0 ? unrendered() : [];
      if (problems.length > 0) {
        process.stderr.write(`${problems.join('\n')}\n`);
        process.exitCode = 1;
      }
    });
  }
}

/**
 * Checks whether this program has written an output folder. `cdk8s synth` removes it before the
 * program starts, and `app.synth()` makes it; a program that runs alone replaces the files in it.
 */
function isWritten(outdir: string): boolean {
  if (!existsSync(outdir)) {
    return false;
  }
  if (outdir === process.env.CDK8S_OUTDIR) {
    return true;
  }
  const isTest = ['JEST_WORKER_ID', 'NODE_TEST_CONTEXT', 'VITEST'].some(
    name => name in process.env,
  );
  const started = Date.now() - process.uptime() * 1000;
  return (
    !isTest &&
    readdirSync(outdir).some(
      name => (statSync(join(outdir, name), { throwIfNoEntry: false })?.mtimeMs ?? 0) > started,
    )
  );
}

/** Forgets an object that is rendered, or whose validation has found something wrong. */
export function stopAwaiting(object: Unrendered): void {
  waiting.delete(object);
}

function unrendered(): string[] {
  const all = [...waiting].filter(({ isInTree }) => isInTree);
  return all.flatMap(object => {
    const asked = object.asked();
    const problems = [...object.failures, ...(asked.length > 0 ? [notRendered(asked)] : [])];
    return problems.map(problem => describe(object.path, problem));
  });
}

function notRendered(asked: readonly string[]): Problem {
  return {
    code: 'SHM032',
    field: 'app.synth()',
    given: `${asked.join(', ')}, after the app was rendered: it is in no file`,
    allowed: 'attaching and making things before the app is rendered',
    fix: 'move app.synth() to the end of the program, or remove what is not to be rendered',
  };
}
