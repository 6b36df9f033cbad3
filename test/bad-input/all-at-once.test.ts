import { readFileSync } from 'node:fs';
import { ApiObject, App, Chart, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { messageOf } from './message';
import { Access, PodSharedMemory, ReviewApp, SharedMemory } from '../../src';
import { CallSite } from '../../src/wire/call-site';
import { contract } from '../yaml';

afterEach(() => jest.restoreAllMocks());

const HERE = 'test/bad-input/all-at-once.test.ts';
/** The number of the line of this file that starts with a text. */
function lineOf(start: string): number {
  const lines = readFileSync(__filename, 'utf8').split('\n');
  return lines.findIndex(line => line.trimStart().startsWith(start)) + 1;
}
const [ACCESS, SETTINGS, WEB, OWN] = [
  'contract().attachTo(api, ',
  'contract().attachTo(new kplus.ConfigMap(',
  'contract().attachTo(new kplus.Deployment(',
  'new PodSharedMemory(',
].map(lineOf);

function wrong(app: App): void {
  const chart = new Chart(app, 'shop', { disableResourceNameHashes: true });
  const limit = { memory: { limit: Size.mebibytes(100) } };
  const api = new kplus.Deployment(chart, 'api', {
    containers: [{ name: 'api', image: 'i', resources: limit }],
  });
  contract().attachTo(api, { access: Access.READ_WRITE });
  contract().attachTo(new kplus.ConfigMap(chart, 'settings'));
  contract().attachTo(new kplus.Deployment(chart, 'web', { containers: [{ image: 'i' }] }), {
    containers: ['mian'],
  });
  new PodSharedMemory({ size: Size.gibibytes(1) }).attachTo(api);
}

test('fails with the mistakes of all workloads at once, each with its line, and each path once', () => {
  const app = new ReviewApp({ outdir: '/nonexistent' });
  wrong(app);
  const [first, ...lines] = messageOf(() => app.synth()).split('\n  ');
  expect(first).toBe('Validation failed with the following errors:');
  expect(lines.map(line => /^(SHM\d+ \[.+?\] \S+).*(\(.+\))$/.exec(line)?.slice(1))).toEqual([
    ['SHM012 [shop/api] access:', `(contract routes at ${HERE}:${ACCESS})`],
    [
      'SHM013 [shop/api] spec.template.spec.containers[0].resources.limits.memory',
      `(contract routes at ${HERE}:${ACCESS}, PodSharedMemory at ${HERE}:${OWN})`,
    ],
    ['SHM008 [shop/settings] target:', `(contract routes at ${HERE}:${SETTINGS})`],
    ['SHM009 [shop/web] containers:', `(contract routes at ${HERE}:${WEB})`],
  ]);
});

test('fails with the same errors in an App of cdk8s, which writes each path in front', () => {
  const app = new App({ outdir: '/nonexistent' });
  wrong(app);
  const chart = app.node.findChild('shop') as Chart;
  let said = '';
  try {
    Testing.synth(chart);
  } catch (error) {
    said = (error as Error).message;
  }
  const [, ...lines] = said.split('\n  ');
  expect(lines.map(line => line.split(': given ')[0])).toEqual([
    '[shop/api/Resource] SHM012 access',
    '[shop/api/Resource] SHM013 spec.template.spec.containers[0].resources.limits.memory of container api',
    '[shop/settings/Resource] SHM008 target',
    '[shop/web/Resource] SHM009 containers',
  ]);
  expect(lines.join()).not.toMatch(/SHM\d+ \[/);
});

test('an object to which something was attached wrongly does not render, where nobody validates', () => {
  const chart = new Chart(new App(), 'shop', { disableResourceNameHashes: true });
  const api = new kplus.Deployment(chart, 'api', { containers: [{ image: 'i' }] });
  contract().attachTo(api, { access: Access.READ_WRITE });
  contract().attachTo(api, { workload: 'Deployment/other' });
  const messages = messageOf(() => ApiObject.of(api).toJson()).split('\n');
  expect(messages.map(each => each.slice(0, 24))).toEqual([
    'SHM012 [shop/api] access',
    'SHM008 [shop/api] worklo',
  ]);
});

test('what is attached wrongly while the app is validated is found, too', () => {
  const app = new ReviewApp({ outdir: '/nonexistent' });
  const chart = new Chart(app, 'shop', { disableResourceNameHashes: true });
  const api = new kplus.Deployment(chart, 'api', { containers: [{ image: 'i' }] });
  new Construct(chart, 'late').node.addValidation({
    validate: () => {
      contract().attachTo(api, { access: Access.READ_WRITE });
      return [];
    },
  });
  expect(messageOf(() => app.synth())).toContain('SHM012 [shop/api] access: ');
});

test('fails at once with what is no mistake of the user', () => {
  const broken = new Chart(new App(), 'shop');
  jest.spyOn(broken.node, 'children', 'get').mockImplementation(() => {
    throw new TypeError('of somebody else');
  });
  expect(() => contract().attachTo(broken)).toThrow('of somebody else');
});

test('fails at once where no line of the user is known, as in Python', () => {
  jest.spyOn(CallSite.prototype, 'place', 'get').mockReturnValue(undefined);
  expect(messageOf(() => wrong(new App({ outdir: '/nonexistent' })))).toBe(
    'SHM012 [shop/api] access: given Access.READ_WRITE; allowed Access.READ_ONLY, the most that contract routes allows any client; fix: leave it out, and read; to write, ask the owner of the contract for clients: Access.READ_WRITE. The owner must render the agent and the grants again, and send the new contract file; a change in a copy of it changes nothing on the node',
  );
});

describe('what one contract cannot replace', () => {
  const [DATA, RING] = ['data.attachTo(web, ', 'ring.attachTo(web, '].map(lineOf);

  test('fails with the mistakes of the other contract, too, each with its own line', () => {
    const app = new App();
    const shop = new Chart(app, 'shop');
    const web = new kplus.Deployment(shop, 'web', { containers: [{ name: 'web', image: 'i' }] });
    const ring = contract({
      ...{ name: 'ring', clients: Access.READ_WRITE, umask: '007' },
      memory: [SharedMemory.files({ size: Size.mebibytes(1), mountPath: '/run/ring' })],
    });
    const data = contract({ name: 'data' });
    data.attachTo(web, { containers: ['web'], replaces: ['dshmm'] });
    ring.attachTo(web, { containers: ['web'], access: Access.READ_WRITE });
    const lines = messageOf(() => Testing.synth(shop)).split('\n');
    const found = lines.map(line => /(SHM\d+) .*?\] (\S+):.*(\(.+\))$/.exec(line)?.slice(1));
    expect(found).toContainEqual(['SHM011', 'replaces', `(contract data at ${HERE}:${DATA})`]);
    expect(found).toContainEqual([
      'SHM031',
      expect.anything(),
      `(contract ring at ${HERE}:${RING})`,
    ]);
  });
});
