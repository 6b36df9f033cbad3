import { existsSync } from 'node:fs';
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
const renderedTrees = new Set<IConstruct>();
let isWatching = false;

/**
 * Remembers an object until it is rendered. If `cdk8s synth` runs the program and it ends before
 * that, its last words are an error, and its exit code is 1: what is attached after `app.synth()`
 * is in no file.
 *
 * Other programs, such as tests, may attach something and never render it.
 */
export function awaitRender(object: Unrendered): void {
  if (process.env.CDK8S_OUTDIR === undefined) {
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

/** Forgets an object that is rendered, or whose validation has found something wrong. */
export function stopAwaiting(object: Unrendered): void {
  waiting.delete(object);
  if (isWatching) {
    renderedTrees.add(object.root);
  }
}

/**
 * Returns true if the app of an object was rendered, and without what was asked of the object
 * since. A program may also have an app that it never renders. If no object with edits was
 * rendered, the output folder of the app tells: `cdk8s synth` removes it before the program starts.
 */
function isLate({ root }: Unrendered): boolean {
  const { outdir = '' } = root as Partial<App>;
  return renderedTrees.size > 0 ? renderedTrees.has(root) : existsSync(outdir);
}

function unrendered(): string[] {
  const all = [...waiting].filter(object => object.isInTree && isLate(object));
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
