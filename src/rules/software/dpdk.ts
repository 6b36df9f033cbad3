import { examplePod } from './example-pod';
import type { SoftwareContainer } from './software-container';
import type { SoftwareProfile } from './software-profile';
import { at, isObject, pointer } from '../../kube/json';
import { formatBytes, parseBytes } from '../../kube/quantity';
import { suggestion, type Remedy } from '../remedy';

const MEBIBYTE = 1024n ** 2n;
const SPDK = ['iscsi_tgt', 'nvmf_tgt', 'spdk_tgt'];
const LISTS = /^\d+(,\d+)*$/;
const HUGE_DIRECTORIES = ['/dev/hugepages', '/hugepages', '/mnt/huge', '/run/hugepages'];

const forwarder = (resources: string, comment = '') =>
  examplePod(
    [
      'image: registry.example.com/dpdk:25',
      `command: [dpdk-testpmd, -l, '0-1', --socket-mem, '1024']${comment}`,
    ],
    undefined,
    `1Gi, cpu: 2${resources}`,
  );

export const DPDK: SoftwareProfile = {
  id: 'SHM512',
  software: 'DPDK, SPDK',
  title: 'DPDK or SPDK without enough huge pages',
  severity: 'note',
  needs: 'resources.limits of hugepages-2Mi or hugepages-1Gi, and a volume with medium HugePages',
  signs: {
    images: ['dpdk-testpmd', 'spdk', 'testpmd'],
    programs: ['dpdk-l3fwd', 'dpdk-pktgen', 'dpdk-testpmd', 'l3fwd', 'testpmd', ...SPDK],
    words: ['--socket-mem'],
  },
  unless: '--no-huge',
  why: 'DPDK keeps its memory in huge pages. Without a limit of huge pages, a container cannot use any, and the environment abstraction layer (EAL) does not start. With a limit below --socket-mem, the EAL cannot preallocate its memory.',
  fix: 'write resources.limits of hugepages-2Mi (or hugepages-1Gi), and mount an emptyDir with medium: HugePages at /dev/hugepages',
  fact: 'DPDK: --socket-mem preallocates the given mebibytes of huge pages for each socket, and -m sets the amount. Kubernetes: a container can use as many huge pages as its limits say.',
  link: 'https://doc.dpdk.org/guides/linux_gsg/linux_eal_parameters.html',
  wrong: forwarder(', hugepages-2Mi: 512Mi', ' # SHM512 warning'),
  right: forwarder(', hugepages-2Mi: 1Gi'),
  check: (container, found) => {
    if (container.command.words.includes('--no-huge')) {
      return;
    }
    const pages = hugePagesOf(container);
    const asked = memoryOf(container);
    if (pages === undefined && !hasHugePagesOfNode(container)) {
      found(
        container.match(
          `container ${container.name} runs DPDK or SPDK, and has no limit of huge pages`,
          asked && {
            fix: `write resources.limits of hugepages-2Mi: ${formatBytes(asked.bytes)} or more, and mount an emptyDir with medium: HugePages at /dev/hugepages`,
          },
        ),
      );
    } else if (pages !== undefined && asked && pages < asked.bytes) {
      found(
        container.match(
          `${asked.option} asks for ${formatBytes(asked.bytes)} of huge pages, more than the limit of container ${container.name}, ${formatBytes(pages)}`,
          {
            severity: 'warning',
            fix: `raise resources.limits of huge pages to ${formatBytes(asked.bytes)} or more`,
            remedies: () => raisedPages(container, asked.bytes),
          },
          container.command.fieldOf(asked.option),
        ),
      );
    }
  },
};

/**
 * Returns the remedy that raises the huge pages of a container, rounded up to whole pages. None if
 * it has pages of several sizes. Requests of huge pages must be equal to their limits.
 */
function raisedPages(
  { container, markedPod: { pod } }: SoftwareContainer,
  bytes: bigint,
): Remedy[] {
  const pages = Object.keys(at(container.json, 'resources', 'limits') ?? {}).filter(name =>
    name.startsWith('hugepages-'),
  );
  const page = parseBytes(pages[0]?.slice('hugepages-'.length));
  if (pages.length !== 1 || page === undefined || page <= 0n) {
    return [];
  }
  const value = formatBytes(((bytes + page - 1n) / page) * page);
  const isRequested = at(container.json, 'resources', 'requests', pages[0]) !== undefined;
  return [
    suggestion(
      `raise ${pages[0]} to ${value}`,
      ...['limits', ...(isRequested ? ['requests'] : [])].map(kind => ({
        do: 'set' as const,
        pointer: pod.pathOf(container) + pointer('resources', kind, pages[0]),
        value,
      })),
    ),
  ];
}

/** Returns the limit of all huge pages of a container. Absent if it has none. */
function hugePagesOf({ container, markedPod: { pod } }: SoftwareContainer): bigint | undefined {
  const hugePages = (list: unknown) =>
    Object.entries(isObject(list) ? list : {}).flatMap(([name, amount]) =>
      name.startsWith('hugepages-') ? (parseBytes(amount) ?? []) : [],
    );
  const own = hugePages(at(container.json, 'resources', 'limits'));
  const limits = own.length > 0 ? own : hugePages(pod.at('resources', 'limits'));
  return limits.length === 0 ? undefined : limits.reduce((sum, each) => sum + each, 0n);
}

/** Checks for huge pages of the node, about which SHM207 reports. */
function hasHugePagesOfNode({ container, markedPod: { pod } }: SoftwareContainer): boolean {
  return pod.mounts.some(
    mount =>
      mount.container === container &&
      (HUGE_DIRECTORIES.includes(mount.at) || HUGE_DIRECTORIES.includes(mount.hostPath ?? '')),
  );
}

/** Returns how much memory the command line asks for. Absent if it does not say. */
function memoryOf({ command }: SoftwareContainer): { option: string; bytes: bigint } | undefined {
  const isSpdk = command.programs.some(program => SPDK.includes(program));
  for (const option of isSpdk ? ['-s', '--mem-size'] : ['--socket-mem', '-m']) {
    const [text = ''] = command.valuesOf(option); // the program has options of its own after --
    if (LISTS.test(text)) {
      const mebibytes = text.split(',').reduce((sum, each) => sum + BigInt(each), 0n);
      return { option, bytes: mebibytes * MEBIBYTE };
    }
  }
  return undefined;
}
