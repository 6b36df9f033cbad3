import { mountedPlace, propagates } from '../../src/sharing/mounted-places';
import { setOf } from '../rules/findings';

test.each([
  ['{ name: v, configMap: { name: c } }', { kind: 'other', type: 'configMap' }],
  ['{ configMap: { name: c }, name: v }', { kind: 'other', type: 'configMap' }],
  ['{ name: v, emptyDir: {} }', { kind: 'other', type: 'emptyDir' }],
  ['{ name: v, emptyDir: { medium: Memory } }', { kind: 'memory' }],
  ['{ name: another, emptyDir: {} }', { kind: 'other', type: undefined }],
])('a mount of %s is %j', (volume, expected) => {
  const set = setOf(`
apiVersion: v1
kind: Pod
metadata: { name: p }
spec:
  containers: [{ name: a, image: i, volumeMounts: [{ name: v, mountPath: /v }] }]
  volumes: [${volume}]
`);
  const [pod] = set.pods;
  expect(mountedPlace(set, pod, pod.mounts[0])).toEqual(expected);
});

test.each([
  ['', false],
  [', mountPropagation: None', false],
  [', mountPropagation: null', false],
  [', mountPropagation: HostToContainer', true],
  [', mountPropagation: Bidirectional', true],
])('a mount with %j propagates: %s', (field, expected) => {
  const set = setOf(`
apiVersion: v1
kind: Pod
metadata: { name: p }
spec:
  containers: [{ name: a, image: i, volumeMounts: [{ name: v, mountPath: /v${field} }] }]
  volumes: [{ name: v, emptyDir: {} }]
`);
  expect(propagates(set.pods[0].mounts[0])).toBe(expected);
});
