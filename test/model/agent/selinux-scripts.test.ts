import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dir, log, node, prepare, program, run, standIns } from './init-stand-ins';
import { mountHugePagesScript, mountScript } from '../../../src/model/agent/init-scripts';
import { waitScript } from '../../../src/model/agent/wait-script';

standIns();

const CONTEXT = 'system_u:object_r:container_file_t:s0';
const SELINUX = 'nodev\tsysfs\nnodev\tselinuxfs\n';

describe.each([
  [
    'tmpfs',
    mountScript({ seLinux: true }),
    'table:2750:65536',
    'table',
    'size=65536k,nosuid,nodev,noexec,mode=0755',
    'rw,noexec',
  ],
  [
    'hugetlbfs',
    mountHugePagesScript({ seLinux: true }),
    'table.hugepages-2Mi:2750:2M:4194304',
    'table.hugepages-2Mi',
    'pagesize=2M,size=4194304,nosuid,nodev,noexec,mode=0755',
    'rw,pagesize=2M,size=4194304',
  ],
])('%s', (type, script, memory, entry, options, shown) => {
  const mount = () =>
    run(script, { DIRECTORY: '/run/x', VERSION: 'v1', MEMORIES: memory, OWNER: '10001:2000' });
  const mounted = (has: string) =>
    writeFileSync(
      join(dir, 'mounts'),
      `cdk8s-shared-memory ${node}/v1/${entry} ${type} ${has} 0 0\n`,
    );
  const filesystems = (text: string) => writeFileSync(join(dir, 'filesystems'), text);

  beforeEach(() => {
    mkdirSync(join(node, 'v1'), { mode: 0o755 });
    program('mount', `echo "mount $*" >> ${dir}/log`);
    program('df', "echo 'Filesystem 1024-blocks Used'; echo 'x 65536 0'");
  });

  test('is mounted with its label, if the kernel has SELinux', () => {
    filesystems(SELINUX);
    expect(mount()).toMatchObject({ status: 0, stderr: '' });
    expect(log()[0]).toBe(
      `mount -t ${type} -o ${options},context=${CONTEXT} cdk8s-shared-memory ${node}/v1/${entry}`,
    );
  });

  test('is mounted without, if it has not: that kernel refuses the option', () => {
    filesystems('nodev\tsysfs\n');
    expect(mount()).toMatchObject({ status: 0, stderr: '' });
    expect(log()[0]).toBe(`mount -t ${type} -o ${options} cdk8s-shared-memory ${node}/v1/${entry}`);
  });

  test('stays, if it has the label already', () => {
    filesystems(SELINUX);
    mount();
    mounted(`${shown},context=${CONTEXT}`);
    expect(mount()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(log().filter(line => line.startsWith('mount '))).toHaveLength(1);
  });

  test('fails, if it is mounted without the label, and says what to do', () => {
    filesystems(SELINUX);
    mount();
    mounted(shown);
    const { status, stderr } = mount();
    expect(status).toBe(1);
    expect(stderr).toBe(
      `/run/x/v1/${entry} is mounted without the SELinux label ${CONTEXT}, which cannot change: delete the pods of the contract and unmount it on the node (NodeCleanup), or give the contract another version\n`,
    );
  });
});

const label = (text: string) => writeFileSync(join(dir, 'label'), `${text}\0`);
const CONFINED = 'system_u:system_r:container_t:s0:c1,c2';
const SAID = `this step runs as ${CONFINED}, so SELinux can be what denies it: a contract for nodes where SELinux is enforcing has seLinux: true\n`;

describe('the first step of the agent', () => {
  test('fails, and says that SELinux confines it', () => {
    label(CONFINED);
    program('mktemp', 'echo "mktemp: (null): Permission denied" >&2; exit 1');
    const { status, stderr } = prepare();
    expect(status).toBe(1);
    expect(stderr).toBe(`mktemp: (null): Permission denied\n${SAID}`);
  });

  test.each([
    ['no label', undefined],
    ['a label of AppArmor', 'cri-containerd.apparmor.d (enforce)'],
    ['a label that confines nothing', 'system_u:system_r:spc_t:s0'],
  ])('fails, and says nothing of SELinux with %s', (_, text) => {
    if (text !== undefined) {
      label(text);
    }
    program('mktemp', 'exit 1');
    expect(prepare()).toMatchObject({ status: 1, stderr: '' });
  });

  test('says nothing if it succeeds', () => {
    label(CONFINED);
    expect(prepare()).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

describe('the step that waits', () => {
  const wait = (client: string) =>
    run(waitScript('file'), {
      CONTRACT: 'routes',
      UNTIL: 'file:/x/ready',
      ACCESS: 'readOnly',
      CLIENT: client,
    });

  test('says that it may not look, and that SELinux confines it', () => {
    label(CONFINED);
    program('ls', 'echo "ls: /x/ready: Permission denied" >&2; exit 1');
    program('sleep', 'exit 1');
    const { stdout, stderr } = wait('');
    expect(stdout).toBe(`waiting for file:/x/ready of contract routes\n${SAID}`);
    expect(stderr).toContain('ls: /x/ready: Permission denied');
  });
});
