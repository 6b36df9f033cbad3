import * as path from 'path';
import { type ApiObject, type App, type Chart, Names, YamlOutputType } from 'cdk8s';
import { type Order } from './app-order';
import { stockMethod } from './stock-method';
import { at } from '../kube/json';

/** An object that a construct rendered. */
export interface Rendered {
  /** The result of `toJson()`. */
  readonly json: unknown;
  /** The path of the construct. If the chart overrides `toJson()`, the path of the chart. */
  readonly from: string;
}

/** An output file before it is converted to text. */
export interface OutputFile {
  readonly path: string;
  /** The path of the chart or object that the file belongs to. Empty for the app. */
  readonly from: string;
  readonly documents: readonly Rendered[];
}

/** The folders and files that an app writes. */
export interface Output {
  readonly folders: readonly string[];
  readonly files: readonly OutputFile[];
}

/** Renders all objects of an app, and assigns them to files as cdk8s does. */
export function outputOf(app: App, order: Order): Output {
  const fileOf = (
    folder: string,
    name: string,
    from: string,
    documents: readonly Rendered[],
  ): OutputFile => ({ path: path.join(folder, name + app.outputFileExtension), from, documents });
  const charts = [...order.charts.keys()];
  const names = chartNames(charts, order.numbered);
  switch (app.yamlOutputType) {
    case YamlOutputType.FILE_PER_APP: {
      const documents = charts.flatMap(chart => documentsOf(chart, order));
      return {
        folders: [app.outdir],
        files: charts.length > 0 ? [fileOf(app.outdir, 'app', '', documents)] : [],
      };
    }
    case YamlOutputType.FILE_PER_CHART:
      return {
        folders: [app.outdir],
        files: charts.map((chart, i) =>
          fileOf(app.outdir, names[i], chart.node.path, documentsOf(chart, order)),
        ),
      };
    case YamlOutputType.FILE_PER_RESOURCE: {
      const documents = charts
        .flatMap(chart => documentsOf(chart, order))
        .filter(({ json }) => json !== undefined);
      return {
        folders: [app.outdir],
        files: documents.map(document =>
          fileOf(app.outdir, resourceName(document), document.from, [document]),
        ),
      };
    }
    case YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE: {
      const folders = names.map(name => path.join(app.outdir, name));
      const ofChart = (chart: Chart, folder: string) =>
        objectsOf(chart, order).map(object =>
          fileOf(folder, fileName(object.kind, object.metadata.name), object.node.path, [
            rendered(object),
          ]),
        );
      return {
        folders: [app.outdir, ...folders],
        files: charts.flatMap((chart, i) => ofChart(chart, folders[i])),
      };
    }
    default:
      return { folders: [app.outdir], files: [] };
  }
}

/**
 * Returns the rendered objects of a chart. Uses the chart's `toJson()` only if a subclass overrides
 * it, because that of cdk8s resolves the whole app for each chart.
 */
export function documentsOf(chart: Chart, order: Order): Rendered[] {
  if (chart.toJson !== stockMethod(chart, 'toJson')) {
    return Object.values(chart.toJson()).map(json => ({ json, from: chart.node.path }));
  }
  return objectsOf(chart, order).map(rendered);
}

function rendered(object: ApiObject): Rendered {
  return { json: object.toJson(), from: object.node.path };
}

/**
 * Returns the content of `construct-metadata.json`, with which the validations of cdk8s find
 * constructs.
 */
export function constructMetadata(order: Order): string {
  const resources: Record<string, { path: string }> = {};
  for (const object of [...order.charts.values()].flat()) {
    resources[object.name] = { path: object.node.path };
  }
  return JSON.stringify({ version: '1.0.0', resources });
}

function objectsOf(chart: Chart, order: Order): readonly ApiObject[] {
  return order.charts.get(chart) ?? [];
}

function chartNames(charts: readonly Chart[], numbered: boolean): string[] {
  return charts.map(
    (chart, i) => (numbered ? `${String(i).padStart(4, '0')}-` : '') + Names.toDnsLabel(chart),
  );
}

function resourceName({ json }: Rendered): string {
  return fileName(at(json, 'kind'), at(json, 'metadata', 'name'));
}

function fileName(kind: unknown, name: unknown): string {
  return `${kind}.${name}`.replace(/[^0-9a-zA-Z-_.]/g, '');
}
