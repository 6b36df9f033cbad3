import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { runMain } from './run-main';

const ROOT = join(__dirname, '..', '..');

const run = (...args: string[]) => runMain('demo', ...args);
const imagesOf = (text: string) =>
  new Set([...text.matchAll(/^ *-? *image: (\S+)$/gm)].map(([, image]) => image));

test('prints what examples/demo renders, after what to type', async () => {
  const { code, out, err } = await run();
  expect([code, err]).toEqual([0, '']);
  const manifests = readFileSync(join(ROOT, 'dist/demo/demo.k8s.yaml'), 'utf8');
  expect(out.endsWith(manifests)).toBe(true);
  expect(out.slice(0, -manifests.length)).toMatch(/^(#.*\n)+$/);
  expect(parseAllDocuments(out).flatMap(({ errors }) => errors)).toEqual([]);
});

test('every object that is named in what to type is there', async () => {
  const { out } = await run();
  for (const [, namespace, kind, name] of out.matchAll(/^# .* -n (\S+) (\w+)\/(\S+)/gm)) {
    const found = parseAllDocuments(out)
      .map(document => document.toJS())
      .some(
        object =>
          object.kind.toLowerCase() === kind &&
          object.metadata.name === name &&
          object.metadata.namespace === namespace,
      );
    expect([namespace, kind, name, found]).toEqual([namespace, kind, name, true]);
  }
});

test('needs nothing that only one cluster has: a public image, and no label of nodes', async () => {
  const { out } = await run();
  expect([...imagesOf(out)]).toEqual(['busybox:1.36']);
  const selectors = [...out.matchAll(/nodeSelector:\n(?:\s*#.*\n)*\s*(\S+: \S+)/g)].map(
    ([, s]) => s,
  );
  expect(new Set(selectors)).toEqual(new Set(['kubernetes.io/os: linux']));
});

test('another image takes the place of all', async () => {
  const { out } = await run('--image', 'registry.example.com/tools/busybox:2');
  expect([...imagesOf(out)]).toEqual(['registry.example.com/tools/busybox:2']);
});

test('fails for what is no image', async () => {
  const { code, err } = await run('--image', 'a b');
  expect(code).toBe(2);
  expect(err).toContain('--image: given a b');
});

test('is in the package', () => {
  const [{ files }] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as [{ files: { path: string }[] }];
  expect(files.map(({ path }) => path)).toContain('assets/demo.yaml');
});
