import { dir, LEAF, nodeOfFiles, plant, run, TMPFS } from './node-of-files';
import { preflightScript } from '../../../src/model/node/preflight-script';

nodeOfFiles();

const CONTEXT = 'context=system_u:object_r:container_file_t:s0';
const SHOWN = '/run/cdk8s-shared-memory/ns.routes/v1/table';
const TAKEN = `ok: ${SHOWN} holds 70Ki of an earlier agent, which the next one takes over`;
const LABELLED = { ...TMPFS, MEMORIES: `${TMPFS.MEMORIES} labelled` };
const preflight = (env: Record<string, string>) =>
  run(preflightScript({ hugePages: false, seLinux: true }), env);

beforeEach(() =>
  plant({
    [`${LEAF}/x`]: '',
    'proc/filesystems': 'nodev\tsysfs\nnodev\tselinuxfs\n',
    'answers/df-run': 'tmpfs 65536 70 65466 1% /x',
  }),
);
const mounted = (options: string) =>
  plant({ 'proc/mounts': `x ${dir}/${LEAF} tmpfs ${options} 0 0\n` });

test('a tmpfs with the label is taken over', () => {
  mounted(`rw,noexec,${CONTEXT},size=65536k`);
  const { status, log } = preflight(LABELLED);
  expect(status).toBe(0);
  expect(log).toContain(TAKEN);
});

test.each([
  ['without a label', 'rw,noexec'],
  ['with another label', 'rw,context=system_u:object_r:tmpfs_t:s0'],
])('fails on a tmpfs %s: the next agent refuses it', (_, options) => {
  mounted(options);
  const { status, stderr, verdict } = preflight(LABELLED);
  expect([status, stderr]).toEqual([1, '']);
  expect(verdict).toEqual([
    'n1: not fit, problems: 1, warnings: 0',
    `problem: ${SHOWN} is mounted without the SELinux label ${CONTEXT.slice(8)}, which cannot change: the agent refuses it; delete the pods of the contract and unmount it on the node (NodeCleanup), or give the contract another version`,
  ]);
});

test('a kernel without SELinux needs no label', () => {
  mounted('rw,noexec');
  plant({ 'proc/filesystems': 'nodev\tsysfs\n' });
  expect(preflight(LABELLED).log).toContain(TAKEN);
});

test('the memory of a contract that is not for SELinux needs no label', () => {
  mounted('rw,noexec');
  expect(preflight(TMPFS).log).toContain(TAKEN);
});
