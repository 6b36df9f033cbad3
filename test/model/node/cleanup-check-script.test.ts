import { checkOn, hasBusybox, hasNodes, nodeOfProcesses, POD } from './node-of-processes';

const FREE = { status: 0, stderr: '', said: ['n1: nobody uses the memory of contract ns.routes'] };
const inUse = (...users: string[]) => ({
  status: 1,
  stderr: '',
  said: [
    'n1: contract ns.routes is still in use, so nothing was removed:',
    ...users.map(each => `n1:   ${each}`),
    expect.stringMatching(/^n1: delete its agent and its clients first .*kubectl get pods -A/),
  ],
});
const python = (user: number, what: string) => `process N (uid ${user}, python3): ${what}`;
const MAPS = 'maps a file of it';
const OPEN = 'has a file of it open';

(hasNodes ? describe : describe.skip)('who has the memory', () => {
  nodeOfProcesses();

  const programs = [
    ['the system', test],
    ['busybox', hasBusybox ? test : test.skip],
  ] as const;
  for (const [tools, its] of programs) {
    its(
      `nobody: processes of the agent's user with other files on the same file systems, with the programs of ${tools}`,
      () => {
        expect(
          checkOn({
            tools,
            setup: `
hold 10001 map $dir/run/other/data
hold 10001 open $dir/run/other/data
hold 10001 cwd $dir/run/other
hold 10001 map $dir/shm/other
hold 10001 attach 7
hold 0 wait /x $dir/run $dir/container
`,
            env: { KEYS: '21320' },
          }),
        ).toMatchObject(FREE);
      },
    );

    its(`every way of having it, as any user, with the programs of ${tools}`, () => {
      const { said, ...rest } = checkOn({
        tools,
        setup: `
hold 4242 map $of/v1/table/data
hold 4243 open $of/v1/table/data
hold 0 cwd $of
hold 4244 map $of/v1/ring/x
hold 4245 map $dir/shm/routes
hold 4246 attach 21320
hold 4247 wait /x $of/v1/ring/shared $dir/container
`,
        env: { KEYS: '21320' },
      });
      const whole = inUse(
        'segment 21320: nattch is 1; created by process N (uid 4246, python3), last attached or detached by process N (uid 4246, python3)',
        python(0, 'has its working directory in it'),
        python(4242, MAPS),
        python(4243, OPEN),
        python(4244, MAPS),
        python(4245, MAPS),
        python(4246, 'has segment 21320 attached'),
        python(4247, 'mounts it at /container'),
      );
      expect({ ...rest, said: [said[0], ...said.slice(1, -1).sort(), said.at(-1)] }).toMatchObject({
        ...whole,
        said: [whole.said[0], ...whole.said.slice(1, -1).sort(), whole.said.at(-1)],
      });
    });
  }

  /** Says to which cgroup a process belongs, and which pod has prepared the memory last. */
  const ofPod = (cgroup: string, prepared = POD) => `
hold 10001 wait /x
echo '${cgroup}' > $dir/cgroup
mount --bind $dir/cgroup /proc/$holder/cgroup
echo ${prepared} > $of/.pod
`;
  const IN_POD = `is of the pod that has prepared the memory, and whose agent can be about to start`;

  test.each([
    ['cgroupfs', `11:memory:/kubepods/burstable/pod${POD}/0123`],
    [
      'systemd',
      `0::/../../kubepods-burstable-pod${POD.replaceAll('-', '_')}.slice/cri-containerd-0123.scope`,
    ],
  ])('the pod whose init steps are done, and whose agent has not started (%s)', (_, cgroup) => {
    expect(checkOn({ setup: ofPod(cgroup) })).toMatchObject(
      inUse(`process N (uid 10001, python3, pod ${POD}): ${IN_POD}`),
    );
  });

  test('once its agent has the memory, that says it all', () => {
    const setup = `${ofPod(`0::/kubepods/pod${POD}/0123`)}\nhold 10001 map $of/v1/table/data\n`;
    expect(checkOn({ setup })).toMatchObject(inUse(python(10001, MAPS)));
  });

  test.each([
    ['that pod is gone', '0a1b2c3d-9999-2222-3333-444455556666'],
    ['nobody knows which pod it was', "''"],
    ['what is written there is no pod', "'.*'"],
  ])('nobody, if %s', (_, prepared) => {
    expect(checkOn({ setup: ofPod(`0::/kubepods/pod${POD}/0123`, prepared) })).toMatchObject(FREE);
  });

  test.each([
    ['maps a file of a directory', 'hold 4242 map $of/v1/table/data', python(4242, MAPS)],
    ['has such a file open', 'hold 4242 open $of/v1/table/data', python(4242, OPEN)],
    ['maps an object in /dev/shm', 'hold 4242 map $dir/shm/routes', python(4242, MAPS)],
    ['has an object open', 'hold 4242 open $dir/shm/sem.routes', python(4242, OPEN)],
    ['maps a file of a tmpfs', 'hold 4242 map $of/v1/ring/x', python(4242, MAPS)],
    ['has such a file open', 'hold 4242 open $of/v1/ring/shared/x', python(4242, OPEN)],
    ['is root and maps a file', 'hold 0 map $of/v1/table/data', python(0, MAPS)],
    [
      'works in a directory',
      'hold 1 cwd $of/v1/table',
      python(1, 'has its working directory in it'),
    ],
    ['works in a tmpfs', 'hold 1 cwd $of/v1/ring', python(1, 'has its working directory in it')],
    ['has its root there', 'hold 1 root $of/v1/table', python(1, 'has its root directory in it')],
    [
      'maps a deleted file of a directory',
      'hold 1 "map delete" $of/v1/table/old',
      python(1, 'maps a deleted file of it'),
    ],
    [
      'has a deleted file of a directory open',
      'hold 1 "open delete" $of/v1/table/old',
      python(1, 'has a deleted file of it open'),
    ],
    [
      'has a deleted object open',
      'hold 1 "open delete" $dir/shm/sem.routes',
      python(1, 'has a deleted file of it open'),
    ],
    ['maps a deleted file of a tmpfs', 'hold 1 "map delete" $of/v1/ring/old', python(1, MAPS)],
    [
      'maps a file, in a thread that outlives the first one',
      'hold 0 "thread map" $of/v1/table/data',
      python(0, MAPS),
    ],
  ])('fails while a process %s', (_, setup, who) => {
    const deleted = setup.includes('$dir/shm/sem') && setup.includes('delete');
    expect(
      checkOn({
        setup: deleted
          ? `mount --bind $dir/shm /dev/shm; ${setup.replace('$dir/shm', '/dev/shm')}`
          : setup,
      }),
    ).toMatchObject(inUse(who));
  });

  test.each([
    ['a directory of the contract', '$of/v1/table'],
    ['the whole directory', '$of'],
    ['the directory in a tmpfs', '$of/v1/ring/shared'],
    ['the whole tmpfs', '$of/v1/ring'],
    ['an object in /dev/shm, which it is given alone', '$dir/shm/routes'],
  ])('fails while a container has mounted %s, whatever its path there', (_, source) => {
    const target =
      source.endsWith('/routes') && source.includes('shm') ? '$dir/file' : '$dir/container';
    expect(
      checkOn({ setup: `: > $dir/file; hold 4242 wait /x ${source} ${target}` }),
    ).toMatchObject(inUse(python(4242, `mounts it at /${target.slice(5)}`)));
  });

  test('fails for what a process got from a container that has ended', () => {
    expect(
      checkOn({
        setup: `
exec 8<$of/v1/table/data
unshare --mount sh -c 'mount --bind $of/v1/table $dir/container; exec 7<$dir/container/data; umount -l $of/v1/ring; echo $$ > $dir/pid; exec sleep 1000' &
while [ ! -s $dir/pid ]; do sleep 0.02; done
exec 8<&-
exec 6</proc/$(cat $dir/pid)/fd/7
kill $(cat $dir/pid); wait || :
`,
      }),
    ).toMatchObject(inUse(`process N (uid 0, sh): ${OPEN}`));
  });

  test('fails while the kubelet has it mounted for a pod, also between two of its containers', () => {
    expect(
      checkOn({
        setup: `
at=$dir/kubelet/pods/${POD}/volume-subpaths/routes-shared-memory/agent/0
mkdir -p $at; mount --bind $of/v1/table $at
`,
      }),
    ).toMatchObject(inUse(`the kubelet, for pod ${POD}: has it mounted`));
  });

  test('names each pod for which the kubelet has it mounted', () => {
    const other = 'f0000000-1111-2222-3333-444455556666';
    expect(
      checkOn({
        setup: `
for pod in ${POD} ${other}; do
  at=$dir/kubelet/pods/$pod/volume-subpaths/routes-shared-memory/agent/0
  mkdir -p $at; mount --bind $of/v1/table $at
done
`,
      }),
    ).toMatchObject(
      inUse(
        `the kubelet, for pod ${POD}: has it mounted`,
        `the kubelet, for pod ${other}: has it mounted`,
      ),
    );
  });

  test('the node itself, and who has mounted its whole /run or /dev/shm, do not use it', () => {
    expect(
      checkOn({
        setup: `
hold 0 wait /x $dir/run $dir/container
mkdir $dir/rbind; mount --rbind $dir/run $dir/rbind
hold 0 wait /x $dir/shm $dir/container
mkdir -p $dir/run/cdk8s-shared-memory/ns.routes-more/v1
hold 0 wait /x $dir/run/cdk8s-shared-memory/ns.routes-more $dir/container
`,
      }),
    ).toMatchObject(FREE);
  });

  test('a segment of this key in another IPC namespace is another one', () => {
    expect(
      checkOn({
        setup: `
unshare --ipc "$PYTHON" $dir/hold.py 1 attach 21320 $dir/there &
while [ ! -e $dir/there ]; do sleep 0.02; done
`,
        env: { KEYS: '21320' },
      }),
    ).toMatchObject(FREE);
  });

  test('only segments: their count is enough, for nobody without a capability', () => {
    const nobody = '--reuid 65534 --regid 65534 --clear-groups --no-new-privs --inh-caps -all';
    const env = { DIRECTORY: '', OBJECTS: '', KEYS: '21320 -268435456' };
    const privileges = `${nobody} --bounding-set -all`;
    expect(
      checkOn({ setup: 'chmod 777 $dir; hold 1 segment 21320 || :; sleep 0.1', env, privileges }),
    ).toMatchObject(FREE);
    expect(
      checkOn({ setup: 'chmod 777 $dir; hold 1 attach -268435456', env, privileges }),
    ).toMatchObject(
      inUse(
        'segment -268435456: nattch is 1; created by process N (uid 1, python3), last attached or detached by process N (uid 1, python3)',
      ),
    );
  });

  describe('what it cannot look at is never said to be unused', () => {
    const limited = (capabilities: string, more = '') =>
      `--no-new-privs --inh-caps -all --bounding-set ${capabilities} ${more}`;

    test.each([
      ['without SYS_PTRACE', '-all,+dac_read_search'],
      ['without DAC_READ_SEARCH', '-all,+sys_ptrace'],
    ])('fails %s: it names the processes', (_, capabilities) => {
      const { status, said } = checkOn({
        setup: 'hold 4242 wait /x',
        privileges: limited(capabilities),
      });
      expect(status).toBe(1);
      expect(said.join('\n')).not.toMatch(/nobody uses/);
      expect(said.join('\n')).toMatch(
        /process N \(uid 4242, python3\): cannot be looked at|cannot list the files/,
      );
    });

    test('fails without both', () => {
      const { status, said } = checkOn({ privileges: limited('-all') });
      expect(status).toBe(1);
      expect(said[0]).toMatch(/nobody knows who has the memory|may be in use/);
    });

    test('fails in a runtime that gives it a process namespace of its own', () => {
      expect(
        checkOn({ setup: 'unshare --pid --fork --mount-proc sh -euc "$SCRIPT" || exit $?' }),
      ).toMatchObject({
        status: 1,
        said: [expect.stringMatching(/^n1: this pod is not in the process namespace of its node/)],
      });
    });

    test.each(['awk', 'find', 'grep', 'stat', 'xargs'])('fails in an image without %s', missing => {
      expect(checkOn({ without: missing })).toMatchObject({
        status: 1,
        said: [`n1: the tool image has no ${missing}`],
      });
    });
  });

  test('names ten users at most, because a termination message is short', () => {
    const { said } = checkOn({
      setup: 'for user in $(seq 12); do hold $user open $of/v1/ring/x; done',
    });
    expect(said).toHaveLength(13);
    expect(said.at(-2)).toBe('n1:   and 2 more');
  });

  test('1,000 processes are looked at in seconds', () => {
    const { took, ...rest } = checkOn({
      tools: hasBusybox ? 'busybox' : 'the system',
      setup:
        'i=0; while [ $i -lt 1000 ]; do sleep 1000 & i=$((i + 1)); done; hold 4242 map $of/v1/table/data',
    });
    expect(rest).toMatchObject(inUse(python(4242, MAPS)));
    expect(took).toBeLessThan(15_000);
  });
});
