import { TASK_REASONS, type NodeTask, type NodeVolume } from './node-task';
import { preflightScript, PROPAGATION } from './preflight-script';
import { DEV_SHM } from '../../kube/well-known';
import { AS_NOBODY, kibibytesOf, SAYS_NODE, step, type InitContainer } from '../agent/script-step';
import type { ContractSpec, MemorySpec } from '../contract/contract-spec';
import { bytesInHugePages, HUGE_PAGE_BYTES } from '../contract/huge-pages';
import { backingOf, entryOf } from '../contract/node-layout';
import { isForSeLinux, unconfinedStep } from '../contract/selinux';

/**
 * A contract that the nodes will serve, and the agent that will serve it, in the form of the owner
 * marker on the node (the file `.owner`).
 */
export interface Expected {
  readonly spec: ContractSpec;
  readonly marker: string;
}

interface Wanted {
  readonly spec: ContractSpec;
  readonly memory: MemorySpec;
  readonly backing: ReturnType<typeof backingOf>;
}

/**
 * The highest user ID that systemd treats as a system user. systemd-logind does not remove the IPC
 * objects of system users.
 */
const LAST_SYSTEM_USER = 999;

const WHY = TASK_REASONS.preflight;
const RUN: NodeVolume = { name: 'run', path: '/run', type: 'Directory', reason: WHY['/run'] };

/**
 * Returns the task that checks whether a node meets the requirements of the contracts. Each check
 * gets only the access to the node that it needs.
 */
export function preflight(
  name: string,
  expected: readonly Expected[],
  nodes: NodeTask['nodes'],
  image: string,
): NodeTask {
  const [
    {
      spec: { namespace },
    },
  ] = expected;
  const wanted = expected.flatMap(({ spec }) =>
    spec.memory.map((memory): Wanted => ({ spec, memory, backing: backingOf(spec, memory) })),
  );
  const on = (...backings: string[]) => wanted.filter(({ backing }) => backings.includes(backing));
  const inRun = on('directory', 'tmpfs', 'hugetlbfs');
  const hasDevShm = on('devShm').length > 0;
  const isSystemV = on('hostIpc').length > 0;
  const users = usersOf(on('devShm', 'hostIpc'));
  const volumes: NodeVolume[] = [
    ...(inRun.length > 0 || users.length > 0 ? [RUN] : []),
    ...(users.length > 0
      ? [{ name: 'etc', path: '/etc', type: 'Directory', reason: WHY['/etc'] } as const]
      : []),
    ...(inRun.length > 0 || hasDevShm
      ? [{ name: 'sys', path: '/sys', type: 'Directory', reason: WHY['/sys'] } as const]
      : []),
    ...(hasDevShm
      ? [{ name: 'dev-shm', path: DEV_SHM, type: 'Directory', reason: WHY['/dev/shm'] } as const]
      : []),
  ];
  const groups = [...new Set(inRun.map(({ spec }) => Number(spec.groupId)))].sort((a, b) => a - b);
  return {
    task: 'preflight',
    name,
    namespace,
    contracts: contractNames(expected),
    nodes,
    image,
    volumes,
    fields: [
      ...(isSystemV ? [{ path: ['hostIPC'], value: true, reason: WHY.hostIPC }] : []),
      ...(groups.length === 0
        ? []
        : [
            {
              path: ['securityContext', 'supplementalGroups'],
              value: groups,
              reason:
                'the groups that may read what earlier agents left, so that it can be measured',
            },
          ]),
    ],
    steps: [
      {
        container: checks(expected, wanted, users, volumes, image),
        reason:
          'checks the node as nobody, without capabilities; its termination message contains the verdict',
      },
      ...(on('tmpfs', 'hugetlbfs').length === 0
        ? []
        : [
            {
              container: propagation(image),
              reason:
                'checks whether a mount that a container makes can reach the node, as the mount of the agent must; if it cannot, the runtime refuses this container, and says so',
            },
          ]),
    ],
  };
}

/** Returns the sorted names of the contracts, without duplicates. */
function contractNames(expected: readonly Expected[]): string[] {
  return [...new Set(expected.map(({ spec }) => spec.name))].sort();
}

