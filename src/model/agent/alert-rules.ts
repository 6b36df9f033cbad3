import { waitStepName } from './init-steps';
import type { JsonObject } from '../../kube/json';
import type { ContractSpec, MemorySpec } from '../contract/contract-spec';
import { backingOf, contractDirectory, claimableMemories, SUFFIXES } from '../contract/node-layout';

const ANY_ACCESS = Object.values(SUFFIXES).join('|');

/** All alerts, each with its default severity. */
export const ALERTS = {
  SharedMemoryAgentMissing: 'critical',
  SharedMemoryAgentNotReady: 'critical',
  SharedMemoryNodeStaysTainted: 'warning',
  SharedMemoryAgentOutOfMemory: 'warning',
  SharedMemoryClientWaiting: 'warning',
  SharedMemoryVolumeReleased: 'warning',
  SharedMemoryClaimLost: 'warning',
  SharedMemoryAlmostFull: 'warning',
} as const;

/** The name of an alert. */
export type AlertName = keyof typeof ALERTS;

/** Settings of the alerts for the agents of one namespace: their DaemonSets and their contracts. */
export interface AlertsSpec {
  readonly namespace: string;
  readonly daemonSets: readonly string[];
  readonly contracts: readonly ContractSpec[];
  /** The key of the startup taint of the agents' nodes. Absent if the nodes have none. */
  readonly startupTaint?: string;
  /** How long an agent must be missing or not ready before the alert fires, in seconds. */
  readonly agentNotReadyFor: number;
  /** How long a client must wait before the alert fires, in seconds. */
  readonly clientWaitingFor: number;
  /** Usage of a tmpfs, in percent, above which the alert fires. Absent for no alert. */
  readonly almostFullPercent?: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly severities: Readonly<Partial<Record<AlertName, string>>>;
  readonly runbookUrl?: string;
}

type MakeRule = (
  alert: AlertName,
  seconds: number,
  expr: string[],
  summary: string,
  description: string,
) => JsonObject;

/**
 * Returns the rules of a PrometheusRule. Prometheus may scrape several kube-state-metrics instances
 * or several clusters, so every join includes the label `cluster`, which is empty if nobody sets
 * it. The annotations contain no Prometheus templates, because Helm would interpret them as its
 * own. The alert's labels identify the affected object instead.
 */
export function alertRules(spec: AlertsSpec): JsonObject[] {
  const { namespace, daemonSets, agentNotReadyFor, clientWaitingFor } = spec;
  const own = `namespace="${namespace}"`;
  const agents = `${own}, daemonset=~"${daemonSets.join('|')}"`;
  const volumes = volumesOf(spec);
  const waiting = [...withoutMemory(volumes), ...inWaitStep(spec, volumes !== undefined)];
  const rule: MakeRule = (alert, seconds, expr, summary, description) => ({
    alert,
    expr: expr.join('\n'),
    for: `${seconds}s`,
    labels: { ...spec.labels, severity: spec.severities[alert] ?? ALERTS[alert] },
    annotations: {
      summary,
      description,
      ...(spec.runbookUrl === undefined ? {} : { runbook_url: spec.runbookUrl }),
    },
  });
  return [
    rule(
      'SharedMemoryAgentMissing',
      agentNotReadyFor,
      [
        `(${daemonSets.map(name => `absent(kube_daemonset_created{${own}, daemonset="${name}"})`).join('\nor ')})`,
        'and on () (count(kube_daemonset_created) > 0)',
      ],
      'The DaemonSet of an agent does not exist',
      'Nobody serves the shared memory. Clients go on with old bytes, and new clients start with them. Apply the DaemonSet again: its agent takes over the memory.',
    ),
    rule(
      'SharedMemoryAgentNotReady',
      agentNotReadyFor,
      [
        `max by (cluster, namespace, daemonset) (kube_daemonset_status_desired_number_scheduled{${agents}})`,
        '- on (cluster, namespace, daemonset)',
        `max by (cluster, namespace, daemonset) (kube_daemonset_status_number_ready{${agents}})`,
        '> 0',
        'unless on (cluster, namespace, daemonset)',
        `max by (cluster, namespace, daemonset) (changes(kube_daemonset_status_updated_number_scheduled{${agents}}[10m])) > 0`,
      ],
      'Nodes have no ready agent, and no rollout is in progress',
      'The value is the number of nodes. Clients on them wait, or go on with old bytes. If an init step failed, its termination message says what to do.',
    ),
    ...(spec.startupTaint === undefined
      ? []
      : [
          rule(
            'SharedMemoryNodeStaysTainted',
            agentNotReadyFor,
            [
              `max by (cluster, node) (kube_node_spec_taint{key="${spec.startupTaint}", effect="NoSchedule"}) > 0`,
            ],
            'A new node keeps its startup taint',
            'Nothing is scheduled there, because an agent is not ready. If there are many such nodes, the cluster autoscaler stops. The log of the Deployment that removes the taint says what it waits for.',
          ),
        ]),
    rule(
      'SharedMemoryAgentOutOfMemory',
      0,
      [
        `max by (cluster, namespace, pod, container) (kube_pod_container_status_last_terminated_reason{${own}, reason="OOMKilled"}) > 0`,
        `and on (cluster, namespace, pod, container) max by (cluster, namespace, pod, container) (increase(kube_pod_container_status_restarts_total{${own}}[15m])) > 0`,
        `and on (cluster, namespace, pod) kube_pod_owner{${own}, owner_kind="DaemonSet", owner_name=~"${daemonSets.join('|')}"}`,
      ],
      'An agent was killed because it ran out of memory',
      'It pays for the shared memory that it touched first. If it makes a new object each time it starts, it will be killed again: delete the pod, and fix the agent.',
    ),
    ...(waiting.length === 0
      ? []
      : [
          rule(
            'SharedMemoryClientWaiting',
            clientWaitingFor,
            waiting,
            'A client waits for the shared memory of its node',
            'The pod is on its node, but its containers do not start. The agent of that node has not made the memory, or the pod asks for another version of the contract.',
          ),
        ]),
    ...(volumes === undefined
      ? []
      : [
          rule(
            'SharedMemoryVolumeReleased',
            300,
            [
              `max by (cluster, persistentvolume, phase) (kube_persistentvolume_status_phase{persistentvolume=~"${volumes}", phase=~"Released|Failed"}) > 0`,
            ],
            'The volume of a grant is not bound',
            'Its claim was deleted, perhaps with its namespace. New pods of that namespace are Pending until the volume is made available again.',
          ),
          rule(
            'SharedMemoryClaimLost',
            300,
            [
              `max by (cluster, namespace, persistentvolumeclaim) (kube_persistentvolumeclaim_status_phase{phase="Lost", persistentvolumeclaim=~"${claimsOf(spec)}"}) > 0`,
              `and on (cluster, namespace, persistentvolumeclaim) kube_persistentvolumeclaim_info{volumename=~"${volumes}"}`,
            ],
            'The claim of a grant has lost its volume',
            'New pods that mount the claim do not start. Delete the claim, and apply the grant again.',
          ),
        ]),
    ...almostFull(spec, rule),
  ];
}

