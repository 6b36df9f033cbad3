import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { type IConstruct } from 'constructs';
import { routes } from './contract';
import { Access, AgentContract, NodeAgent, ReviewApp, SharedMemory } from 'cdk8s-shared-memory';

/** Prints what is said where something is wrong. */
function attempt(wrong: () => void): void {
  try {
    wrong();
  } catch (error) {
    process.stdout.write(`${(error as Error).message}\n`);
    return;
  }
  throw new Error('nothing is said');
}

/** Python says the construct after the code, and cdk8s before it. */
function withPath(path: string, message: string): string {
  return message.replace(/^(SHM\d+) (?!\[)/, `$1 [${path.replace(/\/Resource$/, '')}] `);
}

/** Prints what is said at synth: all mistakes at once. In Python, each is thrown. */
function attemptToAttach(target: IConstruct, wrong: () => void): void {
  const said = () =>
    target.node
      .findAll()
      .flatMap(({ node }) => node.validate().map(message => withPath(node.path, message)));
  const before = said();
  wrong();
  said()
    .filter(message => !before.includes(message))
    .forEach(message => process.stdout.write(`${message}\n`));
}

const chart = new Chart(new App(), 'shop', { namespace: 'shop' });
const api = new kplus.Deployment(chart, 'api', {
  containers: [{ name: 'api', image: 'registry.example.com/api:3.1.0' }],
});

// the contract itself
attempt(
  () =>
    new AgentContract({
      name: 'Routes',
      namespace: 'node-agents',
      version: 'v1',
      memory: [
        SharedMemory.files({ name: 'table', size: Size.kibibytes(0), mountPath: 'run/routes' }),
        SharedMemory.posix({ name: 'table' }),
      ],
    }),
);
attempt(() => AgentContract.fromFile('missing.json'));
attempt(() => AgentContract.fromJson('{"apiVersion":"cdk8s-shared-memory/v9"}'));

// what is asked of it
attemptToAttach(api, () => routes.attachTo(api, { access: Access.READ_WRITE }));
attemptToAttach(chart, () => routes.attachTo(chart, { workload: 'Deployment/other' }));
attempt(
  () =>
    new NodeAgent(chart, 'agent', {
      contract: routes,
      containers: [{ name: 'agent', image: 'registry.example.com/routes-agent:1.8.2' }],
    }),
);

// what is only found when the app is rendered, before any file is written
const app = new ReviewApp({ outdir: 'errors' });
const web = new kplus.Deployment(new Chart(app, 'web'), 'web', {
  containers: [{ name: 'web', image: 'registry.example.com/web:3.1.0' }],
});
routes.attachTo(web, { containers: ['wbe'] });
attempt(() => app.synth());
