import { code, count, folded, plain, some, table } from './markdown';
import type { NamespaceLevel } from './namespaces-section';
import { hasBacking, poolWords, type SharedContract } from './shared-contracts';
import { hasAlerts } from './undo-cluster-steps';
import { groupBy } from '../../kube/group';
import { objectsOf, textOf, type Json, type JsonObject } from '../../kube/json';
import { claimOf } from '../../kube/persistent-volume';
import { formatBytes } from '../../kube/quantity';
import { NODE_OS, POD_SECURITY_ENFORCE } from '../../kube/well-known';
import type { MarkedMemory } from '../../model/contract/contract-mark';
import { bytesInHugePages, HUGE_PAGE_BYTES } from '../../model/contract/huge-pages';
import { knownBytes, totalWords } from '../../model/contract/memory-size';
import { namespaceLimits } from '../../sharing/guardrails';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import { neededVersions, oldestKubelet, type NeededVersion } from '../../sharing/needed-versions';
import { nodeLabels, nodeRequirements } from '../../sharing/node-placement';
import { inNamespace, quoted } from '../shell-commands';

/**
 * Lists what the nodes and the cluster must have. It follows from the techniques, and no manifest
 * can check it.
 */
export function prerequisites(
  marked: MarkedManifests,
  contracts: readonly SharedContract[],
  levels: readonly NamespaceLevel[],
): string[] {
  const rows = [
    ...cluster(marked),
    ...podSecurity(marked, levels),
    ...claims(marked, contracts),
    ...labels(contracts),
    ...nodes(marked, contracts),
  ];
  return rows.length === 0
    ? []
    : [
        '## What the nodes and the cluster must have',
        '',
        ...folded(
          `${count(rows.length, 'thing')}, each with the command that shows it`,
          table(['what', 'why', 'see it with'], rows),
        ),
      ];
}

const FEATURES: Record<NeededVersion['feature'], string> = {
  MutatingAdmissionPolicy: 'MutatingAdmissionPolicy, which wires pods by label',
  podResources: 'resources for a whole pod',
  ValidatingAdmissionPolicy: 'ValidatingAdmissionPolicy',
  sidecars: 'native sidecars',
  tested: 'the oldest version whose schemas contracts are tested against',
};

/** The container runtimes that let clients write through a claim where SELinux is enforcing. */
const SELINUX_RUNTIMES = 'containerd 2 or CRI-O';

/** Says what the version of the kubelet must be. */
export function kubeletWords(marked: MarkedManifests): string {
  const kubelet = oldestKubelet(marked);
  const [{ version, feature } = { version: kubelet, feature: 'tested' as const }] =
    neededVersions(marked);
  return version === kubelet
    ? `v${kubelet} or newer`
    : `v${kubelet} or newer; the API server: v${version} or newer, for ${FEATURES[feature].split(',')[0]}`;
}

/** Says which container runtime these contracts need, if they are for nodes with SELinux. */
export function runtimeWords(contracts: readonly SharedContract[]): string | undefined {
  return contracts.some(
    each => hasBacking(each, 'tmpfs', 'hugetlbfs') && each.agents.some(isForSeLinux),
  )
    ? `${SELINUX_RUNTIMES}, if SELinux is enforcing and clients write through a claim`
    : undefined;
}

function cluster(marked: MarkedManifests): string[][] {
  const kubelet = oldestKubelet(marked);
  const rows = neededVersions(marked)
    .slice(0, 1)
    .map(({ version, feature }) => [
      `Kubernetes ${version} or newer${version === kubelet ? '' : ` (the kubelets: ${kubelet})`}`,
      FEATURES[feature],
      '`kubectl version`',
    ]);
  rows.push(...missingQuotas(marked));
  if (marked.set.ofKind('PrometheusRule').some(hasAlerts)) {
    rows.push([
      'the custom resource PrometheusRule, of the Prometheus Operator',
      'the alerts; without it, `kubectl apply` refuses them',
      '`kubectl get crd prometheusrules.monitoring.coreos.com`',
    ]);
  }
  return rows;
}

/** What a namespace enforces, nobody can see here if it is not among the manifests. */
function podSecurity({ set }: MarkedManifests, levels: readonly NamespaceLevel[]): string[][] {
  return levels.every(({ namespace }) => set.namespaceNamed(namespace) !== undefined)
    ? []
    : [
        [
          'Pod Security as in the table above, in the namespaces that are not in these manifests',
          'the API server refuses pods that their namespace does not admit; if the column is empty, the default of the cluster applies',
          code(`kubectl get namespaces -L ${POD_SECURITY_ENFORCE}`),
        ],
      ];
}

