import { randomUUID } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { formatted, type Out } from './lint-command';
import { adoptionOf, usersWithoutMark } from '../adopt/adopted-contracts';
import type { Adoption } from '../adopt/adoption';
import { guessesOf } from '../adopt/guesses';
import { includedFiles, type IncludedFile } from '../adopt/included-files';
import { changesBetween } from '../change/diff';
import { fixed } from '../fix/fixed-documents';
import { patchFolder, patchOf } from '../fix/patch';
import { writeFixed } from '../fix/written-files';
import { at, isObject, pointer, type JsonObject } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { readFiles, UsageError } from '../read/input-files';
import { ManifestSet } from '../read/manifest-set';
import { isUnread, STDIN } from '../read/source';
import { adoptionPage } from '../report/adoption/adoption-page';
import { notAdoptedWords, thingWords } from '../report/adoption/adoption-words';
import { appFiles } from '../report/adoption/app-files';
import { markGuessWords, noSizeWords } from '../report/adoption/guess-words';
import { text } from '../report/diff/diff-text';
import { diffDocument } from '../report/diff/worded-changes';
import { findingsJson } from '../report/finding-json';
import { styleOf } from '../report/findings-text';
import { unreadableInput } from '../rules/engine';
import type { FieldChange } from '../rules/remedy';
import { listWords } from '../rules/rule-words';
import { MarkedManifests } from '../sharing/marked-manifests';

export interface AdoptOptions {
  /** The folder of the app. */
  readonly out?: string;
  /** Whether the marks are written into the manifests, without an app. */
  readonly marks?: boolean;
  /** Whether they are written to the files, and not as a patch. */
  readonly write?: boolean;
}

/**
 * The command `adopt`. Returns the exit code: 0 if the app or the marks were written, 1 if there is
 * nothing to adopt, 2 if something cannot be read or marked, or 3 if they were written, but not for
 * all workloads that use the memory.
 */
export function adopt(paths: readonly string[], options: AdoptOptions, out: Out): number {
  const { out: folder, marks = false, write = false } = options;
  if ((folder === undefined) !== marks || (write && !marks)) {
    throw new UsageError(
      'choose one of them: --out FOLDER writes an app; --marks prints the marks as a patch for the manifests, and --marks --write writes them',
    );
  }
  if (folder !== undefined) {
    checkTarget(folder, paths);
  }
  const { manifests, sources, problems } = readFiles(paths);
  if (problems.length > 0) {
    out.stderr.write(formatted(findingsJson(problems.map(unreadableInput)), sources, 'text', out));
  }
  if (problems.some(isUnread)) {
    return 2;
  }
  refuseUnrendered(manifests);
  const adoption = adoptionOf(new MarkedManifests(new ManifestSet(manifests)));
  refuseTwins(adoption.kept);
  const page = adoptionPage(adoption);
  if (adoption.contracts.length === 0) {
    out.stdout.write(`${page}\n`);
    out.stderr.write('cdk8s-shared-memory: nothing was written: there is no contract to adopt\n');
    return 1;
  }
  if (folder === undefined) {
    return writeMarks(adoption, write, out);
  }
  const included = includedFiles(adoption.kept, source => nameIn(paths, source));
  writeFolder(folder, appFiles(adoption, included, ranges()), modesOf(included));
  out.stdout.write(`${page}\n${changes(adoption, out)}`);
  return codeFor(adoption, out);
}

/** Writes the marks into the manifests, or prints them as a patch. */
function writeMarks(adoption: Adoption, write: boolean, out: Out): number {
  const { contracts, marked, notAdopted } = adoption;
  const wanted = [...marked].map(([manifest, json]) => ({
    manifest,
    changes: annotationChanges(manifest, json),
  }));
  const { files, done, skipped } = fixed(wanted);
  if (write) {
    try {
      writeFixed(files);
    } catch (error) {
      throw new UsageError(`nothing was written: ${(error as Error).message}`);
    }
  } else {
    const names = files.map(({ name }) => name);
    const folder = names.length === 0 ? '' : patchFolder(names);
    out.stdout.write(files.map(file => patchOf(file, folder)).join(''));
  }
  const line = (manifest: Manifest) => `${placeOf(manifest)}: ${manifest.kind} ${manifest.name}`;
  for (const { manifest } of wanted.filter(each => done.includes(each))) {
    out.stderr.write(`${write ? 'marked' : 'would mark'}: ${line(manifest)}\n`);
  }
  for (const contract of contracts) {
    for (const guess of guessesOf(contract)) {
      out.stderr.write(`guessed: contract ${contract.spec.name}: ${markGuessWords(guess)}\n`);
    }
  }
  for (const { spec } of contracts) {
    for (const { name } of spec.memory.filter(({ size }) => size === undefined)) {
      out.stderr.write(`without a size: contract ${spec.name}: ${noSizeWords(name)}\n`);
    }
  }
  for (const { manifest, thing, because } of notAdopted) {
    out.stderr.write(
      `not adopted: ${line(manifest)}; ${thingWords(thing)}: ${notAdoptedWords(because)}\n`,
    );
  }
  for (const { manifest, because } of skipped) {
    out.stderr.write(`not marked: ${line(manifest)}; ${because}\n`);
  }
  const code = codeFor(adoption, out);
  return skipped.length > 0 ? 2 : code;
}

