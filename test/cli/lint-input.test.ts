import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { folder, lintFolder, run, write } from './lint-run';
import { SHM201 } from '../../src/rules/shm201-memory-volume-without-size';
import { SHM301 } from '../../src/rules/shm301-host-ipc';

const UNSIZED = JSON.stringify(
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a' },
    spec: {
      containers: [
        {
          name: 'a',
          image: 'a',
          resources: { limits: { memory: '1Gi' } },
          volumeMounts: [{ name: 'd', mountPath: '/dev/shm' }],
        },
      ],
      volumes: [{ name: 'd', emptyDir: { medium: 'Memory' } }],
    },
  },
  undefined,
  '\t',
);

lintFolder();

describe('what it reads', () => {
  test.each([
    [
      'a key that is there twice',
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels: {}\n  name: b\nspec: {hostIPC: true, containers: [{name: c, image: i}]}\n',
      '6:3: warning SHM905: a key that is there already, at line 4, column 3: kubectl takes this one, the last, and drops the other',
    ],
    [
      'such a key in a flow map',
      'apiVersion: v1\nkind: Pod\nmetadata: { name: a, name: b }\nspec: {hostIPC: true, containers: [{name: c, image: i}]}\n',
      '3:22: warning SHM905: a key that is there already, at line 3, column 13: kubectl takes this one, the last, and drops the other',
    ],
  ])('%s is a warning, and the last one counts', async (_, text, message) => {
    const { code, out } = await run('lint', write('a.yaml', text));
    expect(code).toBe(0);
    expect(out).toContain(message);
    expect(out).toMatch(/ in {2}Pod b\n/);
    const strict = await run('lint', '--fail-on', 'warning', write('a.yaml', text));
    expect(strict.code).toBe(1);
  });

  test('folders: every .yaml, .yml and .json below, in the order of their names, once', async () => {
    mkdirSync(join(folder, 'sub'));
    mkdirSync(join(folder, 'node_modules'));
    for (const name of ['sub/b.yml', 'a.yaml', 'd.txt', 'node_modules/e.yaml']) {
      write(name, SHM301.wrong);
    }
    write('c.json', '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}');
    symlinkSync(folder, join(folder, 'sub', 'loop'));
    const { out } = await run('lint', folder);
    expect(out.match(/^[\w/]+\.\w+(?=:5)/gm)).toEqual(['a.yaml', 'sub/b.yml']);
    expect(out).toMatch(
      /\n3 objects in 3 files: 2 warnings\n1 object is there more than once; .+ in a\.yaml:1, sub\/b\.yml:1\n$/,
    );
  });

  test('a file once, however often it is named', async () => {
    const path = write('a.yaml', SHM301.wrong);
    expect((await run('lint', path, folder, join(folder, '.', 'a.yaml'), folder)).out).toMatch(
      /\n1 object in 1 file: 1 warning\n$/,
    );
  });

  test('a List of thousands with a finding each, in no time', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a' },
      spec: { hostIPC: true, containers: [{ name: 'a', image: 'a' }] },
    };
    const { err } = await run(
      'lint',
      write(
        'a.json',
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'List',
          items: Array.from({ length: 20_000 }, (_, i) => ({
            ...pod,
            metadata: { name: `a${i}` },
          })),
        }),
      ),
      '--format',
      'json',
    );
    expect(err).toBe('20000 objects in 1 file: 20000 warnings\n');
  }, 30_000);

  test('files of a folder that hold no Kubernetes object are passed over, and named', async () => {
    write('a.yaml', SHM201.right);
    write('values.yaml', 'replicas: 2\n');
    write('tsconfig.json', '// a comment\n{ "extends": "./other.json" }\n');
    expect(await run('lint', folder)).toEqual({
      code: 0,
      out: '1 object in 1 file: no findings\npassed over, as they hold no Kubernetes object: tsconfig.json, values.yaml\n',
      err: '',
    });
  });

  test('with --skip-other-files, they are passed over also if they are named', async () => {
    const values = write('values.yaml', 'replicas: 2\n');
    const skipping = (...paths: string[]) => run('lint', '--skip-other-files', ...paths);
    expect(await skipping(values, write('a.yaml', SHM201.right))).toEqual({
      code: 0,
      out: '1 object in 1 file: no findings\npassed over, as they hold no Kubernetes object: values.yaml\n',
      err: '',
    });
    expect((await skipping(values)).code).toBe(0);
    expect((await skipping(write('b.yaml', 'apiVersion: [\n'))).code).toBe(2);
    expect((await run('lint', values)).code).toBe(2);
  });

  test.each<[string, string | Buffer, string]>([
    [
      'no Kubernetes object',
      'replicas: 2\n',
      '1:1: error SHM900: no Kubernetes object: apiVersion and kind are missing',
    ],
    [
      'a document without kind among others',
      `${SHM201.right}---\na: b\n`,
      '17:1: error SHM900: no Kubernetes object',
    ],
    ['a list', '- a\n', '1:1: error SHM900: no Kubernetes object'],
    ['an empty file', '', '1:1: error SHM900: an empty file'],
    [
      'comments alone',
      '# nothing\n---\n# here\n',
      '1:1: error SHM900: no object, comments at most',
    ],
    [
      'an item of a List that is none',
      'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n- 3\n',
      '6:3: error SHM900: no Kubernetes object',
    ],
    [
      'an item of a List with a name that is no text',
      'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: on}}\n',
      '4:48: error SHM900: metadata.name is no text',
    ],
    [
      'a template',
      'apiVersion: v1\nkind: {{ .Values.kind }}\n',
      '2:1: error SHM900: a template, not YAML',
    ],
    [
      'a template that is YAML',
      'apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { hostIPC: {{ .Values.ipc }} }\n',
      '4:9: error SHM900: a template, not YAML',
    ],
    [
      'a mapping as a key',
      'apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec:\n  ? {a: 1}\n  : 2\n',
      '4:1: error SHM900: a mapping as a key, which JSON does not have',
    ],
    [
      'a tab',
      'apiVersion: v1\nkind: Pod\nmetadata:\n\tname: a\n',
      '4:1: error SHM900: not YAML: tab characters must not be used in indentation',
    ],
    [
      'a name that kubectl reads as a boolean',
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: n\n',
      '4:3: error SHM900: metadata.name is no text: kubectl reads it as false',
    ],
    ['what is not UTF-8', Buffer.from([0x61, 0xff, 0xfe]), '1:1: error SHM900: not UTF-8 text'],
    [
      'an alias of what holds it',
      'apiVersion: v1\nkind: Pod\nmetadata: &a\n  labels: *a\n',
      '1:1: error SHM900: not YAML: an alias stands for something that holds it',
    ],
    [
      'nesting without end',
      `apiVersion: v1\nkind: Pod\nspec: ${'['.repeat(100_000)}\n`,
      'error SHM900: not YAML: nesting exceeded maxDepth',
    ],
  ])('fails with %s, at its position', async (_, text, message) => {
    const { code, out } = await run('lint', write('a.yaml', text));
    expect(code).toBe(2);
    expect(out).toContain(message);
  });

  test('fails with an alias bomb, in no time', async () => {
    const bomb = [
      'apiVersion: v1',
      'kind: ConfigMap',
      'a0: &a0 [x, x, x, x, x, x, x, x, x, x]',
      ...Array.from(
        { length: 12 },
        (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(', ')}]`,
      ),
    ];
    const { code, out } = await run('lint', write('a.yaml', bomb.join('\n')));
    expect(code).toBe(2);
    expect(out).toContain('aliases make more than 1,000,000 values of it');
  });

  test.each<[string, string]>([
    ['CRLF', SHM201.wrong.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${SHM201.wrong}`],
    ['a directive and an end', `%YAML 1.2\n---\n${SHM201.wrong}...\n`],
    ['comments and empty documents', `# one\n---\n# two\n---\n${SHM201.wrong}---\n`],
    [
      'a List',
      `apiVersion: v1\nkind: List\nitems:\n  -${SHM201.wrong
        .trimEnd()
        .split('\n')
        .map((line, i) => (i === 0 ? ` ${line}` : `    ${line}`))
        .join('\n')}\n`,
    ],
    [
      'a PodList as the API has it',
      `apiVersion: v1\nkind: PodList\nitems:\n- ${SHM201.wrong.split('\n').slice(2, -1).join('\n  ')}\n`,
    ],
    [
      'objects of JSON one after the other',
      `{\n"apiVersion": "v1",\n"kind": "ConfigMap"\n}\n${UNSIZED}\n`,
    ],
    ['JSON with tabs', UNSIZED],
  ])('reads %s', async (_, text) => {
    const { code, out } = await run('lint', write('a.yaml', text));
    expect([code, out.match(/SHM\d+(?=:)/g)]).toEqual([0, ['SHM201']]);
    expect(out).toMatch(/\^{8,10}\n/); // the excerpt marks emptyDir
  });

  test('reads the booleans and octal numbers of YAML 1.1 as kubectl does', async () => {
    const { out } = await run('lint', write('a.yaml', SHM301.wrong.replace('true', 'yes')));
    expect(out).toContain('SHM301');
  });

  test('fails with a file that may not be read, and reads the rest', async () => {
    write('a.yaml', SHM201.right);
    symlinkSync(join(folder, 'nowhere.yaml'), join(folder, 'b.yaml'));
    const { code, out } = await run('lint', folder);
    expect([code, out.split('\n')[0]]).toEqual([
      2,
      'b.yaml:1:1: error SHM900: cannot be read: there is no such file or folder',
    ]);
    if (process.getuid?.() !== 0) {
      chmodSync(join(folder, 'a.yaml'), 0);
      expect((await run('lint', folder)).out).toContain(
        'a.yaml:1:1: error SHM900: cannot be read: no permission',
      );
    }
  });
});
