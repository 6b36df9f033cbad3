import { aloneInTurn, cdk8sSynth, from } from './cdk8s-synth';

const program = (...lines: string[]) => ({
  'main.ts': `import { App, Chart, Size } from ${from('node_modules/cdk8s')};
import * as kplus from ${from('node_modules/cdk8s-plus-27')};
import { Access, AgentContract, SharedMemory } from ${from('src')};
const routes = new AgentContract({
  name: 'routes', namespace: 'agents', version: 'v1', groupId: 2000, ownerId: 10001,
  memory: [SharedMemory.files({ name: 'table', size: Size.mebibytes(64), mountPath: '/run/routes' })],
});
const app = new App();
const chart = new Chart(app, 'shop', { namespace: 'shop' });
const web = new kplus.Deployment(chart, 'web', { containers: [{ name: 'web', image: 'web:1' }] });
${lines.join('\n')}
`,
});

test('what is attached before app.synth() is rendered', () => {
  const { status, stderr, dist } = cdk8sSynth(program('routes.attachTo(web);', 'app.synth();'));
  expect(stderr).toBe('');
  expect(Object.values(dist).join('')).toContain('claimName: ');
  expect(status).toBe(0);
});

test('an app that is rendered again is right', () => {
  const lines = ['app.synth();', 'routes.attachTo(web);', 'app.synth();'];
  const { status, stderr } = cdk8sSynth(program(...lines));
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

test('what was removed before app.synth() is not missed', () => {
  const { status, stderr } = cdk8sSynth(
    program('routes.attachTo(web);', "chart.node.tryRemoveChild('web');", 'app.synth();'),
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

test('an app that nobody renders is not missed', () => {
  const { status, stderr, dist } = cdk8sSynth(
    program(
      'routes.attachTo(web);',
      "const draft = new Chart(new App(), 'draft', { namespace: 'shop' });",
      "const job = new kplus.Job(draft, 'job', { containers: [{ name: 'job', image: 'job:1' }] });",
      'routes.attachTo(job);',
      'app.synth();',
    ),
  );
  expect(stderr).toBe('');
  expect(Object.keys(dist).filter(name => name.endsWith('.k8s.yaml'))).toEqual(['shop.k8s.yaml']);
  expect(status).toBe(0);
});

test('fails if something is attached after app.synth(), and says where', () => {
  const { status, stderr } = cdk8sSynth(program('app.synth();', 'routes.attachTo(web);'));
  expect(stderr).toContain(
    'SHM032 [shop/web] app.synth(): given contract routes at main.ts:12, after the app was rendered: it is in no file; allowed attaching and making things before the app is rendered; fix: move app.synth() to the end of the program, or remove what is not to be rendered\n',
  );
  expect(status).not.toBe(0);
});

test('fails if the program runs without cdk8s synth, too', () => {
  const right = program('routes.attachTo(web);', 'app.synth();');
  const { status, stderr } = aloneInTurn(program('app.synth();', 'routes.attachTo(web);'));
  expect(stderr).toContain('SHM032 [shop/web] app.synth(): given contract routes at main.ts:12, ');
  expect(status).toBe(1);
  expect(aloneInTurn(right)).toEqual({ status: 0, stderr: '' });
  // the files of an earlier run are there, and this one writes none
  const draft = program('routes.attachTo(web);');
  expect(aloneInTurn(right, draft)).toEqual({ status: 0, stderr: '' });
});

test('fails if another app was rendered meanwhile', () => {
  const { stderr } = cdk8sSynth(
    program(
      'app.synth();',
      'const other = new App();',
      "const shop = new Chart(other, 'other', { namespace: 'shop' });",
      "routes.attachTo(new kplus.Job(shop, 'job', { containers: [{ name: 'job', image: 'job:1' }] }));",
      'other.synth();',
      'routes.attachTo(web);',
    ),
  );
  expect(stderr).toContain('SHM032 [shop/web] app.synth(): given contract routes at main.ts:16, ');
});

test('fails with what came after app.synth() alone', () => {
  const { stderr } = cdk8sSynth(
    program(
      `import { PodSecurity } from ${from('src')};`,
      'PodSecurity.restricted().attachTo(web);',
      'app.synth();',
      'routes.attachTo(web);',
    ),
  );
  expect(stderr).toContain('SHM032 [shop/web] app.synth(): given contract routes at main.ts:14, ');
  expect(stderr).not.toContain('PodSecurity');
});

test('fails with what is wrong with it, too', () => {
  const { status, stderr } = cdk8sSynth(
    program('app.synth();', 'routes.attachTo(web, { access: Access.READ_WRITE });'),
  );
  expect(stderr).toContain('SHM012 [shop/web] access: given Access.READ_WRITE');
  expect(stderr).toContain('(contract routes at main.ts:12)');
  expect(status).not.toBe(0);
});

test('fails with nothing else if the program fails', () => {
  const { status, stderr } = cdk8sSynth(
    program('app.synth();', 'routes.attachTo(web);', "throw new Error('the registry is down');"),
  );
  expect(stderr).toContain('the registry is down');
  expect(stderr).not.toContain('SHM032');
  expect(status).not.toBe(0);
});
