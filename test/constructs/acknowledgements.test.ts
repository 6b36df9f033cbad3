import { ApiObject, App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Acknowledgements,
  Backing,
  NodeAgent,
  Review,
  ReviewApp,
  Scanner,
  SharedMemory,
  type AgentContractProps,
} from '../../src';
import { AGENT, chart, contract, deployment, rendered, TOOLS } from '../yaml';

const REASON = 'the vendor still uses System V';
const systemV = (props: Partial<AgentContractProps> = {}) =>
  contract({ memory: [SharedMemory.systemV({ name: 'ring', size: Size.mebibytes(1) })], ...props });
const annotationsOf = (scope: Chart, kind = 'Deployment') =>
  rendered(scope, kind).map(({ metadata }) => metadata.annotations ?? {});
const KEY = 'cdk8s-shared-memory/acknowledge.SHM301';

test('all workloads below the construct are stamped, later ones too, and siblings are not', () => {
  const app = new App();
  const [mine, other] = [new Chart(app, 'mine'), new Chart(app, 'other')];
  deployment(mine, 'a');
  Acknowledgements.of(mine).add({ rule: 'SHM301', reason: REASON, until: '2027-03-31' });
  deployment(mine, 'b');
  deployment(other, 'c');
  expect(annotationsOf(mine).map(each => each[KEY])).toEqual([
    `until 2027-03-31: ${REASON}`,
    `until 2027-03-31: ${REASON}`,
  ]);
  expect(annotationsOf(other)).toEqual([{}]);
});

test("the workload's own metadata is stamped, never the pod template", () => {
  const c = chart();
  deployment(c);
  Acknowledgements.of(c).add({ rule: 'SHM301', reason: REASON });
  expect(rendered(c, 'Deployment')[0].spec.template.metadata.annotations ?? {}).toEqual({});
});

test('parents count, and another reason further down for another rule too', () => {
  const c = chart();
  const d = deployment(c);
  Acknowledgements.of(c).add({ rule: 'SHM301', reason: 'a' });
  Acknowledgements.of(d).add({ rule: 'SHM303', reason: 'b' });
  expect(annotationsOf(c)[0]).toEqual({
    [KEY]: 'a',
    'cdk8s-shared-memory/acknowledge.SHM303': 'b',
  });
});

test('twice is once', () => {
  const c = chart();
  deployment(c);
  for (const acknowledgements of [Acknowledgements.of(c), Acknowledgements.of(c)]) {
    acknowledgements.add({ rule: 'SHM301', reason: REASON });
  }
  expect(annotationsOf(c)[0]).toEqual({ [KEY]: REASON });
});

test('objects without pods are left alone, custom kinds with them are stamped', () => {
  const c = chart();
  new ApiObject(c, 'map', { apiVersion: 'v1', kind: 'ConfigMap' });
  new ApiObject(c, 'job', {
    apiVersion: 'kubeflow.org/v1',
    kind: 'PyTorchJob',
    spec: { worker: { template: { spec: { containers: [{ name: 'a' }] } } } },
  } as never);
  Acknowledgements.of(c).add({ rule: 'SHM301', reason: REASON });
  expect(annotationsOf(c, 'ConfigMap')).toEqual([{}]);
  expect(annotationsOf(c, 'PyTorchJob')).toEqual([{ [KEY]: REASON }]);
});

test('scanners get their own suppressions only on request, and only where the finding is', () => {
  const c = chart();
  systemV().attachTo(deployment(c, 'a'));
  deployment(c, 'b');
  Acknowledgements.of(c).add({
    rule: 'SHM301',
    reason: REASON,
    exportTo: [Scanner.KUBE_LINTER, Scanner.POLARIS, Scanner.CHECKOV],
  });
  const [a, b] = annotationsOf(c);
  expect(a).toMatchObject({
    [KEY]: REASON,
    'ignore-check.kube-linter.io/host-ipc': REASON,
    'polaris.fairwinds.com/hostIPCSet-exempt': 'true',
    'checkov.io/skip18': `CKV_K8S_18=${REASON}`,
  });
  expect(b).toEqual({ [KEY]: REASON });
});

