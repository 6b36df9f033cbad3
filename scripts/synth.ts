import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { DEMO, demoText } from './demo';
import { exampleNames, foldersOf, renderExample } from './examples';
import { sharingTable } from './sharing';

/**
 * `npm run synth`: renders every example into dist/, and the demo into assets/, and prints what is
 * shared with whom.
 */
function main(): void {
  const root = join(__dirname, '..');
  const dist = join(root, 'dist');
  // beside dist/, so that it can take its place in one step: a failing example leaves dist/ as it
  // was
  const fresh = mkdtempSync(join(root, '.dist-'));
  try {
    for (const name of exampleNames()) {
      renderExample(name, join(fresh, name));
    }
    const rows = exampleNames()
      .flatMap(name => foldersOf(name))
      .flatMap(name =>
        readdirSync(join(fresh, name))
          .filter(file => file.endsWith('.yaml'))
          .sort()
          .flatMap(file =>
            parseAllDocuments(readFileSync(join(fresh, name, file), 'utf8'), {
              version: '1.1',
            }).map(document => ({ example: name, object: document.toJS() as unknown })),
          ),
      );
    const demo = demoText(fresh);
    rmSync(dist, { recursive: true, force: true });
    renameSync(fresh, dist);
    writeFileSync(DEMO, demo);
    process.stdout.write(sharingTable(rows));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

main();
