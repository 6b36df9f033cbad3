/**
 * One measurement of bench/synth.ts, in a process of its own: builds an app, and prints what a part
 * of it took, as JSON.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type * as library from 'cdk8s-shared-memory';

// What `npx projen compile` wrote, as users have it: tsx would wrap every function of the sources.
const { AgentContract, AgentNodes, ReviewApp, SharedMemory } = createRequire(__filename)(
  '../lib',
) as typeof library;

/** What a measured part took. */
export interface Measured {
  readonly seconds: number;
  readonly cpu: number;
  readonly mebibytes: number;
}

const nodes = AgentNodes.dedicated('example.com/node-agents', 'yes');
const ids = { ownerId: 10001, groupId: 2000 };
const routes = new AgentContract({
  name: 'routes',
  namespace: 'agents',
  version: 'v1',
  nodes,
  ...ids,
  memory: [
    SharedMemory.files({ name: 'table', size: Size.mebibytes(64), mountPath: '/run/routes' }),
  ],
});
const guard = new AgentContract({
  name: 'guard',
  namespace: 'agents',
  version: 'v1',
  nodes,
  ...ids,
  memory: [SharedMemory.systemV({ name: 'verdicts', size: Size.mebibytes(1) })],
  acknowledgements: [{ rule: 'SHM301', reason: 'the verdicts are a System V segment' }],
});

/** A Deployment that differs from all others in more than its name. */
function deployment(chart: Chart, i: number): kplus.Deployment {
  return new kplus.Deployment(chart, `web-${i}`, {
    replicas: 1 + (i % 7),
    podMetadata: { labels: { team: `team-${i % 23}`, tier: `tier-${i % 5}` } },
    containers: [
      {
        name: 'web',
        image: `registry.example.com/team-${i % 23}/web-${i}:${i % 11}.${i % 13}.${i}`,
        port: 8000 + (i % 1000),
        envVariables: {
          NAME: kplus.EnvValue.fromValue(`web number ${i}`),
          URL: kplus.EnvValue.fromValue(`https://web-${i}.example.com/?q=${i}#${i % 3}`),
          SCRIPT: kplus.EnvValue.fromValue(`#!/bin/sh\necho "${i}"\n`),
        },
        resources: {
          cpu: { request: kplus.Cpu.millis(10 + (i % 90)) },
          memory: { request: Size.mebibytes(64 + (i % 64)), limit: Size.mebibytes(128 + (i % 64)) },
        },
      },
    ],
  });
}

/**
 * A chart of different Deployments, of which some are attached: those of every fourth to System V
 * memory as well.
 */
function shop(app: App, count: number, isAttached: (i: number) => boolean): () => void {
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  for (let i = 0; i < count; i++) {
    const web = deployment(chart, i);
    if (!isAttached(i)) {
      continue;
    }
    routes.attachTo(web);
    if (i % 16 === 0) {
      guard.attachTo(web);
    }
  }
  return () => app.synth();
}

/** What is built for each case, and what of it is measured. */
const CASES: Record<string, (app: App, count: number) => () => unknown> = {
  charts: (app, count) => {
    for (let i = 0; i < count; i++) {
      deployment(new Chart(app, `chart-${i}`), i);
    }
    return () => app.synth();
  },
  chart: (app, count) => shop(app, count, () => true),
  mixed: (app, count) => shop(app, count, i => i % 4 === 0),
  plain: (app, count) => shop(app, count, () => false),
  layers: (app, count) => {
    const chart = new Chart(app, 'layers');
    let above: ApiObject[] = [];
    for (let layer = 0; layer < count; layer++) {
      const here = ['a', 'b'].map(
        side => new ApiObject(chart, `${side}${layer}`, { apiVersion: 'v1', kind: 'ConfigMap' }),
      );
      for (const object of here) {
        object.addDependency(...above);
      }
      above = here;
    }
    return () => app.synth();
  },
  built: (app, count) => () => {
    const chart = new Chart(app, 'shop');
    for (let i = 0; i < count; i++) {
      deployment(chart, i);
    }
  },
  attached: (app, count) => () => {
    const chart = new Chart(app, 'shop');
    for (let i = 0; i < count; i++) {
      routes.attachTo(deployment(chart, i));
    }
  },
};

function main([name, count, which]: string[]): void {
  // a disk would be measured instead
  const outdir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'bench-synth-'));
  try {
    const app = which === 'stock' ? new App({ outdir }) : new ReviewApp({ outdir });
    const part = CASES[name](app, Number(count));
    const cpu = process.cpuUsage();
    const start = process.hrtime.bigint();
    part();
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    const { user, system } = process.cpuUsage(cpu);
    const measured: Measured = {
      seconds,
      cpu: (user + system) / 1e6,
      mebibytes: process.resourceUsage().maxRSS / 1024,
    };
    process.stdout.write(JSON.stringify(measured));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

main(process.argv.slice(2));
