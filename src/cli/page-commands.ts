import { relative } from 'node:path';
import { diffOf, readSides } from './diff-sides';
import { contractsIn } from './given-contracts';
import type { Out } from './lint-command';
import type { Manifest } from '../kube/manifest';
import { compare, inOrder } from '../kube/object-order';
import { readFiles, UsageError } from '../read/input-files';
import { ManifestSet } from '../read/manifest-set';
import { isUnread, STDIN } from '../read/source';
import { markdown } from '../report/diff/diff-markdown';
import { reachVerdictOf } from '../report/diff/diff-words';
import { repeatedObjectLines } from '../report/repeated-object-words';
import { reviewPage, type Since } from '../report/review/review-page';
import { runbookPage } from '../report/runbook/runbook-page';
import type { Pack } from '../rules/catalog';
import { findingsInSet, unreadableInput, type RuleFinding } from '../rules/engine';
import type { GivenContract } from '../sharing/given-contract';
import { MarkedManifests } from '../sharing/marked-manifests';

export interface ReviewOptions {
  readonly pack?: Pack;
  /** Files with contracts in JSON form, which the objects are judged by. */
  readonly contract?: readonly string[];
  /** The state with which the manifests are compared: a path or a git revision. */
  readonly since?: string;
}

/**
 * The command `review`: prints the review page for manifests. Links are relative to the folder, or
 * to the current folder if there are several paths. Returns the exit code: 2 if something cannot be
 * read, and 0 otherwise.
 */
export function review(
  paths: readonly string[],
  { pack, contract, since }: ReviewOptions,
  out: Out,
): number {
  const contracts = contractsIn(contract);
  const then = since === undefined ? undefined : sinceThen(since, paths, contracts, pack);
  return page(
    paths,
    out,
    (marked, problems) =>
      reviewPage(marked, [...problems, ...findingsInSet(marked, { pack })], then),
    contracts,
  );
}

/**
 * The command `runbook`: prints the steps of the rollout for manifests. Returns the exit code: 2 if
 * something cannot be read, and 0 otherwise.
 */
export function runbook(paths: readonly string[], out: Out): number {
  return page(
    paths,
    out,
    marked =>
      runbookPage(marked) ??
      'No node, no wave and no workload in these manifests is to be brought over step by step.\n',
  );
}

/** Compares the manifests with an earlier state. What cannot be read there is an error. */
function sinceThen(
  since: string,
  paths: readonly string[],
  contracts: readonly GivenContract[],
  pack: Pack | undefined,
): Since {
  if (paths.length !== 1 || paths[0] === STDIN) {
    throw new UsageError(`--since: given with ${paths.join(' ')}; allowed with one file or folder`);
  }
  const sides = readSides([since, paths[0]]);
  const [problem] = sides[0].inputs.problems.filter(isUnread);
  if (problem) {
    throw new UsageError(`--since ${since}: ${problem.source.name}: ${problem.message}`);
  }
  const diff = diffOf(sides, contracts);
  const verdict = [sides[0].note, reachVerdictOf(diff)].filter(each => each !== undefined);
  const { inputs, root } = sides[0];
  const before = markedManifests(inputs.manifests, root, contracts);
  return {
    name: since,
    verdict: verdict.join('; '),
    changes: markdown(diff),
    page: reviewPage(before, findingsInSet(before, { pack })),
  };
}

function markedManifests(
  manifests: readonly Manifest[],
  folder: string,
  contracts: readonly GivenContract[],
): MarkedManifests {
  return new MarkedManifests(
    new ManifestSet(inOrder(manifests.map(manifest => seenFrom(folder, manifest)))),
    contracts,
  );
}

function page(
  paths: readonly string[],
  out: Out,
  write: (marked: MarkedManifests, problems: readonly RuleFinding[]) => string,
  contracts: readonly GivenContract[] = [],
): number {
  const { manifests, problems } = readFiles(paths);
  const folder = paths.length === 1 ? paths[0] : '.';
  if (manifests.length === 0 && problems.length === 0) {
    throw new UsageError(`${paths.join(', ')}: no Kubernetes manifests (.yaml, .yml, .json) there`);
  }
  const marked = markedManifests(manifests, folder, contracts);
  out.stdout.write(
    write(
      marked,
      problems
        .map(problem => ({ ...problem, source: named(folder, problem.source) }))
        .sort((a, b) => compare([a.source.name], [b.source.name])) // the sort is stable
        .map(unreadableInput),
    ),
  );
  for (const { source, place, message } of problems) {
    out.stderr.write(`${source.name}:${place?.line ?? 1}:${place?.column ?? 1}: ${message}\n`);
  }
  out.stderr.write(
    repeatedObjectLines(manifests)
      .map(line => `${line}\n`)
      .join(''),
  );
  return problems.some(isUnread) ? 2 : 0;
}

function seenFrom(folder: string, manifest: Manifest): Manifest {
  const { document } = manifest;
  return document
    ? {
        ...manifest,
        document: {
          source: named(folder, document.source),
          place: pointer => document.place(pointer),
        },
      }
    : manifest;
}

/** Returns a file with its name relative to the folder. */
function named(folder: string, source: { readonly name: string }): { readonly name: string } {
  return source.name === folder || source.name === STDIN
    ? source
    : { name: relative(folder, source.name).replaceAll('\\', '/') };
}
