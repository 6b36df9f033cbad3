import { diffOf } from './sets';
import { markdown } from '../../src/report/diff/diff-markdown';
import { text } from '../../src/report/diff/diff-text';
import { labelledPod } from '../../src/rules/label-match';

const [, ...rest] = labelledPod('readOnly.v1', '', true).split('---\n');
const POLICY = rest.join('---\n');

/** A Deployment with the label, with the policy or without it. */
function deployed(value?: string, policy = true): string {
  const label = value === undefined ? '' : `, cdk8s-shared-memory/use.routes: ${value}`;
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web${label} } }
    spec:
      containers:
        - name: web
          image: registry.example.com/web:1
          resources: { limits: { memory: 256Mi } }
${policy ? `---\n${POLICY}` : ''}`;
}
const pod = (value: string) => labelledPod(value, '', true);
const unlabelledPod = pod('readOnly.v1').replace(/ {2}labels:\n.*use\.routes: .*\n/, '');
const labels = (before: string, after: string) =>
  diffOf(before, after).labels.map(({ of, contract, from, to, outcome, why }) => [
    `${of.kind} ${of.name} ${contract}`,
    from,
    to,
    outcome,
    why,
  ]);

test('a pod joins, and leaves', () => {
  expect(labels(deployed(), deployed('readOnly.v1'))).toEqual([
    ['Deployment web routes', null, 'readOnly.v1', 'joins', null],
  ]);
  expect(labels(deployed('readOnly.v1'), deployed())).toEqual([
    ['Deployment web routes', 'readOnly.v1', null, 'leaves', null],
  ]);
  expect(labels(deployed('readOnly.v1'), deployed('readOnly.v1'))).toEqual([]);
});

test('a workload that is new or gone joins or leaves, too', () => {
  expect(labels(POLICY, deployed('readOnly.v1')).map(each => each[3])).toEqual(['joins']);
  expect(labels(deployed('readOnly.v1'), POLICY).map(each => each[3])).toEqual(['leaves']);
});

test('the API server would refuse the pods: the value, the policies, or the pod changed', () => {
  const [value] = labels(deployed('readOnly.v1'), deployed('readOnly.v2'));
  expect(value).toEqual([
    'Deployment web routes',
    'readOnly.v1',
    'readOnly.v2',
    'refused',
    'the namespace may use readOnly.v1',
  ]);
  const elsewhere = deployed('readOnly.v1').replace('values: [shop]', 'values: [bank]');
  expect(labels(deployed('readOnly.v1'), elsewhere)).toEqual([
    [
      'Deployment web routes',
      'readOnly.v1',
      'readOnly.v1',
      'refused',
      'no use of it is granted to the namespace',
    ],
  ]);
  const mounted = deployed('readOnly.v1').replace(
    'resources:',
    'volumeMounts: [{ name: own, mountPath: /cache/../run }]\n          resources:',
  );
  const [[, , , outcome, why]] = labels(deployed('readOnly.v1'), mounted);
  expect([outcome, why]).toEqual([
    'refused',
    'mountPath of volume own in container web is /cache/../run; allowed is a path without ..: a policy cannot resolve it',
  ]);
});

test('the policies are gone, or were never there', () => {
  expect(labels(deployed('readOnly.v1'), deployed('readOnly.v1', false))).toEqual([
    [
      'Deployment web routes',
      'readOnly.v1',
      'readOnly.v1',
      'notWired',
      'no policy of the new manifests wires contract routes any more',
    ],
  ]);
  const [[, , , outcome, why]] = labels(deployed(undefined, false), deployed('readOnly.v1', false));
  expect([outcome, why]).toEqual([
    'notWired',
    'no policy of these manifests wires contract routes, so nothing else about the label was checked',
  ]);
});

test('the label of a Pod that exists cannot change; that of a new Pod can be anything', () => {
  const frozen =
    'the label is read when a pod is created, and cannot be changed later; delete the Pod, then apply';
  const outcomes = (before: string, after: string) =>
    labels(before, after).map(([, , , outcome, why]) => [outcome, why]);
  expect(outcomes(pod('readOnly.v2'), pod('readOnly.v1'))).toEqual([['refused', frozen]]);
  expect(outcomes(unlabelledPod, pod('readOnly.v1'))).toEqual([['refused', frozen]]);
  expect(outcomes(pod('readOnly.v1'), unlabelledPod)).toEqual([['refused', frozen]]);
  expect(outcomes(POLICY, pod('readOnly.v1'))).toEqual([['joins', null]]);
  const without = (yaml: string) => yaml.split('---')[0];
  expect(outcomes(without(unlabelledPod), without(pod('readOnly.v1')))[0][0]).toBe('notWired');
});

test('the words', () => {
  const refused = diffOf(deployed(), deployed('readOnly.v2'));
  expect(refused.verdict).toContain('; 1 label is refused');
  expect(text(refused, words => words)).toContain(`Join by label
    Deployment shop/web: the API server refuses its pods, which ask for contract routes as readOnly.v2
      why: the namespace may use readOnly.v1
`);
  const joins = diffOf(deployed('readOnly.v2'), deployed('readOnly.v1'));
  expect(joins.verdict).toContain('; 1 workload joins by label');
  expect(joins.verdict).not.toContain('refused');
  expect(markdown(joins)).toContain(
    '- ➕ `Deployment shop/web`: joins contract `routes` as `readOnly.v1`, was `readOnly.v2`',
  );
  expect(refused.pods.map(({ outcome, how }) => [outcome, how])).toEqual([
    [
      'refused',
      'the API server refuses the new pods; the old ones stay, as far as the update strategy allows',
    ],
  ]);
  expect(refused.verdict).toContain('no pod restarts');
  const gone = diffOf(deployed('readOnly.v1'), deployed('readOnly.v1', false));
  expect(gone.verdict).toContain('; 1 label is not wired');
});
