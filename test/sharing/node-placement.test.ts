import {
  nodeLabels,
  nodeRequirements,
  toleratedTaints,
  tolerates,
} from '../../src/sharing/node-placement';
import { setOf } from '../rules/findings';

function pod(spec: string) {
  const [found] = setOf(`
apiVersion: v1
kind: Pod
metadata: { name: p }
spec:
  containers: [{ name: a, image: i }]
  ${spec}
`).pods;
  return found;
}

// https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
test.each([
  ['{ key: k, operator: Exists }', true, true],
  ['{ operator: Exists }', true, true],
  ["{ key: '', operator: Exists }", true, true],
  ['{ key: other, operator: Exists }', false, false],
  ['{ key: k, operator: Equal, value: v }', true, true],
  ['{ key: k, value: v }', true, true],
  ['{ key: k, value: w }', true, false],
  ['{ key: k }', true, false],
  ['{ key: other, value: v }', false, false],
])('%s tolerates a taint k: %p, and k=v: %p', (toleration, key, keyAndValue) => {
  const subject = pod(`tolerations: [${toleration}]`);
  expect([tolerates(subject, { key: 'k' }), tolerates(subject, { key: 'k', value: 'v' })]).toEqual([
    key,
    keyAndValue,
  ]);
});

test.each([
  ['{ key: k, operator: Exists, effect: NoSchedule }', true],
  ['{ key: k, operator: Exists, effect: NoExecute }', false],
  ['{ operator: Exists, effect: NoExecute }', false],
  ['{ key: k, operator: Exists }', true],
  ["{ key: k, operator: Exists, effect: '' }", true],
])(
  '%s tolerates a taint k:NoSchedule: %p, and one of unknown effect: true',
  (toleration, expected) => {
    const subject = pod(`tolerations: [${toleration}]`);
    const taint = { key: 'k', effect: 'NoSchedule' };
    expect([tolerates(subject, taint), tolerates(subject, { key: 'k' })]).toEqual([expected, true]);
  },
);

test('tolerated taints are those whose key is named, with the effect if it is named', () => {
  expect(
    toleratedTaints(
      pod(
        "tolerations: [{ operator: Exists }, { key: '', operator: Exists }, { key: k }, { key: l, effect: '' }, { key: m, effect: NoExecute }, { key: n, effect: PreferNoSchedule }]",
      ),
    ),
  ).toEqual([{ key: 'k' }, { key: 'l' }, { key: 'm', effect: 'NoExecute' }]);
});

test('node labels come from the node selector and from what all terms of the required affinity have', () => {
  const affinity = (...terms: string[]) =>
    `affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [${terms.join(', ')}] } } }`;
  const a = '{ matchExpressions: [{ key: a, operator: In, values: [x] }] }';
  const labels = (spec: string) => Object.fromEntries(nodeLabels(pod(spec)));
  expect(labels(affinity('{}'))).toEqual({});
  expect(labels('nodeSelector: { "n": "y" }')).toEqual({ n: 'y' });
  expect(labels(affinity(a))).toEqual({ a: 'x' });
  expect(labels(affinity(a, a))).toEqual({ a: 'x' });
  expect(
    labels(
      affinity(
        '{ matchExpressions: [{ key: b, operator: In, values: [x, "y"] }, { key: c, operator: NotIn, values: [x] }, { key: d, operator: Exists }] }',
      ),
    ),
  ).toEqual({});
  expect(labels('')).toEqual({});
});

test('node labels as requirements of a label selector, sorted', () => {
  expect(nodeRequirements(pod('nodeSelector: { b: "2", a: "1", a.c: "3" }'))).toEqual([
    'a.c=3',
    'a=1',
    'b=2',
  ]);
  expect(nodeRequirements(pod(''))).toEqual([]);
});
