import type { Images } from './context';
import type { Kubectl } from './kubectl';
import type { Manifest } from './manifests';

/** The nodes that take pods. */
export interface Nodes {
  /** Where the pods of a test run, but for those of DaemonSets. */
  readonly home: string;
  readonly all: readonly string[];
  readonly enforceSeLinux: boolean;
  readonly hasCgroup2: boolean;
}

/** The nodes that take ordinary pods. A test runs on the last of them. */
export async function usableNodes(kubectl: Kubectl): Promise<Nodes> {
  const { items } = JSON.parse(
    await kubectl.run(['get', 'nodes', '-l', 'kubernetes.io/os=linux', '-o', 'json']),
  );
  const usable = (
    items as {
      metadata: { name: string };
      spec: { unschedulable?: boolean; taints?: { effect: string }[] };
    }[]
  ).filter(
    ({ spec }) =>
      !spec.unschedulable && !spec.taints?.some(({ effect }) => effect !== 'PreferNoSchedule'),
  );
  if (usable.length === 0) {
    throw new Error('the cluster has no Linux node that takes ordinary pods');
  }
  const all = usable.map(({ metadata }) => metadata.name);
  return { home: all[all.length - 1], all, enforceSeLinux: false, hasCgroup2: false };
}

/**
 * A script for such a shell that runs another one as root on the node itself, as an operator does:
 * with the shell and the programs of the node.
 */
export function asRoot(script: string): string {
  return `nsenter -t 1 -m /bin/sh -euc '${script.replaceAll("'", `'\\''`)}'`;
}

/**
 * A privileged pod on a node that runs one script. It has the node's /run if the script names it: a
 * node whose /run is private, as a test makes it, starts no pod with a mount that propagates.
 */
export function nodeShell(
  metadata: { name: string; namespace: string },
  node: string,
  script: string,
  { image, imagePullPolicy }: Images,
): Manifest {
  const needsRun = script.includes('/host/run');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: {
      nodeName: node,
      hostIPC: true,
      hostPID: true, // to enter the node's own mount namespace
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'main',
          image,
          imagePullPolicy,
          command: ['sh', '-euc', script],
          // the segment of another user is removed by its owner or with SYS_ADMIN alone
          securityContext: { privileged: true },
          ...(needsRun && {
            volumeMounts: [
              { name: 'run', mountPath: '/host/run', mountPropagation: 'Bidirectional' },
            ], // to unmount a tmpfs on the node itself
          }),
        },
      ],
      ...(needsRun && {
        volumes: [{ name: 'run', hostPath: { path: '/run', type: 'Directory' } }],
      }),
    },
  };
}