test('a contract carries what it causes, to agent and clients', () => {
  const c = chart('shop', 'node-agents');
  const verdicts = systemV({
    acknowledgements: [
      { rule: 'SHM301', reason: REASON, until: '2027-03-31', exportTo: [Scanner.POLARIS] },
    ],
  });
  new NodeAgent(c, 'agent', { contract: verdicts, containers: [AGENT] });
  verdicts.attachTo(deployment(c));
  const key = `${KEY}.routes`;
  for (const kind of ['DaemonSet', 'Deployment']) {
    expect(annotationsOf(c, kind)[0]).toMatchObject({
      [key]: `until 2027-03-31: ${REASON}`,
      'polaris.fairwinds.com/hostIPCSet-exempt': 'true',
    });
  }
  expect(
    Review.of(c.toJson())
      .findings.filter(({ rule }) => rule === 'SHM301')
      .map(({ acknowledged }) => acknowledged),
  ).toEqual([
    { reason: REASON, until: '2027-03-31' },
    { reason: REASON, until: '2027-03-31' },
  ]);
});

test('two contracts can acknowledge one rule on one workload', () => {
  const c = chart();
  const d = deployment(c);
  for (const name of ['a', 'b']) {
    systemV({ name, acknowledgements: [{ rule: 'SHM301', reason: `of ${name}` }] }).attachTo(d);
  }
  expect(annotationsOf(c)[0]).toMatchObject({ [`${KEY}.a`]: 'of a', [`${KEY}.b`]: 'of b' });
});

test('the comment says where it was acknowledged', () => {
  const app = new ReviewApp();
  const c = new Chart(app, 'shop');
  deployment(c);
  Acknowledgements.of(c).add({ rule: 'SHM301', reason: REASON });
  expect(app.synthYaml()).toContain(`    # acknowledged at shop\n    ${KEY}: ${REASON}\n`);
});

test('synth never reads the clock: what has expired is stamped, and found with a day alone', () => {
  const c = chart();
  systemV().attachTo(deployment(c));
  Acknowledgements.of(c).add({ rule: 'SHM301', reason: REASON, until: '2020-01-31' });
  const found = (today?: string) =>
    Review.of(c.toJson(), { today })
      .findings.filter(({ rule }) => /^SHM(301|9)/.test(rule))
      .map(({ rule, severity, acknowledged }) => [rule, severity, acknowledged?.reason]);
  expect(found()).toEqual([['SHM301', 'note', REASON]]);
  expect(found('2020-01-31')).toEqual([['SHM301', 'note', REASON]]);
  expect(found('2020-02-01')).toEqual([
    ['SHM301', 'note', undefined],
    ['SHM902', 'error', undefined],
  ]);
});

test('one that stands on several workloads is used where one of them has the finding', () => {
  const c = chart();
  systemV().attachTo(deployment(c, 'a'));
  deployment(c, 'b');
  Acknowledgements.of(c).add({ rule: 'SHM301', reason: REASON });
  Acknowledgements.of(c).add({ rule: 'SHM303', reason: REASON });
  expect(
    Review.of(c.toJson())
      .findings.filter(({ rule }) => rule.startsWith('SHM9'))
      .map(({ rule, path }) => [rule, path]),
  ).toEqual([['SHM903', '/metadata/annotations/cdk8s-shared-memory~1acknowledge.SHM303']]);
});

