import { mountedPlace } from '../../src/sharing/mounted-places';
import { setOf } from '../rules/findings';

test.each([
  ['{ name: v, configMap: { name: c } }', 'other', 'a volume of type configMap'],
  ['{ configMap: { name: c }, name: v }', 'other', 'a volume of type configMap'],
  ['{ name: v, emptyDir: {} }', 'other', 'a volume of type emptyDir'],
  ['{ name: v, emptyDir: { medium: Memory } }', 'memory', 'a memory-medium emptyDir'],
  ['{ name: another, emptyDir: {} }', 'other', 'a volume that is not there'],
])('a mount of %s is %s: %s', (volume, kind, words) => {
  const set = setOf(`
apiVersion: v1
kind: Pod
metadata: { name: p }
spec:
  containers: [{ name: a, image: i, volumeMounts: [{ name: v, mountPath: /v }] }]
  volumes: [${volume}]
`);
  const [pod] = set.pods;
  expect(mountedPlace(set, pod, pod.mounts[0])).toMatchObject({ kind, words });
});
