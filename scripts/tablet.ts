import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/**
 * Translates the examples of doc comments for the packages of other languages: writes the tablet
 * that jsii-pacmak reads. Fails if an example does not compile, or cannot be translated. Needs lib/
 * and .jsii, which `npm run compile` makes.
 *
 * `tsx scripts/tablet.ts FILE`
 */
const ROOT = join(__dirname, '..');

interface Tablet {
  readonly snippets: Record<string, { translations: Record<string, { source: string }> }>;
}

/** What jsii-rosetta gets wrong, by language. */
const CORRECTIONS: readonly (readonly [language: string, wrong: RegExp, right: string])[] = [
  ['python', /(?<=^ *|[(,] *)(from|except)=/gm, '$1_='], // words of Python
  ['java', /for \(Object finding/g, 'for (Finding finding'],
  ['java', /^(\/\/ .+)\n(?=\1$)/gm, ''], // a comment in front of the first statement, twice
];

function main(file: string): void {
  const scratch = mkdtempSync(join(tmpdir(), 'tablet-'));
  try {
    // The README stays as it is: its examples are files that import one another.
    const { readme: _readme, ...assembly } = JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8'));
    writeFileSync(join(scratch, '.jsii'), JSON.stringify(assembly));
    for (const name of ['package.json', 'lib', 'rosetta']) {
      cpSync(join(ROOT, name), join(scratch, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(scratch, 'node_modules'));
    const tablet = join(scratch, 'tablet.json');
    execFileSync(
      join(ROOT, 'node_modules', '.bin', 'jsii-rosetta'),
      ['extract', '--strict', '--cache-to', tablet, scratch],
      { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const translated = JSON.parse(readFileSync(tablet, 'utf8')) as Tablet;
    for (const { translations } of Object.values(translated.snippets)) {
      for (const [language, wrong, right] of CORRECTIONS) {
        const translation = translations[language];
        translation.source = translation.source.replace(wrong, right);
      }
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(translated));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

main(resolve(process.argv[2]));