/** Some clusters want a quota for each system class in a namespace, and for no other class. */
function missingQuotas({ set, sharing }: MarkedManifests): string[][] {
  const byNamespace = groupBy(sharing, ({ pod }) => pod.manifest.namespace ?? '');
  return [...byNamespace].flatMap(([namespace, pods]) => {
    const has = namespaceLimits(set, [namespace]).flatMap(each => each.priorityClasses);
    const wants = new Set(pods.map(({ pod }) => textOf(pod.at('priorityClassName') ?? '')));
    return [...wants]
      .filter(name => namespace !== 'kube-system' && name.startsWith('system-'))
      .filter(name => !has.includes(name))
      .map(name => [
        `a ResourceQuota for ${code(name)} in ${code(namespace)}`,
        'some clusters admit this priority outside kube-system only with such a quota, which is not in these manifests',
        code(`kubectl get resourcequota -n ${quoted(namespace)}`),
      ]);
  });
}

/** The claims that clients mount, and that only the manifests of a grant elsewhere can have. */
function claims({ set }: MarkedManifests, contracts: readonly SharedContract[]): string[][] {
  const found = contracts.flatMap(({ name, clients }) =>
    clients.flatMap(({ markedPod, mark }) =>
      markedPod.uses.flatMap(({ mark: of, mount }): string[][] => {
        const { namespace } = markedPod.pod.manifest;
        const claim = claimOf(mount?.volume?.json);
        return of !== mark || claim === undefined || set.claimNamed(namespace, claim)
          ? []
          : [
              [
                `PersistentVolumeClaim ${code(claim)}${namespace === undefined ? '' : ` in ${code(namespace)}`}`,
                `the grant of contract ${code(name)}, which is not in these manifests; without it, the pods stay Pending`,
                code(`kubectl get pvc${inNamespace({ namespace })} ${quoted(claim)}`),
              ],
            ];
      }),
    ),
  );
  return [...new Map(found.map(row => [row[0], row])).values()].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
}

/** The nodes of the agents; or, if the agents are elsewhere, those of the clients. */
function labels(contracts: readonly SharedContract[]): string[][] {
  const parties = contracts.flatMap(({ agents, clients }) =>
    agents.length > 0 ? agents : clients,
  );
  return [...groupBy(parties, poolWords)]
    .map(([words, [{ markedPod, mark }]]) => ({ words, mark, pod: markedPod.pod }))
    .filter(({ pod }) => nodeRequirements(pod).some(each => each !== `${NODE_OS}=linux`))
    .sort((a, b) => (a.words < b.words ? -1 : 1))
    .map(({ words, mark, pod }) => {
      const keys = [...nodeLabels(pod).keys()];
      const taints = objectsOf(pod.at('tolerations')).filter(({ key }) =>
        keys.includes(textOf(key)),
      );
      const also = taints.map(
        toleration =>
          `; if these nodes are dedicated, they have the taint ${code(taintWords(toleration))}, which agents and clients tolerate`,
      );
      return [
        `nodes with ${code(words)}`,
        `${mark.side === 'agent' ? 'the agents run there' : 'these clients run only there'}, and clients start only where an agent runs${[...new Set(also)].join('')}`,
        code(`kubectl get nodes -l ${quoted(nodeRequirements(pod).join(','))}`),
      ];
    });
}

/** A toleration without a value or an effect is for each of them. */
function taintWords({ key, value, effect }: JsonObject): string {
  const words = (before: string, part: Json | undefined) =>
    part === undefined ? '' : `${before}${textOf(part)}`;
  return `${textOf(key)}${words('=', value)}${words(':', effect)}`;
}

