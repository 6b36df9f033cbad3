import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { demos } from './demo';
import { exampleNames, foldersOf, renderExample } from './examples';
import { sharingTable } from './sharing';

const ROOT = join(__dirname, '..');
const DIST = join(ROOT, 'dist');

/**
 * `npm run synth`: renders every example into dist/, and the demo into assets/, and prints what is
 * shared with whom. `npm run synth -- NAME` renders only this example into dist/NAME.
 */
function main(given: readonly string[]): void {
  const names = exampleNames();
  const unknown = given.filter(name => !names.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(
      `npm run synth: given ${unknown.join(', ')}; allowed ${names.join(', ')}\n`,
    );
    process.exitCode = 2;
    return;
  }
  // beside dist/, so that it can take its place in one step: a failing example leaves dist/ as it
  // was
  const fresh = mkdtempSync(join(ROOT, '.dist-'));
  try {
    for (const name of given.length > 0 ? given : names) {
      renderExample(name, join(fresh, name));
    }
    if (given.length === 0) {
      const rendered = demos(fresh);
      replace(DIST, fresh);
      rendered.forEach((text, path) => writeFileSync(path, text));
    } else {
      given.forEach(name => replace(join(DIST, name), join(fresh, name)));
    }
    process.stdout.write(sharingTable(rowsOf(given.length > 0 ? given : names)));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function replace(folder: string, by: string): void {
  rmSync(folder, { recursive: true, force: true });
  renameSync(by, folder);
}

function rowsOf(names: readonly string[]) {
  return names
    .flatMap(name => foldersOf(name))
    .flatMap(name =>
      readdirSync(join(DIST, name))
        .filter(file => file.endsWith('.yaml'))
        .sort()
        .flatMap(file =>
          parseAllDocuments(readFileSync(join(DIST, name, file), 'utf8'), {
            version: '1.1',
          }).map(document => ({ example: name, object: document.toJS() as unknown })),
        ),
    );
}

main(process.argv.slice(2));