test.each<[string, object, string]>([
  [
    'without a reason',
    { rule: 'SHM301' },
    'SHM021 [test] reason: given nothing; allowed one line of text, without "=", "{{" and control characters;',
  ],
  [
    'a reason of two lines',
    { rule: 'SHM301', reason: 'a\nb' },
    'SHM021 [test] reason: given "a\\nb"',
  ],
  [
    'a reason with a line separator',
    { rule: 'SHM301', reason: 'a\u2028b' },
    'SHM021 [test] reason: given ',
  ],
  [
    'a reason with a control character',
    { rule: 'SHM301', reason: 'a\u001b[31mb' },
    'SHM021 [test] reason: given "a\\u001b[31mb"',
  ],
  [
    'a reason that is read backwards',
    { rule: 'SHM301', reason: 'a\u202eb' },
    'SHM021 [test] reason: given ',
  ],
  ['half a character', { rule: 'SHM301', reason: 'a\ud800' }, 'SHM021 [test] reason: given '],
  [
    'a reason that Helm evaluates',
    { rule: 'SHM301', reason: 'a {{ .Values.b }}' },
    'SHM021 [test] reason: given "a {{ .Values.b }}"',
  ],
  ['a reason with =', { rule: 'SHM301', reason: 'a=b' }, 'SHM021 [test] reason: given "a=b"'],
  [
    'what is no rule',
    { rule: 'host-ipc', reason: REASON },
    'SHM021 [test] rule: given "host-ipc"; allowed the id of a rule of docs/rules.md',
  ],
  [
    'what is said about acknowledgements',
    { rule: 'SHM902', reason: REASON },
    'SHM021 [test] rule: given "SHM902"',
  ],
  [
    'what is no day',
    { rule: 'SHM301', reason: REASON, until: '2027-02-30' },
    'SHM021 [test] until: given "2027-02-30"; allowed a day like 2027-03-31',
  ],
  [
    'a reason that looks like a date',
    { rule: 'SHM301', reason: 'until spring' },
    'SHM021 [test] until:',
  ],
  [
    'a scanner that has no check for it',
    { rule: 'SHM201', reason: REASON, exportTo: [Scanner.POLARIS] },
    'SHM021 [test] exportTo: given ["polaris"]; allowed nothing: no scanner has a check for SHM201',
  ],
  [
    'a scanner that is none',
    { rule: 'SHM301', reason: REASON, exportTo: 'polaris' },
    'SHM021 [test] exportTo: given ["polaris"]; allowed kube-linter, polaris, checkov',
  ],
  [
    'an option that nobody reads',
    { rule: 'SHM301', reason: REASON, util: '2027-01-01' },
    'SHM007 [test] options: given ["util"]',
  ],
])('fails with %s', (_, given, message) => {
  expect(() => Acknowledgements.of(chart()).add(given as never)).toThrow(message);
});

test('fails with another reason for the same rule', () => {
  const acknowledgements = Acknowledgements.of(chart());
  acknowledgements.add({ rule: 'SHM301', reason: 'a' });
  expect(() => acknowledgements.add({ rule: 'SHM301', reason: 'b' })).toThrow(
    'SHM021 [test] reason: given "b"; allowed "a", with which SHM301 is already acknowledged here',
  );
});

test('fails with what is no construct', () => {
  expect(() => Acknowledgements.of({} as never)).toThrow(
    'SHM021 [Acknowledgements] scope: given {}; allowed a construct',
  );
});

test('fails where a contract acknowledges what it does not cause', () => {
  const acknowledgements = [{ rule: 'SHM301', reason: REASON }];
  expect(() => contract({ acknowledgements })).toThrow(
    'SHM021 [contract routes] acknowledgements rule: given "SHM301"; allowed nothing: this contract causes no finding in its workloads',
  );
  expect(() =>
    contract({
      acknowledgements,
      memory: [SharedMemory.posix({ size: Size.mebibytes(1), backing: Backing.devShm() })],
    }),
  ).toThrow('allowed SHM303, which this contract causes');
  expect(() => systemV({ acknowledgements: [...acknowledgements, ...acknowledgements] })).toThrow(
    'allowed each rule once',
  );
});

test('fails where a parent and a workload give two reasons for one rule', () => {
  const c = chart();
  const d = new kplus.StatefulSet(c, 's', {
    service: new kplus.Service(c, 'svc', { ports: [{ port: 80 }] }),
    containers: [{ image: TOOLS }],
  });
  Acknowledgements.of(c).add({ rule: 'SHM301', reason: 'a' });
  Acknowledgements.of(d).add({ rule: 'SHM301', reason: 'b' });
  expect(() => c.toJson()).toThrow(/SHM010 .*acknowledge.SHM301/);
});
