import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { notice, sbom } from './bundled-packages';
import { contractsPage } from './contracts';
import { plainClient } from './plain-client';
import { readRecords } from '../e2e/record';
import { TESTS } from '../e2e/tests';
import { matrix, verifiedPage } from '../e2e/verified';
import { withText } from './site/markdown';
import { softwarePage } from './software-page';
import { upgradeTable } from './upgrade';
import { ERRORS, WHAT_TO_WRITE } from '../src/errors';
import { ANNOTATION_KINDS, definitionName } from '../src/model/annotation-kinds';
import { GRANT_ANNOTATION } from '../src/model/client/grant';
import { MARK_SCHEMA, MARK_SCHEMA_2 } from '../src/model/contract/contract-mark';
import { CONTRACT_SCHEMA, CONTRACT_SCHEMA_2 } from '../src/model/contract/contract-schema';
import { PROMISES, PROMISE_NAMES, type PromiseName } from '../src/model/contract/promises';
import { INJECTS_ANNOTATION } from '../src/model/injection/injects-annotation';
import { rulePage } from '../src/report/rule-page';
import { CATALOG } from '../src/rules/catalog';
import { CONFIG_SCHEMA } from '../src/rules/config';

/**
 * `npm run docs` makes the generated pages and the generated parts of pages; `--check` compares
 * instead, and fails where they differ. Both need what `npx projen compile` wrote. A part is what
 * stands between `<!-- NAME -->` and `<!-- end -->`: include FILE a file; include FILE from "START"
 * to "END" its lines from the first that contains START to the next that contains END (^END: begins
 * with it)
 * promises the table of src/model/promises.ts; verified the matrix of docs/verified/*.json;
 * upgrades what restarts in the apps of the first release; waiting-client the YAML of
 * plain-client.ts; diff FILE FILE what differs between two files; run ARGUMENT... what the command
 * prints
 */
const ROOT = join(__dirname, '..');

function main(): void {
  const pages = new Map<string, string>([
    ['API.md', api()],
    ['NOTICE', notice()],
    ['sbom.cdx.json', sbom()],
    ['docs/errors.md', errors()],
    ['docs/rules.md', rules()],
    ['docs/software.md', softwarePage()],
    ['docs/contracts.md', contractsPage()],
    ['docs/config.schema.json', schema(CONFIG_SCHEMA)],
    ['docs/contract.schema.json', schema(CONTRACT_SCHEMA)],
    ['docs/contract-v2.schema.json', schema(CONTRACT_SCHEMA_2)],
    ['docs/mark.schema.json', schema(markSchema(MARK_SCHEMA, 'first'))],
    ['docs/mark-v2.schema.json', schema(markSchema(MARK_SCHEMA_2, 'second'))],
    ...readRecords().map((record): [string, string] => [
      `docs/verified/${record.id}.md`,
      verifiedPage(record),
    ]),
  ]);
  for (const page of handWritten()) {
    pages.set(
      page,
      readFileSync(join(ROOT, page), 'utf8').replace(
        /(<!-- (promises|verified|upgrades|waiting-client|(?:include|diff|run) [^>]+) -->\n)[^]*?(<!-- end -->)/g,
        (_, head, part, end) => head + content(part) + end,
      ),
    );
  }
  for (const [page, text] of pages) {
    if (!process.argv.includes('--check')) {
      writeFileSync(join(ROOT, page), text);
      continue;
    }
    if (readFileSync(join(ROOT, page), 'utf8') === text) {
      continue;
    }
    process.stderr.write(
      `${page} is not what the code says: run npm run docs and review the difference\n`,
    );
    process.exitCode = 1;
  }
}

function handWritten(): string[] {
  const below = (dir: string) =>
    readdirSync(join(ROOT, dir), { recursive: true, encoding: 'utf8' })
      .filter(f => f.endsWith('.md'))
      .map(f => join(dir, f));
  return ['README.md', 'CONTRIBUTING.md', ...below('docs'), ...below('examples')].filter(
    page =>
      !['docs/errors.md', 'docs/rules.md', 'docs/software.md', 'docs/contracts.md'].includes(
        page,
      ) && !page.startsWith('docs/verified/'),
  );
}

