import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import type { AdoptOptions } from './adopt-command';
import { endWithReader } from './closed-pipe';
import { demo, type DemoOptions } from './demo-command';
import type { DiffOptions } from './diff-command';
import { FORMATS, lint, type LintOptions, type Out } from './lint-command';
import type { ReviewOptions } from './page-commands';
import { ERRORS, WHAT_TO_WRITE, type ErrorCode } from '../errors';
import { UsageError } from '../read/input-files';
import { errorPage, rulePage } from '../report/rule-page';
import { CATALOG, ruleOf } from '../rules/catalog';
import { FAIL_LEVELS, PACKS } from '../rules/config';

/** Runs the command `cdk8s-shared-memory`. Returns its exit code. */
export async function main(args: readonly string[], out: Out = process): Promise<number> {
  if (out === process) {
    endWithReader(process);
  }
  let code = 0;
  const program = new Command('cdk8s-shared-memory')
    .description('Checks Kubernetes manifests for what really breaks when pods share memory.')
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: words => {
        out.stdout.write(words);
      },
      writeErr: words => {
        out.stderr.write(words);
      },
    });

  program
    .command('lint', { isDefault: false })
    .description('checks manifests: files, folders, or - for the standard input')
    .argument('[paths...]', 'files, folders or -', ['dist'])
    .addOption(
      new Option('--format <format>', 'how findings are written').choices(FORMATS).default('text'),
    )
    .addOption(
      new Option('--pack <pack>', 'which rules hold (default: recommended)').choices(PACKS),
    )
    .addOption(
      new Option(
        '--fail-on <level>',
        'the least severity that ends with 1 (default: error)',
      ).choices(FAIL_LEVELS),
    )
    .option('--config <file>', 'YAML or JSON with pack, failOn, and severities by rule id')
    .addOption(
      new Option(
        '--today <day>',
        'the day on which acknowledgements are judged, YYYY-MM-DD (default: today, in UTC)',
      ).argParser(day),
    )
    .option(
      '--since <state>',
      'shows, and fails on, only what was not found in an earlier state: a path, a git revision, or REVISION:PATH, as for diff',
    )
    .option(
      '--skip-other-files',
      'passes over files without a Kubernetes object also if they are named, as in folders',
    )
    .addOption(contractOption())
    .option('--fix', 'writes into the files what has one right answer, then checks what is left')
    .option('--dry-run', 'with --fix: prints a patch for git apply, and writes nothing')
    .option(
      '--suggest',
      'prints patches for what a person must decide on, and what restarts; lists findings without a patch on the standard error',
    )
    .addHelpText(
      'after',
      '\nEnds with 0 if all is well, 1 if there are findings at or above the level, 2 if something could not be read. With --fix, also in a dry run, what is left after the fixes counts. With --suggest, all findings count.',
    )
    .action((paths: string[], options: LintOptions) => {
      code = lint(paths, options, out);
    });

  program
    .command('review')
    .description(
      'prints a page for the reviewer of a folder of manifests, in Markdown: what is shared with whom, why, and who pays',
    )
    .argument(
      '[paths...]',
      'a folder, where links begin; or several files and folders, or - for the standard input',
      ['dist'],
    )
    .addOption(
      new Option('--pack <pack>', 'which rules hold (default: recommended)').choices(PACKS),
    )
    .addOption(contractOption())
    .option(
      '--since <state>',
      'shows first what has changed since then: a path, a git revision, or REVISION:PATH, as for diff',
    )
    .addHelpText(
      'after',
      '\nWrite it beside the manifests: cdk8s-shared-memory review deploy > deploy/REVIEW.md',
    )
    .action((paths: string[], options: ReviewOptions) => {
      code = pages().review(paths, options, out);
    });

  program
    .command('demo')
    .description(
      'prints manifests that show shared memory at work on any cluster, and what to type to see it',
    )
    .option('--image <image>', 'an image with sh, instead of the public busybox:1.36')
    .option(
      '--selinux',
      'for nodes on which SELinux is enforcing: a privileged init step mounts the memory as a tmpfs with a context',
    )
    .addHelpText(
      'after',
      '\nTry it: cdk8s-shared-memory demo > demo.yaml; kubectl apply -f demo.yaml',
    )
    .action((options: DemoOptions) => {
      code = demo(options, out);
    });

  program
    .command('runbook')
    .description(
      'prints the steps of a gradual rollout of manifests, in Markdown: commands, what to look at, the way back',
    )
    .argument('[paths...]', 'files and folders with the manifests', ['dist'])
    .action((paths: string[]) => {
      code = pages().runbook(paths, out);
    });

  program
    .command('diff')
    .description(
      'says what a change does: privileges, restarts, what apply refuses, who must follow',
    )
    .argument(
      '<old>',
      'a file, a folder, - for the standard input, or a git revision: main:dist, HEAD~1, v1.2:k8s/app.yaml. The folder of a revision without a path is that of the other side, or else dist',
    )
    .argument('<new>', 'the same')
    .addOption(
      new Option('--format <format>', 'how it is written')
        .choices(['text', 'markdown', 'json'])
        .default('text'),
    )
    .addOption(
      new Option(
        '--fail-on <what>',
        'what ends with 1: a privilege gained, memory granted to a namespace, or a container that reaches memory of a contract although no mark says so; or a pod that restarts, or a change or a pod that the API server refuses',
      )
        .choices(['privilege', 'restart', 'never'])
        .default('never'),
    )
    .addOption(contractOption())
    .addHelpText(
      'after',
      '\nEnds with 0, with 1 where the change does what --fail-on names, with 2 where something could not be read.',
    )
    .action((before: string, after: string, options: DiffOptions) => {
      code = differences().diffCommand([before, after], options, out);
    });

  program
    .command('adopt')
    .description(
      'writes a cdk8s app for manifests that share memory already: contracts, and workloads as they are; no pod restarts',
    )
    .argument('<paths...>', 'rendered manifests: files, folders, or - for the standard input')
    .option('--out <folder>', 'the folder of the app, which must not exist or be empty')
    .option(
      '--marks',
      'instead of an app, prints the marks of the contracts as a patch for the manifests',
    )
    .option('--write', 'with --marks: writes them into the files')
    .addHelpText(
      'after',
      '\nEnds with 0 if it was written, 1 if there is nothing to adopt, 2 if something could not be read or marked, 3 if it was written, but a workload that uses the memory of a contract is not in the contract.',
    )
    .action((paths: string[], options: AdoptOptions) => {
      code = adoption().adopt(paths, options, out);
    });

  program
    .command('explain')
    .description('prints the page of a rule, or what an input error means')
    .argument('<id>', 'its id: SHM101, or SHM007, for example')
    .action((id: string) => {
      const wanted = id.toUpperCase();
      const rule = ruleOf(wanted);
      const meaning = Object.entries(ERRORS).find(([each]) => each === wanted)?.[1];
      if (rule) {
        out.stdout.write(rulePage(rule));
      } else if (meaning !== undefined) {
        out.stdout.write(errorPage(wanted, meaning, WHAT_TO_WRITE[wanted as ErrorCode]));
      } else {
        throw new UsageError(
          `there is no rule and no input error ${id}; cdk8s-shared-memory rules lists the rules, docs/errors.md of the package the input errors`,
        );
      }
    });

  program
    .command('rules')
    .description('lists the rules')
    .action(() => {
      out.stdout.write(
        CATALOG.map(({ id, severity, title }) => `${id}  ${severity.padEnd(7)}  ${title}\n`).join(
          '',
        ),
      );
    });

  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? 0 : 2;
    } // commander has already printed the reason
    if (!(error instanceof UsageError)) {
      throw error;
    }
    out.stderr.write(`cdk8s-shared-memory: ${error.message}\n`);
    return 2;
  }
  return code;
}

/*
 * Modules that `lint` does not need are loaded on demand: to load a file takes longer than to check
 * it.
 */
/* eslint-disable @typescript-eslint/no-require-imports */
const pages = () => require('./page-commands') as typeof import('./page-commands');
const adoption = () => require('./adopt-command') as typeof import('./adopt-command');
const differences = () => require('./diff-command') as typeof import('./diff-command');
/* eslint-enable @typescript-eslint/no-require-imports */

/** A new object for each command, because commander keeps the values in it. */
function contractOption(): Option {
  return new Option(
    '--contract <file>',
    'a contract in JSON form: marks are compared with it, and its ClientInjection is in force for pods that join it by label; can be repeated',
  ).argParser((file: string, files: string[] | undefined) => [...(files ?? []), file]);
}

/** Returns the version of the package that contains this file. */
function version(): string {
  return (
    JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')) as {
      version: string;
    }
  ).version;
}

function day(text: string): string {
  const date = new Date(text); // JavaScript reads 2027-02-30 as March 2
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text) {
    throw new UsageError(`--today: given ${text}; allowed a day like 2027-03-31`);
  }
  return text;
}
