import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as library from '../src';

/** What an app of users imports, by module. */
const NAMES: Record<string, string> = {
  cdk8s: 'Chart, Size',
  'cdk8s-plus-27': 'Deployment as Deployment27, Probe',
  'cdk8s-plus-33': 'Deployment as Deployment33',
  'cdk8s-shared-memory':
    'AgentContract, AgentNodes, NodeAgent, PodSecurity, ReviewApp, SharedMemory, SidecarAgent',
};

/** Both sides, and workloads of two cdk8s-plus in one app. */
const BODY = `
const routes = new AgentContract({
  name: 'routes', namespace: 'node-agents', version: 'v1', ownerId: 10001, groupId: 2000,
  memory: [SharedMemory.files({ name: 'table', size: Size.mebibytes(256), mountPath: '/run/routes' })],
  nodes: AgentNodes.dedicated('example.com/routes-agent', 'yes'),
});
const memory = { request: Size.mebibytes(384), limit: Size.mebibytes(384) };
const agent = { name: 'agent', image: 'registry.example.com/routes-agent:1.8.2', resources: { memory } };
const app = new ReviewApp();

const platform = new Chart(app, 'platform');
new NodeAgent(platform, 'agent', { contract: routes, toolImage: 'registry.example.com/busybox:1.36', containers: [agent] });

const shop = new Chart(app, 'shop', { namespace: 'shop' });
const old = new Deployment27(shop, 'old', { containers: [{ image: 'registry.example.com/old:1' }] });
const young = new Deployment33(shop, 'young', { containers: [{ image: 'registry.example.com/young:1' }] });
for (const workload of [old, young]) { routes.attachTo(workload); }
const alone = new Deployment33(shop, 'alone', { containers: [{ image: 'registry.example.com/alone:1' }] });
new SidecarAgent({ contract: routes, containers: [{ ...agent, startup: Probe.fromCommand(['true']) }] }).attachTo(alone);
PodSecurity.restricted().attachTo(alone);
app.synth();
`;

/** The app as TypeScript, or as JavaScript with ES modules. */
export const ESM =
  Object.entries(NAMES)
    .map(([module, names]) => `import { ${names} } from '${module}';\n`)
    .join('') + BODY;

/** The app as JavaScript with CommonJS modules. */
export const COMMON_JS =
  Object.entries(NAMES)
    .map(
      ([module, names]) => `const { ${names.replaceAll(' as ', ': ')} } = require('${module}');\n`,
    )
    .join('') + BODY;

/** A package of the platform team: its contract, and a chart with the agent. */
export const PLATFORM_REPO = `
const { Chart, Size } = require('cdk8s');
const { AgentContract, AgentNodes, NodeAgent, SharedMemory } = require('cdk8s-shared-memory');
const routes = new AgentContract({
  name: 'routes', namespace: 'node-agents', version: 'v1', ownerId: 10001, groupId: 2000,
  memory: [SharedMemory.files({ name: 'table', size: Size.mebibytes(256), mountPath: '/run/routes' })],
  nodes: AgentNodes.dedicated('example.com/routes-agent', 'yes'),
});
const memory = { request: Size.mebibytes(384), limit: Size.mebibytes(384) };
const agent = { contract: routes, toolImage: 'registry.example.com/busybox:1.36', containers: [{ name: 'agent', image: 'registry.example.com/routes-agent:1.8.2', resources: { memory } }] };
class Platform extends Chart {
  constructor(scope) {
    super(scope, 'platform');
    new NodeAgent(this, 'agent', agent);
  }
}
module.exports = { agent, routes, Platform, library: AgentContract };
`;

/**
 * An app that renders the platform's chart beside its own, and attaches by the contract's JSON, by
 * the platform's object, and by both.
 */
export const APP_REPO = `
const { Chart } = require('cdk8s');
const { Deployment } = require('cdk8s-plus-27');
const { AgentContract, NodeAgent, ReviewApp } = require('cdk8s-shared-memory');
const platform = require('@example/platform');
const routes = AgentContract.fromJson(platform.routes.toJson());
const app = new ReviewApp();
new platform.Platform(app);
const shop = new Chart(app, 'shop', { namespace: 'shop' });
const workload = (id) => new Deployment(shop, id, { containers: [{ image: 'registry.example.com/' + id + ':1' }] });
routes.attachTo(workload('mine'));
platform.routes.attachTo(workload('theirs'));
const both = workload('both');
routes.attachTo(both);
platform.routes.attachTo(both);
if (!routes.compatibleWith(platform.routes).compatible) { throw new Error('not compatible'); }
app.synth();
console.log(platform.library === AgentContract ? '1 copy' : '2 copies');
`;

/** What the app renders here, with the sources of the library: file names and their text. */
export function renderedHere(outdir: string): Record<string, string> {
  const load = createRequire(__filename);
  const before = process.env.CDK8S_OUTDIR;
  process.env.CDK8S_OUTDIR = outdir;
  try {
    new Function('require', COMMON_JS)((name: string) =>
      name === 'cdk8s-shared-memory' ? library : load(name),
    );
  } finally {
    if (before === undefined) {
      delete process.env.CDK8S_OUTDIR;
    } else {
      process.env.CDK8S_OUTDIR = before;
    }
  }
  return filesIn(outdir);
}

/** The files of a folder, by name. */
export function filesIn(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map(name => [name, readFileSync(join(folder, name), 'utf8')]),
  );
}