/** Returns the exit code for what was written, and says what it lacks. */
function codeFor(adoption: Adoption, out: Out): number {
  const left = usersWithoutMark(adoption);
  if (left.length === 0) {
    return 0;
  }
  const names = left.map(({ kind, name }) => `${kind} ${name}`);
  const [use, are] = left.length === 1 ? ['uses', 'is'] : ['use', 'are'];
  out.stderr.write(
    `cdk8s-shared-memory: ${listWords(names)} ${use} the memory of a contract and ${are} not in it, so nobody compares ${left.length === 1 ? 'it' : 'them'} with the other sides: docs/adopt.md of the package says what to do\n`,
  );
  return 3;
}

function annotationChanges(manifest: Manifest, json: JsonObject): FieldChange[] {
  const [before, after] = [manifest.json, json].map(each => at(each, 'metadata', 'annotations'));
  return Object.entries(isObject(after) ? after : {}).flatMap(([key, value]): FieldChange[] =>
    at(before, key) === value
      ? []
      : [{ do: 'set', pointer: pointer('metadata', 'annotations', key), value: value ?? null }],
  );
}

/** Returns the effects of the marks, as `diff` prints them. */
function changes({ kept, marked }: Adoption, out: Out): string {
  const after = kept.map(manifest => ({
    ...manifest,
    json: marked.get(manifest) ?? manifest.json,
  }));
  const found = diffDocument(changesBetween({ manifests: kept }, { manifests: after }));
  return text(found, styleOf(out.stdout.isTTY));
}

function checkTarget(folder: string, paths: readonly string[]): void {
  if (folder === '' || !existsSync(dirname(resolve(folder)))) {
    throw new UsageError(`--out ${folder}: name a new folder in one that exists`);
  }
  const there = lstatSync(folder, { throwIfNoEntry: false });
  if (there && !there.isDirectory()) {
    throw new UsageError(`--out ${folder}: it is no folder; name a new one`);
  }
  if (there && readdirSync(folder).length > 0) {
    throw new UsageError(`--out ${folder}: there is something in it already; name a new folder`);
  }
  const target = join(realpathSync(dirname(resolve(folder))), basename(folder));
  for (const path of paths) {
    const inside = relative(existsSync(path) ? realpathSync(path) : resolve(path), target);
    if (path !== '-' && (inside === '' || !(inside.startsWith('..') || isAbsolute(inside)))) {
      throw new UsageError(
        `--out ${folder}: it is in ${path}, where its manifests would be read again; name a folder beside it`,
      );
    }
  }
}

/** Refuses the input of kustomize: patches and bases are no manifests yet. */
function refuseUnrendered(manifests: readonly Manifest[]): void {
  const found = manifests.find(({ apiVersion }) =>
    /^kustomize\.config\.k8s\.io\//.test(apiVersion),
  );
  if (found) {
    throw new UsageError(
      `${found.document?.source.name}: a ${found.kind}; adopt what it renders: kustomize build FOLDER | cdk8s-shared-memory adopt - --out APP`,
    );
  }
}

/** Refuses an object that is there twice: an app has each object once. */
function refuseTwins(manifests: readonly Manifest[]): void {
  const seen = new Map<string, Manifest>();
  for (const manifest of manifests) {
    const { apiVersion, kind, namespace = '', name } = manifest;
    const key = [apiVersion, kind, namespace, name].join(' ');
    const first = seen.get(key);
    if (first) {
      throw new UsageError(
        `${placeOf(manifest)}: ${kind} ${name} is also in ${placeOf(first)}; remove one of them`,
      );
    }
    seen.set(key, manifest);
  }
}

function placeOf({ document, base }: Manifest): string {
  return `${document?.source.name}:${document?.place(base).line}`;
}

/** Returns the name of a file in the app: relative to the folder that was given. */
function nameIn(paths: readonly string[], source: string): string {
  if (source === STDIN) {
    return 'manifests.yaml';
  }
  const found = paths
    .map(path => relative(path, source).replaceAll('\\', '/'))
    .find(name => name !== '' && !name.startsWith('..') && !isAbsolute(name));
  return found ?? basename(source);
}

/** Returns the modes of the copied files: a Secret that only its owner reads stays like that. */
function modesOf(included: readonly IncludedFile[]): Map<string, number> {
  return new Map(
    included.flatMap(({ file, source }) =>
      source === STDIN ? [] : [[`manifests/${file}`, statSync(source).mode] as const],
    ),
  );
}

/** Writes the files of a new folder: all of them, or none. */
function writeFolder(
  folder: string,
  files: ReadonlyMap<string, string>,
  modes: ReadonlyMap<string, number>,
): void {
  const target = resolve(folder);
  const temporary = join(dirname(target), `.${randomUUID()}`);
  try {
    mkdirSync(temporary); // not recursive: in /proc, that would never end
    for (const [name, content] of files) {
      mkdirSync(dirname(join(temporary, name)), { recursive: true });
      writeFileSync(join(temporary, name), content, { flag: 'wx', mode: modes.get(name) });
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw new UsageError(`--out ${folder}: nothing was written: ${(error as Error).message}`);
  }
}

/** Returns the ranges of this package and its peers, for the app. */
function ranges(): { [name: string]: string } {
  const { version, peerDependencies } = JSON.parse(
    readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8'),
  ) as { version: string; peerDependencies: { [name: string]: string } };
  return { ...peerDependencies, 'cdk8s-shared-memory': `^${version}` };
}
