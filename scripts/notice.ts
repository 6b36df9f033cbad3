import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

interface Package {
  readonly name: string;
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly bundledDependencies?: readonly string[];
}

const read = (folder: string) =>
  JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Package;

/** Writes NOTICE: the licences of the packages whose code is in ours. */
export function notice(): string {
  const own = read('.');
  const parts = bundled(own).map(name => {
    const folder = join('node_modules', name);
    const file = readdirSync(join(ROOT, folder)).find(each => /^licen[sc]e/i.test(each));
    if (file === undefined) {
      throw new Error(`${name} has no file with its license`);
    }
    const text = readFileSync(join(ROOT, folder, file), 'utf8').trim();
    return `## ${name} (${read(folder).license})\n\n${text}\n`;
  });
  return [
    `${own.name}\n\nThis product is licensed under Apache-2.0 (LICENSE). Its package contains the code of the packages below, each under its own license.\n`,
    ...parts,
  ].join('\n');
}

/** Returns the bundled packages, and what they depend on. */
function bundled({ bundledDependencies = [] }: Package): string[] {
  const names = new Set<string>();
  const add = (name: string) => {
    if (!names.has(name)) {
      names.add(name);
      Object.keys(read(join('node_modules', name)).dependencies ?? {}).forEach(add);
    }
  };
  bundledDependencies.forEach(add);
  return [...names].sort();
}