function content(part: string): string {
  if (part === 'promises') {
    return promises();
  }
  if (part === 'verified') {
    return matrix(
      readRecords(),
      TESTS.map(({ name }) => name),
    );
  }
  if (part === 'upgrades') {
    return upgradeTable();
  }
  if (part === 'waiting-client') {
    return ['```yaml', plainClient() + '```', ''].join('\n');
  }
  if (part.startsWith('run ')) {
    return printed(part.split(' ').slice(1));
  }
  const [, before, after] = /^diff (\S+) (\S+)$/.exec(part) ?? [];
  if (before !== undefined) {
    return difference(before, after);
  }
  const [, file, from, to] = /^include (\S+)(?: from "(.+)" to "(.+)")?$/.exec(part) ?? [];
  if (file === undefined) {
    throw new Error(`cannot read <!-- ${part} -->`);
  }
  const lines = readFileSync(join(ROOT, file), 'utf8').trimEnd().split('\n');
  const start = from === undefined ? 0 : lines.findIndex(line => line.includes(from));
  let end =
    to === undefined
      ? lines.length - 1
      : lines.findIndex(
          (line, i) =>
            i >= start && (to.startsWith('^') ? line.startsWith(to.slice(1)) : line.includes(to)),
        );
  if (start < 0 || end < 0) {
    throw new Error(`${file} has no lines from "${from}" to "${to}"`);
  }
  if (extname(file) === '.ts') {
    end = endOfStatement(lines, start, end);
  }
  const indent = Math.min(
    ...lines
      .slice(start, end + 1)
      .filter(line => line !== '')
      .map(line => line.search(/\S/)),
  );
  if (extname(file) === '.md') {
    return ['```sh', ...lines.slice(start, end + 1), '```', ''].join('\n');
  } // the commands of a runbook
  const language = {
    '.ts': 'ts nocheck',
    '.c': 'c',
    '.java': 'java',
    '.py': 'python',
    '.xml': 'xml',
    '.yaml': 'yaml',
  }[extname(file)];
  if (language === undefined) {
    throw new Error(`what is ${file} written in?`);
  }
  return [
    '```' + language,
    ...lines.slice(start, end + 1).map(line => line.slice(indent)),
    '```',
    '',
  ].join('\n');
}

/** The line at which all brackets are closed again that the lines up to `end` opened. */
function endOfStatement(lines: readonly string[], start: number, end: number): number {
  const depthOf = (line: string) =>
    (line.match(/[([{]/g) ?? []).length - (line.match(/[)\]}]/g) ?? []).length;
  let depth = lines.slice(start, end + 1).reduce((sum, line) => sum + depthOf(line), 0);
  let last = end;
  while (depth > 0 && last + 1 < lines.length) {
    last += 1;
    depth += depthOf(lines[last]);
  }
  return last;
}

function difference(before: string, after: string): string {
  const { stdout, status } = spawnSync('diff', ['-U', '2', before, after], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 1) {
    throw new Error(`diff ${before} ${after} ended with ${status}`);
  } // 1: they differ
  return [
    '```diff',
    ...stdout
      .trimEnd()
      .split('\n')
      .slice(2)
      .map(line => line.replace(/^@@.*/, '@@')),
    '```',
    '',
  ].join('\n');
}

