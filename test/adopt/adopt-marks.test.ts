import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './adopted-app';
import { agent, client, folderOf, workload } from './shared-workloads';
import { readFiles } from '../../src/read/input-files';

describe('--marks', () => {
  const commented = `# of the platform team\n${agent}`;
  const files = { 'agent.yaml': commented, 'web.yaml': client };

  test('prints a patch that git applies, after which nothing is left to adopt', async () => {
    const folder = folderOf(files);
    const { code, out, err } = await run('adopt', folder, '--marks');
    expect([code, err]).toEqual([
      0,
      [
        `would mark: ${folder}/agent.yaml:2: DaemonSet cache`,
        `would mark: ${folder}/web.yaml:1: Deployment web`,
        'guessed: contract cache: that /run/cache has no sockets: the manifests show none. Run `find /run/cache -type s` on a node; if it lists one, write "contains":"sockets" in the marks, and acknowledge SHM310',
        'guessed: contract cache: that its DaemonSet serves it: it is the only one that writes there. If it does not, write "side":"client" in its mark',
        'without a size: contract cache: memory limits are not checked against memory cache until somebody writes its size in the marks of all sides, after its name: "name":"cache","size":"64Mi", for example',
        '',
      ].join('\n'),
    ]);
    expect(readFileSync(join(folder, 'agent.yaml'), 'utf8')).toBe(commented);
    execFileSync('git', ['apply'], { cwd: folder, input: out });
    expect(readFileSync(join(folder, 'agent.yaml'), 'utf8')).toContain('# of the platform team');
    const [before, after] = [folderOf(files), folder].map(each => readFiles([each]).manifests);
    expect(after.map(({ json }) => json.spec)).toEqual(before.map(({ json }) => json.spec));
    expect((await run('adopt', folder, '--marks')).out).toMatch(/^# Nothing to adopt/);
    expect((await run('lint', folder)).out).not.toContain('SHM901');
  });

  test('with --write, writes the same bytes into the files', async () => {
    const [patched, written] = [folderOf(files), folderOf(files)];
    execFileSync('git', ['apply'], {
      cwd: patched,
      input: (await run('adopt', patched, '--marks')).out,
    });
    const { code, out } = await run('adopt', written, '--marks', '--write');
    expect([code, out]).toEqual([0, '']);
    for (const name of Object.keys(files)) {
      const [one, other] = [patched, written].map(each => readFileSync(join(each, name), 'utf8'));
      expect(other).toBe(one);
    }
  });

  test('fails for a file that must not be edited, and marks the others', async () => {
    const folder = folderOf({ ...files, 'web.yaml': `# DO NOT EDIT\n${client}` });
    const { code, err } = await run('adopt', folder, '--marks', '--write');
    expect(code).toBe(2);
    expect(err).toContain(
      'web.yaml:2: Deployment web; a comment says that the file must not be edited',
    );
    expect(readFileSync(join(folder, 'agent.yaml'), 'utf8')).toContain('contract.cache');
  });

  test('after a size and a group are written, as its page says, lint checks both', async () => {
    const limited = (text: string) =>
      text.replace(
        '          volumeMounts',
        '          resources: { limits: { memory: 512Mi } }\n$&',
      );
    const folder = folderOf({ 'agent.yaml': limited(agent), 'web.yaml': limited(client) });
    await run('adopt', folder, '--marks', '--write');
    const ids = async () => [
      ...new Set((await run('lint', folder)).out.match(/SHM(?:108|205|206)/g) ?? []),
    ];
    expect(await ids()).toEqual([]);
    for (const name of ['agent.yaml', 'web.yaml']) {
      const path = join(folder, name);
      const text = readFileSync(path, 'utf8')
        .replace('"name":"cache",', '$&"size":"1Gi",')
        .replace(/"access":"\w+",/, '$&"group":3001,');
      writeFileSync(path, text);
    }
    expect(await ids()).toEqual(['SHM205', 'SHM108', 'SHM206']);
    expect((await run('lint', folder)).out).not.toContain('SHM901');
  });

  describe('a workload that mounts the directory, and one that contains it', () => {
    const MORE = `      initContainers:
        - name: mkdir
          image: registry.example.com/mkdir:1
          volumeMounts: [{ name: run, mountPath: /host }]
`;
    const making = (text: string) =>
      text
        .replace('path: /run/cache }', 'path: /run/agents/cache }')
        .replace('      containers:', `${MORE}      containers:`)
        .replace('volumes: [', 'volumes: [{ name: run, hostPath: { path: /run/agents } }, ');
    const web = client.replace('path: /run/cache }', 'path: /run/agents/cache }');

    test('is marked, and nothing is said of what contains it', async () => {
      const { err } = await run(
        'adopt',
        folderOf({ 'agent.yaml': making(agent), 'web.yaml': web }),
        '--marks',
      );
      expect(err).toMatch(/^would mark: .* DaemonSet cache$/m);
      expect(err).not.toContain('not adopted');
    });

    test('of another one, it is said', async () => {
      const other = workload('DaemonSet', 'other', { path: '/run/agents' });
      const { err } = await run(
        'adopt',
        folderOf({ 'agent.yaml': making(agent), 'web.yaml': web, 'other.yaml': other }),
        '--marks',
      );
      expect(err.match(/^not adopted: .*/gm)).toEqual([
        expect.stringContaining('DaemonSet other; `/run/agents` of the node: '),
      ]);
    });
  });

  test('fails with 3 if a workload has the directory at another path, and marks the others', async () => {
    const elsewhere = workload('Deployment', 'elsewhere', { at: '/cache', readOnly: true });
    const folder = folderOf({ ...files, 'elsewhere.yaml': elsewhere });
    const { code, err } = await run('adopt', folder, '--marks', '--write');
    expect(code).toBe(3);
    expect(err).toMatch(/^not adopted: .* Deployment elsewhere; `\/run\/cache` of the node: /m);
    expect(err).toMatch(
      /\ncdk8s-shared-memory: Deployment elsewhere uses the memory of a contract and is not in it, so nobody compares it /,
    );
    expect(readFileSync(join(folder, 'web.yaml'), 'utf8')).toContain('contract.cache');
    expect(readFileSync(join(folder, 'elsewhere.yaml'), 'utf8')).toBe(elsewhere);
  });

  test('says on stderr what is not adopted', async () => {
    const alone = workload('Deployment', 'alone', { path: '/dev/shm' });
    const { code, err } = await run(
      'adopt',
      folderOf({ ...files, 'alone.yaml': alone }),
      '--marks',
    );
    expect(code).toBe(0); // it uses no memory of a contract
    expect(err).toContain('Deployment alone; `/dev/shm` of the node: nothing else in these');
  });

  test.each([[[]], [['--marks', '--out', 'app']], [['--out', 'app', '--write']]])(
    'fails with %j',
    async options => {
      const { code, err } = await run('adopt', folderOf(files), ...options);
      expect(code).toBe(2);
      expect(err).toContain('choose one of them: --out FOLDER writes an app; --marks prints');
    },
  );
});