/**
 * Returns the expression for pods with a claim whose volumes the kubelet has not mounted yet: their
 * containers are being created, and no init container has started.
 */
function withoutMemory(volumes: string | undefined): string[] {
  const by = 'by (cluster, namespace, pod)';
  return volumes === undefined
    ? []
    : [
        '(',
        `  max ${by} (kube_pod_container_status_waiting_reason{reason="ContainerCreating"}) > 0`,
        `  or max ${by} (kube_pod_init_container_status_waiting_reason{reason="PodInitializing"}) > 0`,
        `  unless max ${by} ({__name__=~"kube_pod_init_container_status_(running|terminated)"}) > 0`,
        ')',
        'and on (cluster, namespace, pod) (',
        '  kube_pod_spec_volumes_persistentvolumeclaims_info',
        `  and on (cluster, namespace, persistentvolumeclaim) kube_persistentvolumeclaim_info{volumename=~"${volumes}"}`,
        ')',
      ];
}

/**
 * Returns the expression for pods in the step that waits for a contract, with or without a claim:
 * the name of the step has that of the contract.
 */
function inWaitStep({ contracts }: AlertsSpec, isMore: boolean): string[] {
  const steps = contracts
    .filter(contract => contract.readyWhen)
    .map(({ name }) => waitStepName(name));
  return steps.length === 0
    ? []
    : [
        `${isMore ? 'or ' : ''}max by (cluster, namespace, pod) (kube_pod_init_container_status_running{container=~"${steps.join('|')}"}) > 0`,
      ];
}

/**
 * Returns the rule for memory that is almost full. It only covers tmpfs mounts: no metric shows the
 * usage of a directory, and node-exporter leaves out file systems of type hugetlbfs by default.
 */
function almostFull(spec: AlertsSpec, rule: MakeRule): JsonObject[] {
  const mounts = spec.contracts.flatMap(contract =>
    contract.memory
      .filter(m => backingOf(contract, m) === 'tmpfs')
      .map(m =>
        `${contractDirectory(contract)}/${contract.version}/${m.name}`.replaceAll('.', '[.]'),
      ),
  );
  if (spec.almostFullPercent === undefined || mounts.length === 0) {
    return [];
  }
  const selector = `{fstype="tmpfs", mountpoint=~"${mounts.join('|')}"}`;
  return [
    rule(
      'SharedMemoryAlmostFull',
      300,
      [
        `100 * (1 - node_filesystem_avail_bytes${selector} / node_filesystem_size_bytes${selector}) > ${spec.almostFullPercent}`,
      ],
      'A shared memory is almost full',
      'The value is the percentage that is used. At 100, the agent and every other writer get ENOSPC. Free what nobody uses, or raise the size: the memory grows while clients run.',
    ),
  ];
}

/**
 * Returns a regular expression that matches the names of the PersistentVolumes of all grants, for
 * any client namespace. Absent if clients use no claims.
 */
function volumesOf({ contracts }: AlertsSpec): string | undefined {
  const names = claimed(contracts).map(
    ([{ name, namespace, version }, memory]) =>
      `${namespace}-${name}-${memory.name}-${version}-.+-(${ANY_ACCESS})`,
  );
  return names.length === 0 ? undefined : names.join('|');
}

function claimsOf({ contracts }: AlertsSpec): string {
  return claimed(contracts)
    .map(([{ name, version }, memory]) => `${name}-${memory.name}-${version}-(${ANY_ACCESS})`)
    .join('|');
}

function claimed(contracts: readonly ContractSpec[]): [ContractSpec, MemorySpec][] {
  const byClaim = contracts.filter(({ clientVolume }) => clientVolume !== 'hostPath');
  return byClaim.flatMap(contract =>
    claimableMemories(contract).map((memory): [ContractSpec, MemorySpec] => [contract, memory]),
  );
}
