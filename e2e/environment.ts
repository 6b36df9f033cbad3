import type { Context } from './context';

/**
 * Where the promises were observed: read from the cluster, nothing assumed. Several values of one
 * line: nodes that differ.
 */
export interface Environment {
  readonly kubernetes: string;
  readonly nodes: number;
  readonly runtime: string;
  readonly kernel: string;
  readonly operatingSystem: string;
  readonly cgroup: string;
  readonly run: string;
  readonly selinux: string;
  readonly protectedRegular: string;
  readonly shmmni: string;
  /** Of the containers: none, v1 or v2. */
  readonly hugetlb: string;
  readonly umask: string;
}

type NodeInfo = Readonly<
  Record<'containerRuntimeVersion' | 'kernelVersion' | 'osImage' | 'architecture', string>
>;

/** A shell command that prints of which cgroup version the hugetlb controller of a container is. */
export const HUGETLB =
  "if grep -qE '^[^ ]+ [^ ]+ cgroup [^ ]*hugetlb' /proc/mounts; then echo v1; elif grep -qsw hugetlb /sys/fs/cgroup/cgroup.controllers; then echo v2; else echo none; fi";

/**
 * Printed by a pod on each node. Existing and future contracts live below /run/cdk8s-shared-memory,
 * which may be a mount of its own.
 */
const SCRIPT = `
awk '$2 == "/sys/fs/cgroup" { type = $3 } END { print "cgroup=" (type == "cgroup2" ? "v2" : "v1") }' /proc/mounts
folder=/host/run; [ ! -d /host/run/cdk8s-shared-memory ] || folder=/host/run/cdk8s-shared-memory
echo "run=$(stat -f -c %T $folder)"
if grep -qw selinuxfs /proc/filesystems; then echo "selinux=$(nsenter -t 1 -m cat /sys/fs/selinux/enforce 2>/dev/null || echo present)"; else echo selinux=none; fi | sed 's/=1$/=enforcing/; s/=0$/=permissive/'
echo "protectedRegular=$(cat /proc/sys/fs/protected_regular 2>/dev/null || echo unknown)"
echo "hugetlb=$(${HUGETLB})"
echo "shmmni=$(cat /proc/sys/kernel/shmmni)"
echo "umask=$(umask)"
`;

export async function environment(context: Context): Promise<Environment> {
  const { kubectl } = context;
  const { gitVersion }: { gitVersion: string } = JSON.parse(
    await kubectl.run(['get', '--raw', '/version']),
  );
  const { items }: { items: { status: { nodeInfo: NodeInfo } }[] } = JSON.parse(
    await kubectl.run(['get', 'nodes', '-o', 'json']),
  );
  const infos = items.map(({ status }) => status.nodeInfo);
  const seen = (await context.onNodes(SCRIPT)).map(text =>
    Object.fromEntries(
      text
        .trim()
        .split('\n')
        .map(line => line.split('=')),
    ),
  );
  const each = (key: string) => distinct(seen.map(values => values[key]));
  return {
    kubernetes: gitVersion,
    nodes: items.length,
    runtime: distinct(infos.map(info => info.containerRuntimeVersion.replace('://', ' '))),
    kernel: distinct(
      infos.map(info => `${info.kernelVersion.replace(/-.*/, '')} ${info.architecture}`),
    ),
    operatingSystem: distinct(infos.map(info => info.osImage)),
    cgroup: each('cgroup'),
    run: each('run'),
    selinux: each('selinux'),
    protectedRegular: each('protectedRegular'),
    shmmni: each('shmmni'),
    hugetlb: each('hugetlb'),
    umask: each('umask'),
  };
}

function distinct(values: string[]): string {
  return [...new Set(values)].sort().join(', ');
}
