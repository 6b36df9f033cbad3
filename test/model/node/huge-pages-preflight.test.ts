import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { dir, nodeOfFiles, plant, run } from './node-of-files';
import { preflightScript } from '../../../src/model/node/preflight-script';

nodeOfFiles();

const POOL = 'sys/kernel/mm/hugepages/hugepages-2048kB';
const LEAF = 'node/run/cdk8s-shared-memory/ns.routes/v1/table.hugepages-2Mi';
const ENV = {
  BUDGET: '0',
  RUN: '0',
  CONTRACTS: 'ns.routes v1 ns/routes',
  MEMORIES: 'ns.routes/v1/table.hugepages-2Mi hugetlbfs 65536',
  HUGE_PAGES: '2Mi 2048 32',
};
const pool = (total: number, free: number, reserved = 0, at = POOL) =>
  plant({
    [`${at}/nr_hugepages`]: `${total}\n`,
    [`${at}/free_hugepages`]: `${free}\n`,
    [`${at}/resv_hugepages`]: `${reserved}\n`,
  });
const left = (size: number, used: number, type = 'hugetlbfs') =>
  plant({
    [`${LEAF}/shared/table.bin`]: '',
    'proc/mounts': `x ${dir}/${LEAF} ${type} rw 0 0\n`,
    'answers/df-run': `x ${size} ${used} ${size - used} 1% /x`,
  });
const preflight = (env: Record<string, string> = ENV) =>
  run(preflightScript({ hugePages: true, seLinux: false }), env);

test('a node with enough free pages passes', () => {
  pool(64, 40, 8);
  const { status, stderr, log } = preflight();
  expect([status, stderr]).toEqual([0, '']);
  expect(log).toContain('ok: huge pages: 32 of the 64 of 2Mi are free, the contracts take 32');
});

test('the pages of an earlier agent are those of the next one, and need no room in /run', () => {
  pool(32, 0);
  left(65536, 65536);
  const { status, log } = preflight();
  expect(status).toBe(0);
  expect(log).toEqual(
    expect.arrayContaining([
      'ok: /run/cdk8s-shared-memory/ns.routes/v1/table.hugepages-2Mi holds 65536Ki of an earlier agent, which the next one takes over',
      'ok: /run is a tmpfs with room for 0Ki',
      'ok: huge pages: 32 of the 32 of 2Mi are free, the contracts take 32',
    ]),
  );
});

test('each size has its own pool', () => {
  pool(32, 32);
  pool(1, 1, 0, POOL.replace('2048', '1048576'));
  const { verdict, log } = preflight({ ...ENV, HUGE_PAGES: '1Gi 1048576 2\n2Mi 2048 32' });
  expect(log).toContain('ok: huge pages: 32 of the 32 of 2Mi are free, the contracts take 32');
  expect(verdict[1]).toMatch(
    /^problem: huge pages: the node has 1 of 1Gi, but the contracts take 2/,
  );
});

test('a bare mountpoint is fine', () => {
  pool(32, 32);
  plant({ [`${LEAF}/.keep`]: '', 'answers/stat': '0:0:700' });
  expect(preflight().log.join('\n')).not.toContain('mountpoint');
});

test.each<[string, () => void, string]>([
  [
    'too small a pool',
    () => pool(31, 31),
    'huge pages: the node has 31 of 2Mi, but the contracts take 32; raise vm.nr_hugepages (or hugepages= at boot), and then restart the kubelet, which counts them once',
  ],
  [
    'pages that somebody else has',
    () => pool(32, 31),
    'huge pages: 31 of the 32 of 2Mi are free, but the contracts take 32;',
  ],
  ['no pages of that size', () => undefined, 'huge pages: the kernel of the node has none of 2Mi;'],
  [
    'a hugetlbfs of another size',
    () => {
      pool(64, 64);
      left(32768, 0);
    },
    '/run/cdk8s-shared-memory/ns.routes/v1/table.hugepages-2Mi: an earlier agent left a hugetlbfs of 32768Ki, not of 65536Ki, and the next one refuses it: it cannot be resized; remove it',
  ],
  [
    'something else that is mounted there',
    () => {
      pool(64, 64);
      left(65536, 0, 'tmpfs');
    },
    '/run/cdk8s-shared-memory/ns.routes/v1/table.hugepages-2Mi has the mounts 1 tmpfs, which is not',
  ],
  [
    'a directory that is no mountpoint',
    () => {
      pool(64, 64);
      plant({ [`${LEAF}/x`]: '' });
    },
    '/run/cdk8s-shared-memory/ns.routes/v1/table.hugepages-2Mi exists, but is not the bare mountpoint of a hugetlbfs',
  ],
  [
    'a link',
    () => {
      pool(64, 64);
      plant({ [`${LEAF.replace('table', 'other')}/x`]: '' });
      symlinkSync('/etc', join(dir, LEAF));
    },
    '/run/cdk8s-shared-memory/ns.routes/v1/table.hugepages-2Mi is not a directory',
  ],
])('fails on %s', (_, defect, words) => {
  defect();
  const { status, verdict } = preflight();
  expect(status).toBe(1);
  expect(verdict[0]).toBe('n1: not fit, problems: 1, warnings: 0');
  expect(verdict[1].startsWith(`problem: ${words}`)).toBe(true);
});
