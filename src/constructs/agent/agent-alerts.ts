import { ApiObject, Chart, Duration } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import { servingWorkloads, type ServingWorkload } from './serving-workloads';
import { InputChecks, show } from '../../errors';
import { isDnsLabel, isDnsSubdomain, isLabelValue, isQualifiedName } from '../../kube/names';
import { alertRules, ALERTS, type AlertsSpec } from '../../model/agent/alert-rules';
import { meantOptions, type OptionNames } from '../../options';
import { addEdit } from '../../wire/hook';
import { type StartupTaint } from '../node/startup-taint';
import { reserveName } from '../support/app-registry';
import { secondsOf } from '../support/duration-seconds';

/** Properties of `AgentAlerts`. */
export interface AgentAlertsProps {
  /**
   * The agents: NodeAgents, and DaemonSets that serve through `contract.serveFrom()`. All must be
   * in one namespace.
   */
  readonly agents: IConstruct[];

  /**
   * The startup taint of their nodes, for an alert on nodes that keep it.
   *
   * @default - none
   */
  readonly startupTaint?: StartupTaint;

  /**
   * How long a node must be without a ready agent, an agent's DaemonSet must be gone, or a node
   * must keep its startup taint, before an alert fires.
   *
   * @default Duration.minutes(15)
   */
  readonly agentNotReadyFor?: Duration;

  /**
   * How long a client's pod must wait on its node before an alert fires. The kubelet's back-off
   * alone causes a wait of up to two minutes.
   *
   * @default Duration.minutes(5)
   */
  readonly clientWaitingFor?: Duration;

  /**
   * How full a `Backing.tmpfs()` must be before an alert fires, in percent: more than 0 and less
   * than 100. The alert needs node-exporter. It helps if the agent allocates memory as it runs: the
   * tmpfs of an agent that allocates the whole size at its start is always full.
   *
   * @default - no alert
   */
  readonly almostFullPercent?: number;

  /**
   * The severity of alerts, by their names: the value of the label `severity`.
   *
   * @default - "critical" for SharedMemoryAgentMissing and SharedMemoryAgentNotReady, "warning" for
   * the others
   */
  readonly severities?: { readonly [alert: string]: string };

  /**
   * Additional labels of each alert, which Alertmanager's routes ask for: `{ team: 'platform' }`.
   *
   * @default - none
   */
  readonly alertLabels?: { readonly [name: string]: string };

  /**
   * Labels of the PrometheusRule, which the `ruleSelector` of a Prometheus asks for: `{ release:
   * 'kube-prometheus-stack' }`.
   *
   * @default - none
   */
  readonly labels?: { readonly [key: string]: string };

  /**
   * The page that an alert sends people to: its annotation `runbook_url`.
   *
   * @default - none
   */
  readonly runbookUrl?: string;

  /**
   * The name of the PrometheusRule, and of its group of rules.
   *
   * @default - `<contract>-shared-memory`; if the agents serve several contracts, it must be given
   */
  readonly name?: string;

  /**
   * The namespace of the PrometheusRule. The `ruleNamespaceSelector` of a Prometheus must select
   * it.
   *
   * @default - that of the chart; if it has none, that of the agents
   */
  readonly namespace?: string;
}

const PROPS: OptionNames<AgentAlertsProps> = {
  agentNotReadyFor: true,
  agents: true,
  alertLabels: true,
  almostFullPercent: true,
  clientWaitingFor: true,
  labels: true,
  name: true,
  namespace: true,
  runbookUrl: true,
  severities: true,
  startupTaint: true,
};

