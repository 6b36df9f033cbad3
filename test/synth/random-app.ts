import * as fs from 'fs';
import * as path from 'path';
import { ApiObject, type App, type AppProps, Chart, JsonPatch, Lazy, YamlOutputType } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import * as fc from 'fast-check';
import { document, json } from './nasty';

/** A construct to make; `parent` picks among those made before it, and the app. */
interface Part {
  readonly type:
    | 'chart'
    | 'chart with its own toJson'
    | 'group'
    | 'object'
    | 'object with shared values'
    | 'lazy object';
  readonly id: string;
  readonly parent: number;
  readonly kind: string;
  readonly name: string | undefined;
  readonly content: Record<string, unknown>;
  readonly value: unknown;
}

/** An app to make, as often as needed. */
export interface Blueprint {
  readonly options: AppProps;
  readonly parts: readonly Part[];
  /**
   * From a part to a part, by number; mostly from a later to an earlier one, which makes few
   * cycles.
   */
  readonly dependencies: readonly (readonly [from: number, to: number, direction: number])[];
  readonly invalid: boolean;
  /** A part that is taken out again after all, and another one put in its place. */
  readonly replaced: number | undefined;
}

/**
 * Blueprints of apps with nested charts, groups and dependencies all over; most of them can be
 * synthesized.
 */
export function blueprint(): fc.Arbitrary<Blueprint> {
  const types = [
    'chart',
    'chart',
    'chart',
    'chart with its own toJson',
    'group',
    'object',
    'object',
    'object',
    'object',
    'object',
    'object with shared values',
    'lazy object',
  ] as const;
  const part: fc.Arbitrary<Part> = fc.record({
    type: fc.constantFrom(...types),
    id: fc.constantFrom(
      'a',
      'b',
      'c',
      'api',
      'Default',
      'Resource',
      '2',
      '10',
      '007',
      '0',
      'x/y',
      'A_b.c',
    ),
    parent: fc.nat(),
    kind: fc.constantFrom('ConfigMap', 'Deployment', 'CronJob', 'Odd/Kind é'),
    name: fc.option(fc.constantFrom('same', 'other', 'x.y', '7', '__proto__'), {
      nil: undefined,
      freq: 1,
    }),
    content: document(),
    value: json(),
  });
  return fc.record({
    options: fc.record({
      yamlOutputType: fc.constantFrom(
        YamlOutputType.FILE_PER_APP,
        YamlOutputType.FILE_PER_CHART,
        YamlOutputType.FILE_PER_RESOURCE,
        YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE,
      ),
      outputFileExtension: fc.constantFrom(undefined, '.yaml', '.out'),
      recordConstructMetadata: fc.constantFrom(undefined, true, false),
    }),
    parts: fc.array(part, { maxLength: 16, size: 'max' }),
    dependencies: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.integer({ min: 0, max: 19 })), {
      maxLength: 5,
      size: 'max',
    }),
    invalid: fc.integer({ min: 0, max: 29 }).map(n => n === 0),
    replaced: fc.option(fc.nat(), { freq: 10, nil: undefined }),
  });
}

/** Makes the parts of a blueprint in an app. */
export function build(app: App, { parts, dependencies, invalid, replaced }: Blueprint): void {
  const made: IConstruct[] = [];
  for (const part of parts) {
    made.push(add([app, ...made][part.parent % (made.length + 1)], part));
  }
  if (made.length === 0) {
    return;
  }
  for (const [from, to, direction] of dependencies) {
    const [a, b] = [from % made.length, to % made.length];
    const [later, earlier] = [Math.max(a, b), Math.min(a, b)];
    if (direction === 0) {
      made[earlier].node.addDependency(made[later]);
    } else if (a !== b) {
      made[later].node.addDependency(made[earlier]);
    }
  }
  if (invalid) {
    made[0].node.addValidation({ validate: () => ['one', 'two'] });
  }
  if (replaced !== undefined) {
    const old = made[replaced % made.length];
    const { scope, id } = old.node;
    scope?.node.tryRemoveChild(id);
    if (scope) {
      add(scope, { ...parts[replaced % made.length], id });
    }
  }
}

function add(scope: IConstruct, part: Part): IConstruct {
  const id = freeId(scope, part.id);
  if (part.type === 'group') {
    return new Construct(scope as Construct, id);
  }
  if (part.type === 'chart') {
    return new Chart(scope as Construct, id);
  }
  if (part.type.startsWith('chart') || !scope.node.scopes.some(s => Chart.isChart(s))) {
    return new ReversedChart(scope as Construct, id);
  }
  const object = new ApiObject(scope as Construct, id, {
    ...part.content,
    apiVersion: 'v1',
    kind: part.kind,
    metadata: {
      ...(part.name === undefined ? {} : { name: part.name }),
      annotations: { text: JSON.stringify(part.value) },
    },
    data: part.type === 'lazy object' ? Lazy.any({ produce: () => part.value }) : part.value,
  });
  if (part.type === 'object with shared values') {
    const shared = { list: [part.value] };
    object.addJsonPatch(
      JsonPatch.add('/first', shared),
      JsonPatch.add('/second', [shared, shared.list]),
    );
  }
  return object;
}

function freeId(scope: IConstruct, id: string): string {
  let free = id;
  // numbers stay numbers, which JavaScript lists first
  while (scope.node.tryFindChild(free.replace('/', '--'))) {
    free += '1';
  }
  return free;
}

/** A chart that decides itself what it writes. */
class ReversedChart extends Chart {
  public toJson(): unknown[] {
    return super.toJson().reverse();
  }
}

/**
 * Lets what was written so far be of an earlier run: two apps of one process must not write to one
 * folder.
 */
export function forgetApps(): void {
  delete (globalThis as Record<symbol, unknown>)[Symbol.for('cdk8s-shared-memory.written')];
}

/** What is beside the manifests. */
const REPORTS = ['REVIEW.md', 'RUNBOOK.md', 'review.sarif'];

/** As `filesBelow`, without the reports. */
export function manifestsBelow(folder: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(filesBelow(folder)).filter(([name]) => !REPORTS.includes(path.basename(name))),
  );
}

/** What a synthesis led to: an error, or files. */
export function outcome(
  outdir: string,
  synth: () => void,
): { readonly error?: string; readonly files: Record<string, string> } {
  try {
    synth();
    return { files: manifestsBelow(outdir) };
  } catch (error) {
    return { error: (error as Error).message, files: {} };
  }
}

/** Path -> content; a folder has none and ends in a slash. */
export function filesBelow(folder: string): Record<string, string> {
  const entries = fs.existsSync(folder)
    ? fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    : [];
  return Object.fromEntries(
    entries.map(entry => {
      const file = path.join(entry.parentPath, entry.name);
      const name = path.relative(folder, file);
      return entry.isDirectory() ? [`${name}/`, ''] : [name, fs.readFileSync(file, 'utf8')];
    }),
  );
}
