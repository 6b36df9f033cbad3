import { Duration, Size, type Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AgentAlerts,
  AgentContract,
  AgentNodes,
  NodeAgent,
  SharedMemory,
  StartupTaint,
} from 'cdk8s-shared-memory';

/* The code of docs/nodes.md and of docs/operations.md, "Alerts". */

const memory = { request: Size.mebibytes(384), limit: Size.mebibytes(384) };
const routes = new AgentContract({
  name: 'routes',
  namespace: 'node-agents',
  version: 'v1',
  memory: [
    SharedMemory.files({ name: 'table', size: Size.mebibytes(256), mountPath: '/run/routes' }),
  ],
  nodes: AgentNodes.labeled('example.com/routes-agent', 'yes'),
  ownerId: 10001,
  groupId: 2000,
});

function agentOf(chart: Chart): NodeAgent {
  return new NodeAgent(chart, 'agent', {
    contract: routes,
    toolImage: 'registry.example.com/busybox:1.36',
    containers: [
      {
        name: 'agent',
        image: 'registry.example.com/routes-agent:1.8.2',
        imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
        resources: { cpu: { request: kplus.Cpu.millis(100) }, memory },
        // the heartbeat is younger than a minute: there is data, and somebody writes it
        readiness: kplus.Probe.fromCommand(
          ['sh', '-c', '[ -n "$(find /run/routes/heartbeat -mmin -1)" ]'],
          { periodSeconds: Duration.seconds(10) },
        ),
      },
    ],
  });
}

export function withStartupTaint(chart: Chart): void {
  const agent = agentOf(chart);
  const startupTaint = new StartupTaint(chart, 'startup-taint', {
    agents: [agent], // all agents that can be on one node
    image: 'registry.example.com/kubectl:1.33', // with kubectl and a shell
  });
  new AgentAlerts(chart, 'alerts', {
    agents: [agent],
    startupTaint,
    clientWaitingFor: Duration.minutes(5),
    // what the ruleSelector of your Prometheus asks for
    labels: { release: 'kube-prometheus-stack' },
    alertLabels: { team: 'platform' }, // what the routes of your Alertmanager ask for
  });
}

export function withReadinessRule(chart: Chart): void {
  const agent = agentOf(chart);
  agent.daemonSets.forEach(each =>
    each.scheduling.tolerate(
      kplus.Node.tainted(kplus.NodeTaintQuery.exists('readiness.k8s.io/routes-agent')),
    ),
  );
}
