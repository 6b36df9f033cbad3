import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { main } from '../../src/cli/main';
import { SHM201 } from '../../src/rules/shm201-memory-volume-without-size';
import { SHM202 } from '../../src/rules/shm202-size-exceeds-limit';
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

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lint-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** What the command writes and ends with; paths are those below the folder. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: '', err: '' };
  const to = (stream: 'out' | 'err') =>
    new Writable({
      write(chunk, _, done) {
        written[stream] += String(chunk);
        done();
      },
    });
  const code = await main(args, { stdout: to('out'), stderr: to('err') });
  const shown = (text: string) => text.replaceAll(folder + '/', '').replaceAll(folder, '.');
  return { code, out: shown(written.out), err: shown(written.err) };
}

describe('what it ends with', () => {
  test('0 where all is well', async () => {
    expect(await run('lint', write('a.yaml', SHM201.right))).toEqual({
      code: 0,
      out: '',
      err: '1 object in 1 file: no findings\n',
    });
  });

  test('1 where there is an error', async () => {
    expect((await run('lint', write('a.yaml', SHM202.wrong))).code).toBe(1);
  });

  test.each([
    ['error', 0],
    ['warning', 1],
    ['note', 1],
    ['never', 0],
  ])('with a warning and --fail-on %s: %i', async (level, code) => {
    expect((await run('lint', write('a.yaml', SHM301.wrong), '--fail-on', level)).code).toBe(code);
  });

  test('the pack strict makes an error of what is unbudgeted', async () => {
    expect((await run('lint', write('a.yaml', SHM201.wrong), '--pack', 'strict')).code).toBe(1);
  });

  test('2 where something cannot be read, and the rest is judged all the same', async () => {
    write('a.yaml', 'apiVersion: v1\nkind: [\n');
    write('b.yaml', SHM202.wrong);
    const { code, out } = await run('lint', folder);
    expect(code).toBe(2);
    expect(out).toMatch(/^a\.yaml:3:1: error SHM900: not YAML: /);
    expect(out).toMatch(/^b\.yaml:\d+:\d+: error SHM202: /m);
  });
});

