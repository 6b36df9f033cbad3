import * as path from 'path';
import { type ApiObject, type App, type Chart, Names, YamlOutputType } from 'cdk8s';
import { type Order } from './order';
import { stockMethod } from './stock';

/** A file, before it is text. */
export interface OutputFile {
  readonly path: string;
  /** The rendered objects, as `toJson()` gave them. */
  readonly documents: readonly unknown[];
}

/** What an app puts into its output folder. */
export interface Output {
  readonly folders: readonly string[];
  /** A later file replaces an earlier one of the same path, as in cdk8s. */
  readonly files: readonly OutputFile[];
}

/** Renders all objects of an app, in the files in which cdk8s writes them. */
export function outputOf(app: App, order: Order): Output {
  const fileOf = (folder: string, name: string, documents: readonly unknown[]): OutputFile =>
    ({ path: path.join(folder, name + app.outputFileExtension), documents });
  const charts = [...order.charts.keys()];
  const names = chartNames(charts, order.numbered);
  switch (app.yamlOutputType) {
    case YamlOutputType.FILE_PER_APP: {
      const documents = charts.flatMap(chart => documentsOf(chart, order));
      return { folders: [app.outdir], files: charts.length > 0 ? [fileOf(app.outdir, 'app', documents)] : [] };
    }
    case YamlOutputType.FILE_PER_CHART:
      return { folders: [app.outdir], files: charts.map((chart, i) => fileOf(app.outdir, names[i], documentsOf(chart, order))) };
    case YamlOutputType.FILE_PER_RESOURCE: {
      const documents = charts.flatMap(chart => documentsOf(chart, order)).filter(document => document !== undefined);
      return { folders: [app.outdir], files: documents.map(document => fileOf(app.outdir, resourceName(document as Resource), [document])) };
    }
    case YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE: {
      const folders = names.map(name => path.join(app.outdir, name));
      const files = charts.flatMap((chart, i) => objectsOf(chart, order).map(object => fileOf(folders[i], resourceName(object), [object.toJson()])));
      return { folders: [app.outdir, ...folders], files };
    }
    default:
      return { folders: [app.outdir], files: [] };
  }
}

/** The rendered objects of a chart: its own `toJson()` where a subclass overrides it. That of cdk8s resolves the whole app for each chart. */
export function documentsOf(chart: Chart, order: Order): unknown[] {
  if (chart.toJson !== stockMethod(chart, 'toJson')) { return Object.values(chart.toJson()); }
  return objectsOf(chart, order).map(object => object.toJson());
}

/** The content of `construct-metadata.json`, by which cdk8s' validations find constructs. */
export function constructMetadata(order: Order): string {
  const resources: Record<string, { path: string }> = {};
  for (const object of [...order.charts.values()].flat()) { resources[object.name] = { path: object.node.path }; }
  return JSON.stringify({ version: '1.0.0', resources });
}

function objectsOf(chart: Chart, order: Order): readonly ApiObject[] {
  return order.charts.get(chart) ?? [];
}

function chartNames(charts: readonly Chart[], numbered: boolean): string[] {
  return charts.map((chart, i) => (numbered ? `${String(i).padStart(4, '0')}-` : '') + Names.toDnsLabel(chart));
}

/** What names a file; an ApiObject has it as well as its JSON. */
interface Resource {
  readonly kind: unknown;
  readonly metadata: { readonly name?: unknown };
}

function resourceName(resource: Resource): string {
  return `${resource.kind}.${resource.metadata.name}`.replace(/[^0-9a-zA-Z-_.]/g, '');
}
