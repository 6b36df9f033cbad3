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

/**
 * Writes sbom.cdx.json: the same packages for tools, in the format of CycloneDX, with the hashes of
 * the lockfile. It has neither a date nor our version, so that it only changes with what is in it.
 *
 * @see https://cyclonedx.org/docs/1.6/json/
 */
export function sbom(): string {
  const own = read('.');
  const { packages } = JSON.parse(
    readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
  ) as Lockfile;
  const ref = (name: string) => `pkg:npm/${name}@${packages[`node_modules/${name}`].version}`;
  const itself = `pkg:npm/${own.name}`;
  const names = bundled(own);
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'library',
        'bom-ref': itself,
        name: own.name,
        licenses: [{ license: { id: own.license } }],
        purl: itself,
      },
    },
    components: names.map(name => {
      const { version, integrity } = packages[`node_modules/${name}`];
      return {
        type: 'library',
        'bom-ref': ref(name),
        name,
        version,
        hashes: [{ alg: 'SHA-512', content: hexOf(integrity) }],
        licenses: [{ license: { id: read(join('node_modules', name)).license } }],
        purl: ref(name),
      };
    }),
    dependencies: [
      { ref: itself, dependsOn: [...(own.bundledDependencies ?? [])].sort().map(ref) },
      ...names.map(name => ({
        ref: ref(name),
        dependsOn: Object.keys(read(join('node_modules', name)).dependencies ?? {})
          .sort()
          .map(ref),
      })),
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

interface Lockfile {
  readonly packages: Readonly<
    Record<string, { readonly version: string; readonly integrity: string }>
  >;
}

/** Returns the hash of the lockfile, `sha512-BASE64`, as CycloneDX writes it. */
function hexOf(integrity: string): string {
  return Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');
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
