import { FOLDER } from './node-tasks-app';

/** A defect on the node: how it comes, how it goes, and what the preflight says of it, in part. */
interface Defect {
  readonly what: string;
  readonly plant: string;
  readonly mend: string;
  readonly said: RegExp;
  readonly stops: boolean;
}

const sysctl = (name: string, value: string) => `echo ${value} > /proc/sys/${name}`;
/**
 * The mount that holds the contracts' directories, in the mount namespace of the kubelet, which is
 * the node's.
 */
const propagation = (kind: string) =>
  `nsenter -t "$(pidof kubelet)" -m -- sh -c 'at=/run/cdk8s-shared-memory; grep -q " $at " /proc/mounts || at=/run; mount --make-${kind} "$at"'`;

/** One defect for each check of the preflight, with the values that sysctls had before. */
export function defects(before: ReadonlyMap<string, string>): Defect[] {
  const limit = (name: string, value: string, said: RegExp, stops = true): Defect => ({
    what: name.replace('/', '.'),
    plant: sysctl(name, value),
    mend: sysctl(name, before.get(name) ?? ''),
    said,
    stops,
  });
  const left = (what: string, script: string, said: RegExp, stops = true): Defect => ({
    what,
    plant: `mkdir -p ${FOLDER}all; ${script}`,
    mend: `rm -rf ${FOLDER}all`,
    said,
    stops,
  });
  return [
    limit(
      'kernel/shmmax',
      '4096',
      /problem: kernel\.shmmax is 4096 bytes, but the largest segment has 4096Ki/,
    ),
    limit('kernel/shmall', '1', /problem: kernel\.shmall is 1 pages/),
    limit('kernel/shmmni', '0', /problem: kernel\.shmmni is 0/),
    limit('kernel/msgmni', '0', /warning: kernel\.msgmni is 0/, false),
    limit('fs/protected_regular', '2', /warning: fs\.protected_regular is on/, false),
    {
      what: 'RemoveIPC of systemd',
      plant:
        // on a node with systemd the directories are there, and runc looks for them: they must stay
        'for d in /host/run/systemd /host/run/systemd/system /host/run/systemd/logind.conf.d; do [ -d $d ] || { mkdir $d; echo $d >> /host/run/e2e-made; }; done; echo "RemoveIPC=yes" > /host/run/systemd/logind.conf.d/zz-e2e.conf',
      mend: 'rm -f /host/run/systemd/logind.conf.d/zz-e2e.conf; [ ! -f /host/run/e2e-made ] || { tac /host/run/e2e-made | xargs rmdir; rm /host/run/e2e-made; }',
      said: /warning: RemoveIPC of systemd-logind is yes/,
      stops: false,
    },
    left(
      'a directory of another agent',
      `echo other/agent > ${FOLDER}all/.owner; chmod 0644 ${FOLDER}all/.owner`,
      /problem: .*e2e-node-tasks\.all is served by other\/agent, not by e2e-node-tasks\/all/,
    ),
    left(
      'a link in place of a memory',
      `mkdir ${FOLDER}all/v1; ln -s /etc ${FOLDER}all/v1/table`,
      /problem: .*v1\/table is not a directory/,
    ),
    left(
      'leftovers beyond the size',
      `mkdir -p ${FOLDER}all/v1/table; dd if=/dev/zero of=${FOLDER}all/v1/table/old bs=1M count=6 2>/dev/null`,
      /problem: .*v1\/table holds \d+Ki, more than its size 4096Ki/,
    ),
    left(
      'a memory of another version',
      `mkdir -p ${FOLDER}all/v0/table`,
      /warning: .*e2e-node-tasks\.all\/v0: left by another version/,
      false,
    ),
    {
      what: 'a private mount at /run',
      plant: propagation('private'),
      mend: propagation('shared'),
      said: /not a shared (or slave )?mount/,
      stops: true,
    },
  ];
}
