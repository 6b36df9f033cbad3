import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder, lintFolder, run, write } from './lint-run';
import { SHM201 } from '../../src/rules/shm201-memory-volume-without-size';
import { SHM202 } from '../../src/rules/shm202-size-exceeds-limit';
import { SHM301 } from '../../src/rules/shm301-host-ipc';

lintFolder();

describe('what it ends with', () => {
  test('0 where all is well', async () => {
    expect(await run('lint', write('a.yaml', SHM201.right))).toEqual({
      code: 0,
      out: '1 object in 1 file: no findings\n',
      err: '',
    });
  });

  test.each([
    ['json', '[]\n'],
    ['github', ''],
  ])('with --format %s, what programs read has no summary', async (format, out) => {
    expect(await run('lint', write('a.yaml', SHM201.right), '--format', format)).toEqual({
      code: 0,
      out,
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

1 object in 1 file: 1 error, 1 warning
`);
});

describe('workloads that share memory of the node without marks', () => {
  const line = (number: string, before = '') =>
    `\n${number} memory of the node without marks, so most rules could not compare the two sides; ${before}cdk8s-shared-memory adopt --marks writes marks\n`;
  const LINE = line('2 workloads share');
  const MENDED = line('2 workloads share', 'after you have mended what was found, ');
  const sharing = (name: string, volume = 'hostPath: { path: /run/cache }', metadata = '') => `---
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: shop${metadata} }
spec:
  containers:
    - name: app
      image: registry.example.com/app:1
      volumeMounts: [{ name: cache, mountPath: /run/cache }]
  volumes: [{ name: cache, ${volume} }]
`;
  const ipc = (name: string) =>
    sharing(name, 'emptyDir: {}').replace('spec:', 'spec:\n  hostIPC: true');
  const mark = `, annotations: { cdk8s-shared-memory/contract.cache: '${JSON.stringify({
    apiVersion: 'cdk8s-shared-memory/v2',
    namespace: 'shop',
    version: 'v1',
    side: 'client',
    access: 'readWrite',
    memory: [
      {
        name: 'cache',
        api: 'files',
        mountPath: '/run/cache',
        path: '/run/cache',
        contains: 'files',
        backing: 'existing',
      },
    ],
    containers: ['app'],
  })}' }`;

  test.each([
    ['a directory', sharing('a') + sharing('b'), LINE],
    ['System V memory', ipc('a') + ipc('b'), MENDED],
    [
      'one beside others that have marks',
      sharing('a', undefined, mark) + sharing('b', undefined, mark) + sharing('c'),
      line('1 workload shares', 'after you have mended what was found, '),
    ],
  ])('%s: they are counted at the end', async (_, text, end) => {
    const { out, err } = await run('lint', write('pods.yaml', text));
    expect(out.slice(-end.length)).toBe(end);
    expect(err).toBe('');
  });

  test.each([
    ['one alone', sharing('a')],
    ['one alone with hostIPC', ipc('a')],
    ['the same twice', sharing('a') + sharing('a')],
    ['with marks', sharing('a', undefined, mark) + sharing('b', undefined, mark)],
    [
      'what is no memory',
      ['a', 'b'].map(name => sharing(name, 'hostPath: { path: /var/log }')).join(''),
    ],
  ])('%s: nothing is said', async (_, text) => {
    expect((await run('lint', write('pods.yaml', text))).out).not.toContain('without marks');
  });

  test('nothing is said of agents and node tasks of this library', async () => {
    const dist = join(__dirname, '..', '..', 'dist');
    for (const example of readdirSync(dist)) {
      const { out } = await run('lint', join(dist, example));
      expect([example, out.includes('without marks')]).toEqual([example, false]);
    }
  });

  test('and nothing in what programs read', async () => {
    const path = write('pods.yaml', sharing('a') + sharing('b'));
    for (const format of ['json', 'sarif', 'github']) {
      const { out, err } = await run('lint', path, '--format', format);
      expect(out + err).not.toContain('workloads share memory');
    }
  });
});

test('JSON is a list of plain objects with every field', async () => {
  const { out } = await run('lint', write('pod.yaml', SHM301.wrong), '--format', 'json');
  expect(JSON.parse(out)).toEqual([
    {
      rule: 'SHM301',
      severity: 'warning',
      message:
        'hostIPC shares all System V memory, message queues and /dev/shm with the node and every other pod with hostIPC; nothing else in these manifests has hostIPC',
      why: SHM301.why,
      fix: 'if another workload needs the same System V memory or message queues (`ipcs -m -q -p` on the node shows which processes have them): give it hostIPC: true, too, since both sides need it, and declare the memory in a contract; if none does: remove hostIPC here; without it, a process has more than 64 MiB at /dev/shm if its container mounts a memory-medium emptyDir with a sizeLimit there',
      docs: SHM301.link,
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
      baselineState: null,
    },
  ]);
});

test('GitHub gets one line for each finding, with what would end it escaped', async () => {
  const { out } = await run('lint', write('a, 100%: b.yaml', SHM301.wrong), '--format', 'github');
  expect(out).toMatch(
    /^::warning file=a%2C 100%25%3A b\.yaml,line=5,col=3,title=SHM301::hostIPC shares .*%0Ain Pod monitor%0Awhy: .*%0Afix: .*\n$/,
  );
});

test('the summary of a GitHub job is a table of the findings', async () => {
  const file = write('summary.md', 'before\n');
  process.env.GITHUB_STEP_SUMMARY = file;
  try {
    await run('lint', write('pod.yaml', SHM301.wrong), '--format', 'github');
    await run('lint', write('right.yaml', SHM301.right), '--format', 'github');
    await run('lint', write('pod.yaml', SHM301.wrong));
  } finally {
    delete process.env.GITHUB_STEP_SUMMARY;
  }
  const [before, title, , head, , row, ...rest] = readFileSync(file, 'utf8').split('\n');
  expect([before, title, head]).toEqual([
    'before',
    expect.stringMatching(/^## Shared memory: 1 warning/),
    '| severity | rule | where | object | what | fix |',
  ]);
  expect(row).toMatch(/^\| warning \| SHM301 \| .*pod\.yaml:5 \| Pod monitor \| hostIPC shares /);
  expect(rest.join('')).toBe('');
});

test('an acknowledged finding is listed with its reason, and fails nothing', async () => {
  const acknowledged = SHM301.wrong.replace(
    '{ name: monitor }',
    '{ name: monitor, annotations: { cdk8s-shared-memory/acknowledge.SHM301: "until 2027-03-31: it must" } }',
  );
  const path = write('pod.yaml', acknowledged);
  expect(await run('lint', path, '--fail-on', 'note', '--today', '2027-03-31')).toEqual({
    code: 0,
    out: 'acknowledged SHM301 pod.yaml:5:3: Pod monitor: it must, until 2027-03-31\n\n1 object in 1 file: 1 acknowledged\n',
    err: '',
  });
  const { code, out } = await run('lint', path, '--today', '2027-04-01');
  expect([code, out.match(/(?<=(?:error|warning) )SHM\d+/g)]).toEqual([1, ['SHM902', 'SHM301']]);
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
      'cdk8s-shared-memory: there is no rule and no input error SHM999; cdk8s-shared-memory rules lists the rules, docs/errors.md of the package the input errors\n',
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
    const { code, out } = await run('lint', path, '--config', config);
    expect([code, out.match(/(?<=: )\w+ SHM\d+(?=:)/g)]).toEqual([0, ['note SHM202']]);
    expect(out).toMatch(/\n1 object in 1 file: 1 note\nswitched off by config.yml: SHM204\n$/);
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

test('explain says what an input error means', async () => {
  const { code, out } = await run('explain', 'shm009');
  expect(code).toBe(0);
  expect(out).toMatch(
    /^## SHM009\n\nA container must be named, or the one that was named is not there\.\n/,
  );
});

test('a reason that several findings have is said once', async () => {
  const two = `${SHM301.wrong}---\n${SHM301.wrong.replace('name: monitor }', 'name: other }')}`;
  const { out } = await run('lint', write('two.yaml', two));
  expect(out.match(/^ {2}why /gm)).toHaveLength(1);
  expect(out.match(/^ {2}fix /gm)).toHaveLength(2);
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