/**
 * Alerts about agents and their clients: a PrometheusRule of the Prometheus Operator over metrics
 * of kube-state-metrics.
 *
 * - SharedMemoryAgentMissing: a DaemonSet does not exist.
 * - SharedMemoryAgentNotReady: nodes that should have a ready agent have none, and no rollout is in
 *   progress.
 * - SharedMemoryNodeStaysTainted: a node keeps its startup taint (if `startupTaint` is given).
 * - SharedMemoryAgentOutOfMemory: an agent's container was OOM-killed in the last 15 minutes.
 * - SharedMemoryClientWaiting: a pod with a claim of the contract is on its node, and its
 *   containers do not start; or a pod is in the step that waits for the contract (`readyWhen`).
 * - SharedMemoryVolumeReleased, SharedMemoryClaimLost: the volume of a grant is Released or Failed,
 *   a claim is Lost.
 * - SharedMemoryAlmostFull: a `Backing.tmpfs()` is almost full (if `almostFullPercent` is given;
 *   from metrics of node-exporter).
 *
 * There are no alerts for the following: how full a `Backing.directory()`, the node's /dev/shm or
 * System V memory is, because nothing exports that; how full memory in huge pages is, because
 * node-exporter leaves out every hugetlbfs by default, and the kubelet exports nothing about huge
 * pages that are used (`node_memory_HugePages_Free` counts the pool of the whole node, and is 0 on
 * a node whose pool is just large enough); whether an agent that is ready still writes, which its
 * own heartbeat must tell; clients that have the memory through a hostPath or hostIPC and have no
 * step that waits for it, because no metric says which pods those are.
 *
 * Errors: SHM001 for names, SHM002 for labels, SHM007 for severities, percent and agents of several
 * namespaces, SHM008 for agents that are not DaemonSets, SHM011 for a name that another AgentAlerts
 * has, SHM029 for agents that serve nothing, SHM030 for durations.
 *
 * @see
 * https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule
 *
 * @example
 * new AgentAlerts(chart, 'alerts', {
 *   agents: [agent],
 *   clientWaitingFor: Duration.minutes(10),
 *   labels: { release: 'kube-prometheus-stack' },
 * });
 */
export class AgentAlerts extends Construct {
  /** The PrometheusRule. */
  public readonly rule: ApiObject;

  /**
   * @param scope a chart
   * @param id id of the construct
   * @param props the agents, and when alerts fire
   */
  public constructor(scope: Construct, id: string, props: AgentAlertsProps) {
    super(scope, id);
    const where = this.node.path;
    const checks = new InputChecks(this);
    const meant = meantOptions(props, checks, PROPS);
    const agents = checks.try(() => servingWorkloads(meant.agents, where));
    const served = agents ?? [];
    const contracts = [...new Map(served.map(({ spec }) => [spec.name, spec])).values()].sort(
      (a, b) => (a.name < b.name ? -1 : 1),
    );
    const name = meant.name ?? (contracts.length === 1 ? `${contracts[0].name}-shared-memory` : '');
    const namespace = meant.namespace ?? Chart.of(this).namespace ?? contracts[0]?.namespace;
    this.check(meant, served, { name, namespace }, checks);
    if (agents) {
      checks.try(() =>
        reserveName(
          this,
          'PrometheusRule',
          `${namespace}/${name}`,
          'one AgentAlerts with this name and namespace',
          "give one of them another name: name: '...'",
        ),
      );
    }
    const duration = (field: 'agentNotReadyFor' | 'clientWaitingFor', minutes: number) =>
      checks.try(() => secondsOf(meant[field] ?? Duration.minutes(minutes), field, where));
    const durations = checks.end({
      agentNotReadyFor: duration('agentNotReadyFor', 15),
      clientWaitingFor: duration('clientWaitingFor', 5),
    });
    this.rule = this.makeRule(name, namespace, props.labels, {
      namespace: contracts[0].namespace,
      daemonSets: [...new Set(served.map(({ object }) => object.name))].sort(),
      contracts,
      startupTaint: props.startupTaint?.key,
      ...durations,
      almostFullPercent: props.almostFullPercent,
      labels: props.alertLabels ?? {},
      severities: props.severities ?? {},
      runbookUrl: props.runbookUrl,
    });
  }