test("text reads like a compiler's", async () => {
  expect((await run('lint', write('pod.yaml', SHM202.wrong.replace(/ #.*/g, '')))).out)
    .toBe(`pod.yaml:15:9: error SHM202: sizeLimit 1Gi of dshm is larger than the memory limit of container trainer, 512Mi
  15 |         sizeLimit: 1Gi
     |         ^^^^^^^^^
  in  Pod trainer
  why ${SHM202.why}
  fix raise the limit to 1Gi plus what the process itself needs, or lower the sizeLimit

pod.yaml:15:9: warning SHM204: the pod requests 512Mi of memory, but its memory volumes hold 1Gi
  15 |         sizeLimit: 1Gi
     |         ^^^^^^^^^
  in  Pod trainer
  why The scheduler looks only at requests, not at the sizeLimit. It therefore puts pods on one node whose volumes, once full, do not fit there together.
  fix request 1Gi plus what the processes need
`);
});

test('JSON is a list of plain objects with every field', async () => {
  const { out } = await run('lint', write('pod.yaml', SHM301.wrong), '--format', 'json');
  expect(JSON.parse(out)).toEqual([
    {
      rule: 'SHM301',
      severity: 'warning',
      message:
        'hostIPC shares all System V memory, message queues and /dev/shm with the node and every other pod with hostIPC',
      why: SHM301.why,
      fix: SHM301.fix,
      docs: 'https://git.example.com/cdk8s-shared-memory/docs/rules.md#shm301',
      file: 'pod.yaml',
      line: 5,
      column: 3,
      apiVersion: 'v1',
      kind: 'Pod',
      namespace: null,
      name: 'monitor',
      container: null,
      path: '/spec/hostIPC',
      acknowledged: null,
    },
  ]);
});

test('GitHub gets one line for each finding, with what would end it escaped', async () => {
  const { out } = await run('lint', write('a, 100%: b.yaml', SHM301.wrong), '--format', 'github');
  expect(out).toMatch(
    /^::warning file=a%2C 100%25%3A b\.yaml,line=5,col=3,title=SHM301::hostIPC shares .*%0Ain Pod monitor%0Awhy: .*%0Afix: .*\n$/,
  );
});

test('an acknowledged finding is listed with its reason, and fails nothing', async () => {
  const acknowledged = SHM301.wrong.replace(
    '{ name: monitor }',
    '{ name: monitor, annotations: { cdk8s-shared-memory/acknowledge.SHM301: "until 2027-03-31: it must" } }',
  );
  const path = write('pod.yaml', acknowledged);
  expect(await run('lint', path, '--fail-on', 'note', '--today', '2027-03-31')).toEqual({
    code: 0,
    out: 'acknowledged SHM301 pod.yaml:5:3: Pod monitor: it must, until 2027-03-31\n',
    err: '1 object in 1 file: 1 acknowledged\n',
  });
  const { code, out } = await run('lint', path, '--today', '2027-04-01');
  expect([code, out.match(/(?<=(?:error|warning) )SHM\d+/g)]).toEqual([1, ['SHM902', 'SHM301']]);
});

describe('what it reads', () => {
  test('folders: every .yaml, .yml and .json below, in the order of their names, once', async () => {
    mkdirSync(join(folder, 'sub'));
    mkdirSync(join(folder, 'node_modules'));
    for (const name of ['sub/b.yml', 'a.yaml', 'd.txt', 'node_modules/e.yaml']) {
      write(name, SHM301.wrong);
    }
    write('c.json', '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}');
    symlinkSync(folder, join(folder, 'sub', 'loop'));
    const { out, err } = await run('lint', folder);
    expect(out.match(/^[\w/]+\.\w+(?=:5)/gm)).toEqual(['a.yaml', 'sub/b.yml']);
    expect(err).toBe('3 objects in 3 files: 2 warnings\n');
  });

  test('a file once, however often it is named', async () => {
    const path = write('a.yaml', SHM301.wrong);
    expect((await run('lint', path, folder, join(folder, '.', 'a.yaml'), folder)).err).toBe(
      '1 object in 1 file: 1 warning\n',
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
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: Array(20_000).fill(pod) }),
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
      out: '',
      err: '1 object in 1 file: no findings\npassed over, as they hold no Kubernetes object: tsconfig.json, values.yaml\n',
    });
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
      '1:1: error SHM900: a template, not YAML',
    ],
    [
      'a key that is there twice',
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels: {}\n  name: b\n',
      '6:3: error SHM900: a key that is there already; the first one is at line 4, column 3',
    ],
    [
      'such a key in a flow map',
      'apiVersion: v1\nkind: Pod\nmetadata: { name: a, name: b }\n',
      '3:22: error SHM900: a key that is there already; the first one is at line 3, column 13',
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

describe('fails, and says how it is used', () => {
  test.each<[string, string[], string]>([
    [
      'with a path that is not there',
      ['lint', '/nowhere'],
      'cdk8s-shared-memory: /nowhere: there is no such file or folder\n',
    ],
    [
      'with an unknown format',
      ['lint', '--format', 'xml'],
      "error: option '--format <format>' argument 'xml' is invalid. Allowed choices are text, json, sarif, github.\n",
    ],
    [
      'with what is no day',
      ['lint', '--today', 'tomorrow'],
      'cdk8s-shared-memory: --today: given tomorrow; allowed a day like 2027-03-31\n',
    ],
    [
      'with a day that is in no calendar',
      ['lint', '--today', '2027-02-30'],
      'cdk8s-shared-memory: --today: given 2027-02-30; allowed a day like 2027-03-31\n',
    ],
    [
      'with a configuration that is not there',
      ['lint', '--config', '/nowhere.yml'],
      'cdk8s-shared-memory: /nowhere.yml: there is no such file or folder\n',
    ],
    [
      'with an unknown rule',
      ['explain', 'SHM999'],
      'cdk8s-shared-memory: there is no rule SHM999; cdk8s-shared-memory rules lists them\n',
    ],
    ['with an unknown command', ['check'], "error: unknown command 'check'\n"],
  ])('%s', async (_, args, message) => {
    expect(await run(...args)).toEqual({ code: 2, out: '', err: message });
  });

  test('with a folder without manifests', async () => {
    expect((await run('lint', folder)).err).toBe(
      'cdk8s-shared-memory: .: no Kubernetes manifests (.yaml, .yml, .json) there\n',
    );
  });
});

describe('a configuration', () => {
  test('sets pack, level and severities; the command line goes before it', async () => {
    const path = write('pod.yaml', SHM202.wrong);
    const config = write(
      'config.yml',
      'pack: strict\nfailOn: never\nrules:\n  SHM202: note\n  SHM204: off\n',
    );
    const { code, out, err } = await run('lint', path, '--config', config);
    expect([code, out.match(/(?<=: )\w+ SHM\d+(?=:)/g)]).toEqual([0, ['note SHM202']]);
    expect(err).toBe('1 object in 1 file: 1 note\nswitched off by config.yml: SHM204\n');
    expect((await run('lint', path, '--config', config, '--fail-on', 'note')).code).toBe(1);
  });

  test.each([
    ['an unknown field', 'packs: strict\n', 'packs: unknown; allowed pack, failOn, rules'],
    ['an unknown rule', 'rules: { SHM999: off }\n', 'rules.SHM999: there is no such rule'],
    [
      'an unknown severity',
      'rules: { SHM201: fatal }\n',
      'rules.SHM201: given fatal; allowed error, warning, note, off',
    ],
    ['an unknown pack', 'pack: all\n', 'pack: given all; allowed recommended, strict'],
    [
      'a map for a severity',
      'rules: { SHM201: { toString: no } }\n',
      'rules.SHM201: given {"toString":false}; allowed error',
    ],
    [
      'a map for a pack',
      'pack: { toString: no }\n',
      'pack: given {"toString":false}; allowed recommended, strict',
    ],
    [
      'a map for a level',
      'failOn: { toString: no }\n',
      'failOn: given {"toString":false}; allowed error',
    ],
    ['a list', '- strict\n', 'must be an object with pack, failOn and rules'],
    ['what is no YAML', 'a: [\n', 'not YAML'],
  ])('fails with %s', async (_, text, message) => {
    const { code, err } = await run(
      'lint',
      write('pod.yaml', SHM201.right),
      '--config',
      write('config.yml', text),
    );
    expect([code, err]).toEqual([2, expect.stringContaining(`config.yml: ${message}`)]);
  });
});

test('explain prints the page of a rule, rules lists them', async () => {
  expect((await run('explain', 'shm301')).out).toMatch(
    /^## SHM301\n\n\*\*hostIPC puts the pod in the node's IPC namespace\*\* \(warning\)\n/,
  );
  expect((await run('rules')).out.split('\n')[0]).toBe(
    "SHM101  error    a volume at /dev/shm hides the node's /dev/shm from a pod with hostIPC",
  );
  expect((await run('--help')).code).toBe(0);
  expect(await run('--version')).toMatchObject({ code: 0, out: '0.0.0\n' });
});
