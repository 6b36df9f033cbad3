import { diffOf } from './sets';
import { markdown } from '../../src/report/diff/diff-markdown';
import { text } from '../../src/report/diff/diff-text';
import { labelledPod } from '../../src/rules/label-match';

const pod = (value: string, policy = true) => labelledPod(value, '', policy);
const unlabelled = (policy = true) =>
  pod('readOnly.v1', policy).replace(/ {2}labels:\n.*use\.routes: .*\n/, '');
const labels = (before: string, after: string) =>
  diffOf(before, after).labels.map(({ of, contract, from, to, outcome, why }) => [
    `${of.kind} ${of.name} ${contract}`,
    from,
    to,
    outcome,
    why,
  ]);

test('a pod joins, and leaves', () => {
  expect(labels(unlabelled(), pod('readOnly.v1'))).toEqual([
    ['Pod web routes', null, 'readOnly.v1', 'joins', null],
  ]);
  expect(labels(pod('readOnly.v1'), unlabelled())).toEqual([
    ['Pod web routes', 'readOnly.v1', null, 'leaves', null],
  ]);
  expect(labels(pod('readOnly.v1'), pod('readOnly.v1'))).toEqual([]);
});

test('a workload that is new or gone joins or leaves, too', () => {
  const [, ...policy] = pod('readOnly.v1').split('---\n');
  const without = policy.join('---\n');
  expect(labels(without, pod('readOnly.v1')).map(each => each[3])).toEqual(['joins']);
  expect(labels(pod('readOnly.v1'), without).map(each => each[3])).toEqual(['leaves']);
});

test('the API server would refuse the pods: the value, the policies, or the pod changed', () => {
  const [value] = labels(pod('readOnly.v1'), pod('readOnly.v2'));
  expect(value).toEqual([
    'Pod web routes',
    'readOnly.v1',
    'readOnly.v2',
    'refused',
    'the namespace may use readOnly.v1',
  ]);
  const elsewhere = pod('readOnly.v1').replace('values: [shop]', 'values: [bank]');
  expect(labels(pod('readOnly.v1'), elsewhere)).toEqual([
    [
      'Pod web routes',
      'readOnly.v1',
      'readOnly.v1',
      'refused',
      'no use of it is granted to the namespace',
    ],
  ]);
  const mounted = pod('readOnly.v1').replace(
    'resources:',
    'volumeMounts: [{ name: own, mountPath: /cache/../run }]\n      resources:',
  );
  const [[, , , outcome, why]] = labels(pod('readOnly.v1'), mounted);
  expect([outcome, why]).toEqual([
    'refused',
    'mountPath of volume own in container web is /cache/../run; allowed is a path without ..: a policy cannot resolve it',
  ]);
});

test('the policies are gone, or were never there', () => {
  expect(labels(pod('readOnly.v1'), pod('readOnly.v1', false))).toEqual([
    [
      'Pod web routes',
      'readOnly.v1',
      'readOnly.v1',
      'notWired',
      'no policy of the new manifests wires contract routes any more',
    ],
  ]);
  const [[, , , outcome, why]] = labels(unlabelled(false), pod('readOnly.v1', false));
  expect([outcome, why]).toEqual([
    'notWired',
    'no policy of these manifests wires contract routes, so nothing else about the label was checked',
  ]);
});

test('the words', () => {
  const refused = diffOf(unlabelled(), pod('readOnly.v2'));
  expect(refused.verdict).toContain('; 1 label is refused');
  expect(text(refused, words => words)).toContain(`Join by label
    Pod shop/web: its pods are refused, asks for contract routes as readOnly.v2
      why: the namespace may use readOnly.v1
`);
  const joins = diffOf(pod('readOnly.v2'), pod('readOnly.v1'));
  expect(joins.verdict).not.toContain('label');
  expect(markdown(joins)).toContain(
    '- ➕ `Pod shop/web`: joins contract `routes` as `readOnly.v1`, was `readOnly.v2`',
  );
  const gone = diffOf(pod('readOnly.v1'), pod('readOnly.v1', false));
  expect(gone.verdict).toContain('; 1 label is not wired');
});
