import * as fs from 'fs';
import * as path from 'path';
import { type App } from 'cdk8s';
import { type Order, orderOf } from './app-order';
import { constructMetadata, documentsOf, outputOf, type OutputFile } from './output';
import { checkOutput } from './output-check';
import { writeApp } from './output-folder';
import { ReviewedFiles } from './reviewed-files';
import { stockMethod } from './stock-method';
import { CycleError } from './topology';
import { InputError } from '../errors';
import type { Pack } from '../rules/catalog';

/** Options for writing an app. */
export interface SynthesisOptions {
  /** Whether `construct-metadata.json` is written, too. */
  readonly recordsMetadata: boolean;
  /** The rules for the reports. */
  readonly pack: Pack;
}

/**
 * Writes the files of an app, with the reasons for their fields as comments, and the reports.
 * Renders everything before it writes any file, so an error leaves existing files unchanged.
 */
export function synthesize(app: App, { recordsMetadata, pack }: SynthesisOptions): void {
  const order = orderOrError(app);
  const output = outputOf(app, order);
  checkOutput(output.files);
  const { folder, isHelm } = reportsOf(app.outdir);
  const nameOf = (file: OutputFile) => path.relative(folder, file.path).split(path.sep).join('/');
  const reviewed = new ReviewedFiles(
    output.files.map(file => ({ ...file, name: nameOf(file) })),
    pack,
  );
  const texts = reviewed.texts(isHelm);
  const manifests = new Map(output.files.map((file, i) => [file.path, texts[i]]));
  const reports = new Map(
    reviewed.reports().map(([name, text]) => [path.join(folder, name), text]),
  );
  if (recordsMetadata) {
    reports.set(path.join(app.outdir, 'construct-metadata.json'), constructMetadata(order));
  }
  writeApp(app, { folders: output.folders, manifests, reports });
}

/** Returns all documents of an app as one text, with the reasons for their fields as comments. */
export function synthesizeYaml(app: App, pack: Pack): string {
  const order = orderOrError(app);
  const documents = [...order.charts.keys()].flatMap(chart => documentsOf(chart, order));
  const file = { path: '', from: '', name: '', documents };
  checkOutput([file]);
  const [text] = new ReviewedFiles([file], pack).texts(reportsOf(app.outdir).isHelm);
  return text;
}

/**
 * Returns the order of an app. For a cycle, cdk8s throws its usual error. For a construct that
 * depends on itself, cdk8s throws no error and omits the construct; this function throws one.
 */
function orderOrError(app: App): Order {
  try {
    return orderOf(app);
  } catch (error) {
    if (!(error instanceof CycleError)) {
      throw error;
    }
    stockMethod(app, 'synthYaml').call(app); // throws an error for a cycle of several constructs
    const self = app.node
      .findAll()
      .find(construct => construct.node.dependencies.includes(construct));
    throw new InputError(self?.node.path || 'app', {
      code: 'SHM025',
      field: 'dependencies',
      given: 'a construct that depends on itself',
      allowed: 'dependencies on others: cdk8s would leave it out without a word',
      fix: 'remove this dependency',
    });
  }
}

/**
 * Returns the folder for the reports: the folder of the manifests or, in Helm format, the parent of
 * `templates`, because Helm evaluates every file in or below `templates`. With `--format helm`,
 * `cdk8s synth` writes directly to `templates`. An output folder below `templates` only counts as
 * Helm format if there is a Chart.yaml next to `templates`.
 */
function reportsOf(outdir: string): { folder: string; isHelm: boolean } {
  if (isTemplates(outdir)) {
    return { folder: path.join(outdir, '..'), isHelm: true };
  }
  for (
    let folder = path.resolve(outdir);
    folder !== path.dirname(folder);
    folder = path.dirname(folder)
  ) {
    const chart = path.dirname(folder);
    if (isTemplates(folder) && fs.existsSync(path.join(chart, 'Chart.yaml'))) {
      return { folder: path.relative('', chart) || '.', isHelm: true };
    }
  }
  return { folder: outdir, isHelm: false };
}

function isTemplates(folder: string): boolean {
  return path.basename(path.resolve(folder)) === 'templates';
}