function printed(args: string[]): string {
  const { stdout, status } = spawnSync(join(ROOT, 'bin', 'cdk8s-shared-memory'), args, {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new Error(`cdk8s-shared-memory ${args.join(' ')} ended with ${status}`);
  }
  return [
    '```' + (args.includes('markdown') ? 'markdown' : ''),
    ...stdout.trimEnd().split('\n'),
    '```',
    '',
  ].join('\n');
}

function promises(): string {
  const names = Object.keys(PROMISE_NAMES) as PromiseName[];
  const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const folded = (summary: string, lines: string[]) => [
    '<details>',
    `<summary>${summary}</summary>`,
    '',
    ...lines,
    '',
    '</details>',
    '',
  ];
  const lines = [
    ...folded('The table: what each technique promises', [
      row(['technique', ...names]),
      row(['technique', ...names].map(() => '---')),
      ...PROMISES.map(p =>
        row([p.title, ...names.map(name => (p.promises[name].kept ? '**yes**' : 'no'))]),
      ),
      '',
      ...names.map(name => `- *${name}*: ${PROMISE_NAMES[name]}.`),
    ]),
    'Why a promise is kept or not, for each technique:',
    '',
    ...PROMISES.flatMap(p =>
      folded(
        p.title,
        names.map(
          name => `- ${name}: ${p.promises[name].kept ? 'yes' : 'no'}, ${p.promises[name].why}.`,
        ),
      ),
    ),
  ];
  return lines.join('\n');
}

function errors(): string {
  return [
    '# Input errors',
    '',
    'Every error of this library reads `SHM0nn [construct path | contract NAME] field: given X; allowed Y; fix: Z`. Errors of what you attach to a workload are reported when the app is validated, all of them at once, and end with the line of your code that asked for it: `(contract routes at main.ts:42)`. An `App` of cdk8s writes the construct in front of them: `[construct path] SHM0nn field: ...`. A constructor throws at once, with everything that is wrong with what you gave it; what comes after it in your program has not been checked by then. In Python and Java, this library cannot see your lines: it throws at the call what it can know there, so that the exception has the line, and what it finds only at synth names the construct alone. The numbers are stable.',
    '',
    '| code | meaning |',
    '| --- | --- |',
    ...Object.entries(ERRORS).map(([code, meaning]) => `| ${withSection(code)} | ${meaning} |`),
    '',
    ...Object.entries(WHAT_TO_WRITE).flatMap(([code, what]) => [`## ${code}`, '', what, '']),
  ].join('\n');
}

/** Returns the code of an error, as a link if the page has a section about it. */
function withSection(code: string): string {
  return code in WHAT_TO_WRITE ? `[${code}](#${code.toLowerCase()})` : code;
}

function rules(): string {
  return [
    '# Rules',
    '',
    "What `cdk8s-shared-memory lint` finds in manifests, of this library or anybody's; `cdk8s-shared-memory explain SHM101` prints one of these pages. Ids are stable. 1: the memory is not really shared; 2: memory; 3: host privileges; 4: placement; 5: what known software needs ([software.md](software.md)); 9: input and acknowledgements.",
    '',
    'A finding is an *error* where it breaks, a *warning* where it is unbudgeted or needless, a *note* where it says what to know. The pack `strict` takes what is unbudgeted as an error. [acknowledgements.md](acknowledgements.md) says how a finding is taken on purpose.',
    '',
    '| rule | severity | strict | what |',
    '| --- | --- | --- | --- |',
    ...CATALOG.map(
      ({ id, severity, strict, title }) =>
        `| [${id}](#${id.toLowerCase()}) | ${severity} | ${strict ?? severity} | ${title} |`,
    ),
    '',
    // in Markdown, <size> is a tag that browsers do not show
    withText(CATALOG.map(rulePage).join('\n'), text => text.replaceAll('<', '&lt;')),
  ].join('\n');
}

const MARK_TITLE = 'cdk8s-shared-memory/contract.<name>';

/** The annotations of a version: the grant came with the second, all others with the first. */
/** The annotations that the first version of the format does not have. */
const OF_SECOND: readonly string[] = [GRANT_ANNOTATION.key, INJECTS_ANNOTATION.key];

function markSchema(of: object, version: 'first' | 'second'): object {
  const definitions = Object.fromEntries(
    ANNOTATION_KINDS.filter(kind => OF_SECOND.includes(kind.key) === (version === 'second')).map(
      kind => [definitionName(kind), kind.schema],
    ),
  );
  return { title: MARK_TITLE, ...of, definitions };
}

function schema(of: object): string {
  return `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...of }, undefined, 2)}\n`;
}

function api(): string {
  const scratch = mkdtempSync(join(tmpdir(), 'docs-'));
  try {
    const file = join(scratch, 'API.md');
    execFileSync(join(ROOT, 'node_modules', '.bin', 'jsii-docgen'), ['-o', file], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

main();