function nodes({ pods }: MarkedManifests, contracts: readonly SharedContract[]): string[][] {
  const rows: string[][] = [];
  const all = contracts.flatMap(({ memory }) => memory);
  const on = (...backings: string[]) =>
    all.filter(({ memory: { backing } }) => backings.includes(backing));
  const sum = (memories: typeof all) => bytesWords(memories.map(({ memory }) => memory));
  const who = (memories: readonly (typeof all)[number][]) =>
    some(
      [...new Set(memories.map(({ contract, memory }) => code(`${contract}/${memory.name}`)))],
      3,
    );
  const inRun = on('directory').filter(({ memory: { api } }) => api !== 'descriptors');
  if (on('directory', 'tmpfs', 'hugetlbfs').length > 0) {
    rows.push([
      '`/run` is a tmpfs',
      'the agent refuses to start if `/run` is on a disk',
      '`stat -f -c %T /run`',
    ]);
  }
  if (inRun.length > 0) {
    rows.push([
      `room for ${sum(inRun)} in \`/run\``,
      `${who(inRun)}: directories there have no size of their own; many distributions give \`/run\` a fifth of the memory`,
      '`df -h /run`',
    ]);
  }
  rows.push(...hugePages(all, who));
  if (on('directory', 'tmpfs', 'hugetlbfs', 'devShm').length > 0) {
    rows.push(seLinux(contracts));
  }
  const hostDevShm = on('devShm');
  if (hostDevShm.length > 0) {
    rows.push([
      `room for ${sum(hostDevShm)} in \`/dev/shm\``,
      `${who(hostDevShm)}: one size for all who use it, half of the memory by default`,
      '`df -h /dev/shm`',
    ]);
    rows.push([
      'a known value of `fs.protected_regular`',
      "if it is 1 or 2, `open` with O_CREAT fails for another user's object in `/dev/shm`",
      '`sysctl fs.protected_regular`',
    ]);
  }
  const systemV = on('hostIpc');
  if (systemV.length > 0) {
    rows.push([
      '`kernel.shmmax`, `kernel.shmall`, `kernel.shmmni` large enough',
      `${who(systemV)}: ${sum(systemV)}; the defaults are large enough, unless somebody lowered them`,
      '`ipcs -lm`',
    ]);
  }
  if (systemV.length + hostDevShm.length > 0) {
    rows.push([
      '`RemoveIPC=no`, or no logins with the uid of the agent',
      'systemd removes the IPC objects of a user who logs out',
      '`grep RemoveIPC /etc/systemd/logind.conf`',
    ]);
  }
  const descriptors = all.filter(({ memory: { api } }) => api === 'descriptors');
  if (descriptors.length > 0) {
    rows.push([
      'Linux 5.1 or newer',
      `${who(descriptors)}: seals that make a memfd read-only for clients (F_SEAL_FUTURE_WRITE)`,
      '`uname -r`',
    ]);
  }
  const outside = pods.filter(
    markedPod => markedPod.hostIpc && markedPod.marks.length === 0 && !markedPod.task,
  );
  if (outside.length > 0) {
    rows.push([
      '`kernel.shm*` and `kernel.msg*` as these programs need them',
      `${plain(count(outside.length, 'workload'))} with hostIPC; no mark says what for`,
      '`ipcs -l`',
    ]);
  }
  return rows;
}

/**
 * Returns a row for each size of huge pages. Each container that pays requests all pages, so the
 * node needs them once for each.
 */
function hugePages(
  all: SharedContract['memory'],
  who: (memories: SharedContract['memory']) => string,
): string[][] {
  return bytesInHugePages(all.map(({ memory }) => memory)).map(([size, bytes]) => {
    const pages = bytes / BigInt(HUGE_PAGE_BYTES[size]);
    const setting =
      size === '2Mi'
        ? `${code('vm.nr_hugepages')} of at least ${pages}`
        : `a pool of at least ${pages} huge pages of ${size}`;
    return [
      `${setting}, set before the kubelet starts`,
      `${who(all.filter(({ memory }) => memory.hugePages === size))}: ${formatBytes(bytes)} in huge pages of ${size}, as often as containers on the node have a limit of them; the kubelet counts the pool once, when it starts`,
      code(`kubectl get node -o jsonpath='{.items[*].status.allocatable.hugepages-${size}}'`),
    ];
  });
}

/** Describes the bytes of memories after "room for". */
function bytesWords(memories: readonly MarkedMemory[]): string {
  return knownBytes(memories) === 0n ? 'memory whose size is not known' : totalWords(memories);
}

/** Agents of contracts with `seLinux: true` have an SELinux level. */
function isForSeLinux({ markedPod: { pod } }: SharedContract['agents'][number]): boolean {
  return pod.at('securityContext', 'seLinuxOptions', 'level') !== undefined;
}

function seLinux(contracts: readonly SharedContract[]): string[] {
  const agents = contracts.flatMap(contract => contract.agents);
  if (agents.length === 0) {
    return [
      'if SELinux is enforcing: contracts that say `seLinux: true`',
      'their agents are not in these manifests; without it, an agent does not start there',
      '`getenforce`',
    ];
  }
  return agents.every(isForSeLinux)
    ? [
        `if SELinux is enforcing: ${SELINUX_RUNTIMES}, where clients write through a claim`,
        'the contracts say `seLinux: true`: agents, and clients that write, have no SELinux categories; containerd 1.7 cannot relabel the tmpfs',
        '`getenforce`, `kubectl get nodes -o wide`',
      ]
    : [
        'SELinux is not enforcing',
        'at least one of these contracts does not say `seLinux: true`: its agent would not start there',
        '`getenforce`',
      ];
}
