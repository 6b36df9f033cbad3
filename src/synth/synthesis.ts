import * as path from 'path';
import { type App } from 'cdk8s';
import { writeCommented } from './comments';
import { writeFiles } from './files';
import { type Order, orderOf } from './order';
import { constructMetadata, documentsOf, outputOf } from './output';
import { stockMethod } from './stock';
import { CycleError } from './topology';
import { YamlWriter } from './yaml-writer';

/** Writes the files of an app with the reasons for their fields. Everything is rendered before anything is written: an error leaves the disk as it is. */
export function synthesize(app: App, recordsMetadata: boolean): void {
  const order = tryOrder(app);
  if (!order) {
    stockMethod(app, 'synth').call(app);
    return;
  }
  const output = outputOf(app, order);
  const text = textWriter(app);
  const files = new Map(output.files.map(file => [file.path, text(file.documents)]));
  if (recordsMetadata) { files.set(path.join(app.outdir, 'construct-metadata.json'), constructMetadata(order)); }
  writeFiles({ folders: output.folders, files });
}

/** The documents of an app with the reasons for their fields, as one text. */
export function synthesizeYaml(app: App): string {
  const order = tryOrder(app);
  if (!order) { return stockMethod(app, 'synthYaml').call(app); }
  return textWriter(app)([...order.charts.keys()].flatMap(chart => documentsOf(chart, order)));
}

/** The order of an app; undefined where cdk8s accepts a cycle: it leaves out an object that depends on itself. */
function tryOrder(app: App): Order | undefined {
  try {
    return orderOf(app);
  } catch (error) {
    if (!(error instanceof CycleError)) { throw error; }
    stockMethod(app, 'synthYaml').call(app); // words the error, and writes nothing
    return undefined;
  }
}

function textWriter(app: App): (documents: readonly unknown[]) => string {
  const writer = new YamlWriter();
  const isHelm = isHelmFolder(app.outdir);
  return documents => documents.map(document => writeCommented(document, writer, isHelm)).join('---\n');
}

/** `cdk8s synth --format helm` sets the output folder to `templates`; Helm evaluates all that is in or below a folder of this name. */
function isHelmFolder(outdir: string): boolean {
  return [...path.normalize(outdir).split(path.sep), path.basename(path.resolve(outdir))].includes('templates');
}
