import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { minorOf, SCHEMA_VERSIONS, schemaErrors } from './schema';
import { exampleNames, foldersOf, loadExample } from '../../scripts/examples';

const ROOT = join(__dirname, '..', '..');

/** The oldest version that the library is for: the one of cdk8s-plus-27. */
const OLDEST = '1.27';

/**
 * What one version refuses of the YAML that is committed for an example; all that `npm test` holds
 * to the code elsewhere.
 */
function refused(example: string, version: string): string[] {
  const objects = foldersOf(example)
    .map(folder => join(ROOT, 'dist', folder))
    .flatMap(dir =>
      readdirSync(dir)
        .filter(file => file.endsWith('.yaml'))
        .flatMap(file =>
          parseAllDocuments(readFileSync(join(dir, file), 'utf8'), { version: '1.1' }).map(
            document => document.toJS() as unknown,
          ),
        ),
    );
  if (objects.length === 0) {
    throw new Error(`dist/${example} has no objects`);
  }
  return objects.flatMap(object => schemaErrors(object, version));
}

describe.each(exampleNames())('%s', example => {
  const least = loadExample(example).LEAST_KUBERNETES;

  test('says its least Kubernetes version, in its README too', () => {
    expect(least).toMatch(/^1\.\d+$/);
    expect(minorOf(least)).toBeGreaterThanOrEqual(minorOf(OLDEST));
    const said = [
      ...readFileSync(join(ROOT, 'examples', example, 'README.md'), 'utf8').matchAll(
        /Kubernetes (1\.\d+) or newer/g,
      ),
    ].map(([, version]) => version);
    expect(said).toEqual([least]);
  });

  test.each(SCHEMA_VERSIONS.filter(version => minorOf(version) >= minorOf(least)))(
    'passes the strict schema of Kubernetes %s',
    version => {
      expect(refused(example, version)).toEqual([]);
    },
  );
});

// Of those whose least version is not the oldest of all: that one is what the library is for, and
// no field sets it.
test.each(
  exampleNames().flatMap(example => {
    const newest = SCHEMA_VERSIONS.filter(
      version => minorOf(version) < minorOf(loadExample(example).LEAST_KUBERNETES),
    ).at(-1);
    return newest === undefined ? [] : [[newest, example]];
  }),
)(
  'fails on Kubernetes %s, the newest with a schema that is below the least of %s',
  (version, example) => {
    expect(refused(example, version)).not.toEqual([]);
  },
);
