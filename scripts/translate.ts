import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

/** The part of `.jsii` that has examples: types by their full names. */
export interface Assembly {
  readonly name: string;
  readonly types: Readonly<Record<string, object>>;
}

/** What jsii-rosetta writes: each example in all languages. */
export interface Tablet {
  readonly snippets: Readonly<
    Record<
      string,
      {
        readonly location: { readonly api: { readonly fqn: string } };
        readonly translations: Readonly<Record<string, { source: string }>>;
      }
    >
  >;
}

/** Without the banner of jsii about versions of Node.js. */
const QUIET = { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20' };

/** What jsii-rosetta gets wrong, by language. */
const CORRECTIONS: readonly (readonly [language: string, wrong: RegExp, right: string])[] = [
  ['python', /(?<=^ *|[(,] *)(from|except)=/gm, '$1_='], // words of Python
  ['java', /for \(Object finding/g, 'for (Finding finding'],
  ['java', /^(\/\/ .+)\n(?=\1$)/gm, ''], // a comment in front of the first statement, twice
];

/** What the compiler wrote, without the README: its examples are files that import one another. */
export function assembly(): Assembly {
  const { readme: _readme, ...rest } = JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8'));
  return rest;
}

/**
 * Translates the examples of an assembly. Fails if one does not compile, or cannot be translated.
 * Needs lib/ and .jsii, which `npm run compile` makes.
 */
export function translated(of: Assembly): Tablet {
  const scratch = mkdtempSync(join(tmpdir(), 'tablet-'));
  try {
    writeFileSync(join(scratch, '.jsii'), JSON.stringify(of));
    for (const name of ['package.json', 'lib', 'rosetta']) {
      cpSync(join(ROOT, name), join(scratch, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(scratch, 'node_modules'));
    const file = join(scratch, 'tablet.json');
    execFileSync(
      join(ROOT, 'node_modules', '.bin', 'jsii-rosetta'),
      ['extract', '--strict', '--cache-to', file, scratch],
      { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'], env: QUIET },
    );
    const tablet = JSON.parse(readFileSync(file, 'utf8')) as Tablet;
    for (const { translations } of Object.values(tablet.snippets)) {
      for (const [language, wrong, right] of CORRECTIONS) {
        const translation = translations[language];
        translation.source = translation.source.replace(wrong, right);
      }
    }
    return tablet;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
