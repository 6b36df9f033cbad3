import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart, Size } from 'cdk8s';
import { stringify } from 'yaml';
import {
  AgentAlerts,
  AgentContract,
  AgentNodes,
  AgentUpdate,
  Backing,
  NodeAgent,
  ReadyWhen,
  SharedMemory,
  StartupTaint,
} from 'cdk8s-shared-memory';

/**
 * `npm run alerts` has Prometheus itself judge the rules of AgentAlerts: promtool reads them, types
 * and all, and tells whether each alert fires when it must, and does not when it must not
 * (test/prometheus/alerts.yaml). It needs promtool on the PATH, or in $PROMTOOL.
 */
const TESTS = join(__dirname, '..', 'test', 'prometheus', 'alerts.yaml');

/** All alerts: of an agent in two waves, with a tmpfs, a wait step, and a startup taint. */
function rules(): object {
  const chart = new Chart(new App(), 'chart');
  const memory = { request: Size.mebibytes(96), limit: Size.mebibytes(96) };
  const contract = new AgentContract({
    name: 'routes',
    namespace: 'node-agents',
    version: 'v1',
    memory: [
      SharedMemory.files({
        name: 'table',
        size: Size.mebibytes(64),
        mountPath: '/run/routes',
        backing: Backing.tmpfs(),
      }),
    ],
    nodes: AgentNodes.labeled('example.com/routes-agent', 'yes'),
    readyWhen: ReadyWhen.file('table', { toolImage: 'registry.example.com/busybox:1.36' }),
    ownerId: 10001,
    groupId: 2000,
  });
  const agent = new NodeAgent(chart, 'agent', {
    contract,
    toolImage: 'registry.example.com/busybox:1.36',
    containers: [{ name: 'agent', image: 'registry.example.com/agent:1', resources: { memory } }],
    update: AgentUpdate.waves({ label: 'example.com/wave', order: ['canary', 'rest'] }),
  });
  const startupTaint = new StartupTaint(chart, 'startup-taint', {
    agents: [agent],
    image: 'registry.example.com/kubectl:1.33',
  });
  new AgentAlerts(chart, 'alerts', { agents: [agent], startupTaint, almostFullPercent: 90 });
  return (chart.toJson() as { kind: string; spec: object }[]).filter(
    ({ kind }) => kind === 'PrometheusRule',
  )[0].spec;
}

function main(): number {
  const promtool = process.env.PROMTOOL ?? 'promtool';
  const scratch = mkdtempSync(join(tmpdir(), 'alerts-'));
  try {
    writeFileSync(join(scratch, 'rules.yaml'), stringify(rules()));
    writeFileSync(join(scratch, 'tests.yaml'), readFileSync(TESTS));
    for (const args of [
      ['check', 'rules', '--lint=all', '--lint-fatal', 'rules.yaml'],
      ['test', 'rules', 'tests.yaml'],
    ]) {
      const { status, error } = spawnSync(promtool, args, { cwd: scratch, stdio: 'inherit' });
      if (error) {
        console.error(
          `alerts: ${promtool} cannot be started (${error.message}): put promtool on the PATH or set PROMTOOL`,
        );
      }
      if (status !== 0) {
        return status ?? 1;
      }
    }
    return 0;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

process.exitCode = main();
