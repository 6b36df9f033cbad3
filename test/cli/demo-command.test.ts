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

test.each([[[]], [['--selinux']]])('another image takes the place of all: %j', async options => {
  const { out } = await run(...options, '--image', 'registry.example.com/tools/busybox:2');
  expect([...imagesOf(out)]).toEqual(['registry.example.com/tools/busybox:2']);
});

test('--selinux prints the same objects, for nodes on which SELinux is enforcing', async () => {
  const [plain, selinux] = [await run(), await run('--selinux')];
  const objects = (text: string) =>
    parseAllDocuments(text).map(document => {
      const { kind, metadata } = document.toJS();
      return [kind, metadata.namespace, metadata.name];
    });
  expect(objects(selinux.out)).toEqual(objects(plain.out));
  const agent = parseAllDocuments(selinux.out)
    .map(document => document.toJS())
    .find(({ kind }) => kind === 'DaemonSet').spec.template.spec;
  expect(agent.securityContext.seLinuxOptions).toEqual({ level: 's0' });
  expect(selinux.out).toContain('context=system_u:object_r:container_file_t:s0');
  expect(plain.out).not.toContain('seLinuxOptions');
  const typed = (text: string) => text.match(/^#   kubectl .*$/gm);
  expect(typed(selinux.out)).toEqual(typed(plain.out));
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
  expect(files.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['assets/demo.yaml', 'assets/demo-selinux.yaml']),
  );
});
