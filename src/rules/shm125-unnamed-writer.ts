import { exampleClient, exampleMark, TABLE } from './example-mark';
import type { Rule } from './rule';
import { inMount, type RuleMatch } from './rule-match';
import { firstOf, listWords, unlessVolumeRefuses } from './rule-words';
import { groupBy } from '../kube/group';
import { textOf } from '../kube/json';
import { isAtOrBelow } from '../kube/path';
import { claimOf } from '../kube/persistent-volume';
import { DEV_SHM } from '../kube/well-known';
import { memoryOf, type ReachedMemory } from '../sharing/memory-reach';
import { unnamedWrites, type UnnamedWrite } from '../sharing/unnamed-writes';

const pod = (annotations: string, comment: string) => `${exampleClient('')}---
apiVersion: v1
kind: Pod
metadata:
  name: dashboard${annotations}
spec:
  containers:
    - name: dashboard
      image: registry.example.com/dashboard:1
      volumeMounts:
        - { name: table, mountPath: /run/routes }${comment}
  volumes:
    - name: table
      hostPath: { path: /run/cdk8s-shared-memory/agents.routes/v1/table, type: Directory }
`;

const ADD_MARK =
  'add the mark with a mount that is read-only unless the container must write (attachTo(), or docs/mark.md of the package for YAML)';

export const SHM125: Rule = {
  id: 'SHM125',
  title: 'a container mounts memory of a contract for writing although no mark names it',
  severity: 'warning',
  why: 'As far as the modes of the files let its user, the container can change or delete what all others read from this memory. The mark is what says that it does: without it, the workload is not among the writers of the contract, and no rule compares it with the agent.',
  fix: `remove the mount; if the workload is to have the memory, get a grant for its namespace (ContractGrant), and ${ADD_MARK}; if it is the agent, add the mark of an agent (serveFrom())`,
  fact: 'The kubelet mounts what a pod names; it does not read marks. With the capability DAC_OVERRIDE, which root has in containers by default, no mode keeps a process out of a file.',
  link: 'https://man7.org/linux/man-pages/man7/capabilities.7.html',
  wrong: pod('', ' # SHM125 warning'),
  right: pod(
    `\n  annotations:\n${exampleMark('client', TABLE, ['dashboard'], { access: 'readWrite' })}`,
    '',
  ),
  check: function* (marked) {
    for (const write of unnamedWrites(marked)) {
      if (!isReportedAsDevShm(write)) {
        yield matchOf(write);
      }
    }
  },
};

/** SHM303 reports the node's /dev/shm, what is below it, and the node's /dev. */
function isReportedAsDevShm({ path }: UnnamedWrite): boolean {
  return path !== undefined && (path === '/dev' || isAtOrBelow(path, DEV_SHM));
}

function matchOf(write: UnnamedWrite): RuleMatch {
  const { markedPod, mount, memories, isUncertain } = write;
  const [names, whose] = memoryWords(memories);
  const unless = isUncertain ? unlessVolumeRefuses(mount) : '';
  const fix = fixFor(write);
  return inMount(
    markedPod,
    mount,
    '',
    `container ${mount.container.name} can write to ${names} through ${placeWords(write)}${unless}; ${whose} names the container`,
    {
      yields: ['SHM102'], // at the path of a mark, something else is mounted
      ...(fix === undefined ? {} : { fix }),
      ...(isUncertain ? { severity: 'note' as const } : {}),
    },
  );
}

function placeWords(write: UnnamedWrite): string {
  const claim = claimOf(write.mount.volume?.json);
  if (claim !== undefined) {
    return `claim ${claim}`;
  }
  return write.path === undefined
    ? `volume ${textOf(write.mount.json.name)}`
    : `${write.path} of the node`;
}

/** How many contracts a message names. */
const MOST = 3;

/** Says what is written, and that no mark says so. */
function memoryWords(memories: readonly ReachedMemory[]): [names: string, whose: string] {
  const known = memories.flatMap(of => ('contract' in of ? [of] : []));
  const contracts = [
    ...groupBy(known, ({ namespace, contract }) => `${namespace}/${contract}`).values(),
  ].map(all => `memory ${listWords(all.map(each => each.memory))} of contract ${all[0].contract}`);
  switch (contracts.length) {
    case 0:
      return ['memory of contracts', 'no mark'];
    case 1:
      return [contracts[0], 'no mark of the contract'];
    default:
      return [listWords(firstOf(contracts, MOST)), 'no mark of these contracts'];
  }
}

/** Returns a more specific fix than that of the rule, if there is one. */
function fixFor(write: UnnamedWrite): string | undefined {
  const { markedPod, memories, mount, hasMore } = write;
  const hasMark = memories.some(of =>
    markedPod.marks.some(mark => memoryOf(of, mark) !== undefined),
  );
  if (hasMore) {
    return 'write readOnly: true at the mount, or mount only the directories that the program needs; if it must be able to write to all of them, acknowledge the finding';
  }
  if (hasMark) {
    return mount.container.role === 'init'
      ? 'remove the mount; if the step must be able to write to the memory, acknowledge the finding'
      : 'remove the mount; if the container is to have the memory, name it in containers of the mark (attachTo(), or docs/mark.md of the package for YAML), with a mount that is read-only unless it must write';
  }
  return claimOf(write.mount.volume?.json) === undefined
    ? undefined
    : `remove the mount; if the workload is to have the memory, ${ADD_MARK}`;
}