  private makeRule(
    name: string,
    namespace: string,
    labels: AgentAlertsProps['labels'],
    spec: AlertsSpec,
  ): ApiObject {
    const rule = new ApiObject(this, 'Default', {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name, namespace, ...(labels ? { labels } : {}) },
      spec: { groups: [{ name, rules: alertRules(spec) }] },
    });
    const operations = [
      {
        do: 'explain' as const,
        reason: `AgentAlerts: about ${spec.daemonSets.join(', ')} in namespace ${spec.namespace} and the clients of ${spec.contracts.map(contract => contract.name).join(', ')}`,
      },
    ];
    addEdit(rule, { owner: 'AgentAlerts', key: 'AgentAlerts', operations });
    return rule;
  }

  private check(
    props: AgentAlertsProps,
    served: readonly ServingWorkload[],
    { name, namespace }: { name: string; namespace: string | undefined },
    { fail }: InputChecks,
  ): void {
    const contracts = [...new Set(served.map(({ spec }) => spec.name))].sort();
    const isNamed = served.length > 0 || name !== ''; // otherwise the agents are wrong
    if (isNamed && !isDnsSubdomain(name)) {
      fail(
        'SHM001',
        'name',
        name || undefined,
        `a name${name === '' ? `, because the agents serve several contracts: ${contracts.join(', ')}` : ' that Kubernetes accepts'}`,
        `write name: ${show(nameFor(served))}`,
      );
    }
    if (namespace !== undefined && !isDnsLabel(namespace)) {
      fail(
        'SHM001',
        'namespace',
        namespace,
        'a DNS label of at most 63 characters',
        "write the namespace of your rules: namespace: 'monitoring'",
      );
    }
    for (const other of served.filter(
      ({ object }) => object.apiVersion !== 'apps/v1' || object.kind !== 'DaemonSet',
    )) {
      fail(
        'SHM008',
        'agents',
        `${other.object.apiVersion} ${other.object.kind}`,
        'DaemonSets: kube-state-metrics has no such metrics for other kinds',
        'write rules over the metrics of that kind by hand',
      );
    }
    for (const unknown of Object.keys(props.severities ?? {}).filter(alert => !(alert in ALERTS))) {
      fail(
        'SHM007',
        'severities',
        unknown,
        Object.keys(ALERTS).join(', '),
        'correct the name of the alert',
      );
    }
    const percent = props.almostFullPercent;
    if (percent !== undefined && !(percent > 0 && percent < 100)) {
      fail(
        'SHM007',
        'almostFullPercent',
        percent,
        'more than 0 and less than 100',
        'write 90, or leave it out',
      );
    }
    if (props.startupTaint !== undefined && typeof props.startupTaint?.key !== 'string') {
      fail(
        'SHM007',
        'startupTaint',
        props.startupTaint,
        'a StartupTaint',
        'give the one of these agents, or leave it out',
      );
    }
    for (const refused of Object.entries(props.labels ?? {}).filter(
      ([key, value]) => !isQualifiedName(key) || !isLabelValue(value),
    )) {
      fail(
        'SHM002',
        'labels',
        Object.fromEntries([refused]),
        'labels that Kubernetes accepts',
        'correct the key or the value',
      );
    }
    for (const label of Object.keys(props.alertLabels ?? {})) {
      if (!/^[a-zA-Z_]\w*$/.test(label) || label === 'severity') {
        fail(
          'SHM002',
          'alertLabels',
          label,
          'label names of Prometheus: letters, digits and "_"; the severity is said in severities',
          'correct the name',
        );
      }
    }
  }
}

/** A name to propose: that of the agent, or of the namespace of several. */
function nameFor(served: readonly ServingWorkload[]): string {
  const agents = [...new Set(served.map(({ agent }) => agent))];
  return agents.length === 1 ? agents[0] : (served[0]?.spec.namespace ?? 'agents');
}
