import type { Context } from './context';
import type { ApiObject } from './kubectl';
import { formatBytes, parseBytes } from '../src/kube/quantity';

/** What the tests of huge pages take at the same time. */
const NEEDED = 64n * 1024n * 1024n;
const POOL = 'hugepages-2Mi';

interface Node extends ApiObject {
  readonly status: { readonly allocatable?: Readonly<Record<string, string>> };
}

/**
 * Why the tests of huge pages cannot run here, if they cannot. They set nothing on nodes: a pool of
 * huge pages must be there before the kubelet starts.
 */
export async function withoutPool({ kubectl }: Context): Promise<string | undefined> {
  const nodes = await kubectl.get<Node>('nodes');
  return lackOfPool(
    nodes.map(({ metadata, status }) => [metadata.name, status.allocatable?.[POOL]]),
  );
}

/** The sentence for nodes, each with what it can allocate; undefined if all have enough. */
export function lackOfPool(
  nodes: readonly (readonly [name: string, allocatable: string | undefined])[],
): string | undefined {
  const without = nodes.filter(
    ([, allocatable]) => (parseBytes(allocatable ?? '0') ?? 0n) < NEEDED,
  );
  return without.length === 0
    ? undefined
    : `${without.map(([name, allocatable]) => `the allocatable ${POOL} of node ${name} is ${allocatable ?? '0'}`).join(', ')}, and the tests take ${formatBytes(NEEDED)}: set vm.nr_hugepages=${NEEDED / 2n ** 21n} before the kubelet starts.`;
}