/** Returns the IDs of the users whose IPC objects systemd-logind would remove when they log out. */
function usersOf(wanted: readonly Wanted[]): number[] {
  return [...new Set(wanted.map(({ spec }) => spec.ownerId ?? 0))]
    .filter(id => id > LAST_SYSTEM_USER)
    .sort((a, b) => a - b);
}

function checks(
  expected: readonly Expected[],
  wanted: readonly Wanted[],
  users: readonly number[],
  volumes: readonly NodeVolume[],
  image: string,
): InitContainer {
  const on = (...backings: string[]) => wanted.filter(({ backing }) => backings.includes(backing));
  const inRun = on('directory', 'tmpfs', 'hugetlbfs');
  const pools = bytesInHugePages(wanted.map(({ memory }) => memory));
  const [devShm, segments] = [on('devShm'), on('hostIpc')];
  const kib = (wants: readonly Wanted[]) =>
    wants.reduce((sum, { memory }) => sum + kibibytesOf(memory), 0);
  const directory = ({ spec }: Pick<Wanted, 'spec'>) => `${spec.namespace}.${spec.name}`;
  const forSeLinux = expected.filter(({ spec }) => isForSeLinux(spec));
  const env: Record<string, string> = {
    BUDGET: String(kib(wanted.filter(({ backing }) => backing !== 'hugetlbfs'))),
    ...(wanted.some(({ memory: { api } }) => api === 'descriptors') ? { KERNEL: '5.1' } : {}),
    ...(inRun.length === 0
      ? {}
      : {
          RUN: String(kib(on('directory').filter(({ memory: { api } }) => api !== 'descriptors'))),
          CONTRACTS: lines(
            expected
              .filter(({ spec }) => inRun.some(each => each.spec === spec))
              .map(({ spec, marker }) => `${directory({ spec })} ${spec.version} ${marker}`),
          ),
          MEMORIES: lines(
            inRun.map(
              ({ spec, memory, backing }) =>
                `${directory({ spec })}/${spec.version}/${entryOf(memory)} ${backing} ${kibibytesOf(memory)}${isForSeLinux(spec) ? ' labelled' : ''}`,
            ),
          ),
        }),
    ...(pools.length === 0
      ? {}
      : {
          HUGE_PAGES: lines(
            pools.map(([size, bytes]) => {
              const page = BigInt(HUGE_PAGE_BYTES[size]);
              return `${size} ${page / 1024n} ${bytes / page}`;
            }),
          ),
        }),
    ...(devShm.length === 0 ? {} : { DEV_SHM: String(kib(devShm)) }),
    ...(segments.length === 0
      ? {}
      : {
          SEGMENTS: `${segments.length} ${Math.max(...segments.map(({ memory }) => kibibytesOf(memory)))} ${kib(segments)}`,
        }),
    ...(users.length === 0 ? {} : { USERS: users.join(' ') }),
    ...(forSeLinux.length === expected.length ? { SELINUX: 'expected' } : {}),
  };
  const needs = { hugePages: pools.length > 0, seLinux: forSeLinux.length > 0 };
  return step('preflight', image, preflightScript(needs), {
    fields: SAYS_NODE,
    env,
    memory: '64Mi', // du can need this much for a directory with many files
    securityContext: { ...AS_NOBODY, ...unconfinedStep({ seLinux: forSeLinux.length > 0 }) },
    volumeMounts: volumes.map(({ name, path }) => ({
      mountPath: `/node${path}`,
      name,
      readOnly: true,
    })),
  });
}

function propagation(image: string): InitContainer {
  return step('propagation', image, PROPAGATION, {
    fields: SAYS_NODE,
    env: {},
    securityContext: AS_NOBODY,
    volumeMounts: [
      {
        mountPath: `/node${RUN.path}`,
        mountPropagation: 'HostToContainer',
        name: RUN.name,
        readOnly: true,
      },
    ],
  });
}

function lines(items: readonly string[]): string {
  return [...new Set(items)].sort().join('\n');
}
