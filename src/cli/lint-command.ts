import { readFiles, UsageError } from '../read/input-files';
import { isUnread } from '../read/source';
import { findingsJson, type FindingJson } from '../report/finding-json';
import { count, summary } from '../report/finding-words';
import { github } from '../report/findings-github';
import { sarif } from '../report/findings-sarif';
import { styleOf, text } from '../report/findings-text';
import type { Pack } from '../rules/catalog';
import { failsAt, readConfig, type Config, type FailLevel } from '../rules/config';
import { findingsInManifests, unreadableInput } from '../rules/engine';

export const FORMATS = ['text', 'json', 'sarif', 'github'] as const;

export interface LintOptions {
  readonly format: (typeof FORMATS)[number];
  readonly pack?: Pack;
  readonly failOn?: FailLevel;
  readonly config?: string;
  readonly today?: string;
}

/** The output streams of a command. */
export interface Out {
  readonly stdout: NodeJS.WritableStream & { isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { isTTY?: boolean };
}

/**
 * The command `lint`. Returns the exit code: 0 for no findings, 1 for findings at or above the
 * level, or 2 if something cannot be read.
 */
export function lint(paths: readonly string[], options: LintOptions, out: Out): number {
  const config: Config = options.config === undefined ? {} : readConfig(options.config);
  const inputs = readFiles(paths);
  if (inputs.sources.length === 0 && inputs.problems.length === 0) {
    throw new UsageError(
      `${paths.join(', ')}: no Kubernetes manifests (.yaml, .yml, .json) there${inputs.passedOver.length === 0 ? '' : `; without an object: ${inputs.passedOver.join(', ')}`}`,
    );
  }
  const pack = options.pack ?? config.pack ?? 'recommended';
  const today = options.today ?? new Date().toISOString().slice(0, 10);
  const found = [
    ...inputs.problems.map(unreadableInput),
    ...findingsInManifests(inputs.manifests, { pack, severities: config.rules, today }),
  ];
  const records = findingsJson(found);
  out.stdout.write(formatted(records, inputs.sources, options.format, out));
  const off = Object.entries(config.rules ?? {})
    .filter(([, severity]) => severity === 'off')
    .map(([id]) => id);
  out.stderr.write(
    [
      `${count(inputs.manifests.length, 'object')} in ${count(inputs.sources.length, 'file')}: ${summary(records)}`,
      ...(inputs.passedOver.length === 0
        ? []
        : [`passed over, as they hold no Kubernetes object: ${inputs.passedOver.join(', ')}`]),
      ...(off.length === 0 ? [] : [`switched off by ${options.config}: ${off.join(', ')}`]),
      '',
    ].join('\n'),
  );
  if (inputs.problems.some(isUnread)) {
    return 2;
  }
  return failsAt(options.failOn ?? config.failOn ?? 'error', records) ? 1 : 0;
}

/** Formats findings for output. */
export function formatted(
  records: readonly FindingJson[],
  sources: readonly { name: string; line(number: number): string }[],
  format: LintOptions['format'],
  out: Out,
): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(records, undefined, 2)}\n`;
    case 'sarif':
      return sarif(records);
    case 'github':
      return github(records);
    case 'text': {
      const byName = new Map(sources.map(source => [source.name, source]));
      return text(
        records,
        (file, line) => byName.get(file)?.line(line) ?? '',
        styleOf(out.stdout.isTTY),
      );
    }
  }
}
