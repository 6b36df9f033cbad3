import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { demos } from './demo';
import { exampleNames, renderExample } from './examples';

/**
 * Renders every example into a temporary folder and compares the trees with dist/, files that git
 * does not know included.
 */
function main(): void {
  const fresh = mkdtempSync(join(tmpdir(), 'dist-'));
  try {
    for (const name of exampleNames()) {
      renderExample(name, join(fresh, name));
    }
    const expected = filesBelow(join(__dirname, '..', 'dist'));
    const rendered = filesBelow(fresh);
    const different = [...new Set([...expected.keys(), ...rendered.keys()])]
      .sort()
      .filter(file => expected.get(file) !== rendered.get(file));
    for (const file of different) {
      process.stderr.write(
        `dist/${file}: ${!expected.has(file) ? 'is missing' : !rendered.has(file) ? 'is not rendered by any example' : 'is not what its example renders'}\n`,
      );
    }
    for (const [path, text] of demos(fresh)) {
      if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
        different.push(path);
        process.stderr.write(`assets/${basename(path)} is not what examples/demo renders\n`);
      }
    }
    if (different.length > 0) {
      process.stderr.write('run npm run synth and review the difference\n');
      process.exitCode = 1;
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function filesBelow(root: string): Map<string, string> {
  const files = new Map<string, string>();
  const visit = (dir: string) => {
    for (const name of readdirSync(dir)) {
      const path = join(dir, name);
      if (statSync(path).isDirectory()) {
        visit(path);
      } else {
        files.set(relative(root, path), readFileSync(path, 'utf8'));
      }
    }
  };
  visit(root);
  return files;
}

main();
