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

/** How an app is written. */
export interface SynthesisOptions {
  /** Whether `construct-metadata.json` is written, too. */
  readonly recordsMetadata: boolean;
  /** Which rules the reports are made by. */
  readonly pack: Pack;
}

/**
 * Writes the files of an app with the reasons for their fields, and the reports on them. Everything
 * is rendered before anything is written: an error leaves the disk as it is.
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

/** The documents of an app with the reasons for their fields, as one text. */
export function synthesizeYaml(app: App, pack: Pack): string {
  const order = orderOrError(app);
  const documents = [...order.charts.keys()].flatMap(chart => documentsOf(chart, order));
  const file = { path: '', from: '', name: '', documents };
  checkOutput([file]);
  const [text] = new ReviewedFiles([file], pack).texts(reportsOf(app.outdir).isHelm);
  return text;
}

/**
 * The order of an app. cdk8s words the error of a cycle; of what depends on itself alone it says
 * nothing, and leaves it out.
 */
function orderOrError(app: App): Order {
  try {
    return orderOf(app);
  } catch (error) {
    if (!(error instanceof CycleError)) {
      throw error;
    }
    stockMethod(app, 'synthYaml').call(app); // throws, or
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
 * The folder of the reports: that of the manifests, but in Helm format the one above `templates`.
 * Helm evaluates all that is in or below it; `cdk8s synth --format helm` writes to it, and who
 * writes below it has the Chart.yaml beside it: any other folder of this name is none of Helm's.
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
