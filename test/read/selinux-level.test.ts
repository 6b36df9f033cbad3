import { manifestsOf } from '../../src/kube/manifest';
import { ManifestSet } from '../../src/read/manifest-set';
import { hasCategories, seLinuxLevel, seLinuxLevels } from '../../src/read/selinux-level';

const options = (seLinuxOptions?: object) => ({ securityContext: { seLinuxOptions } });
const podOf = (ofPod: object, ...ofContainers: object[]) => {
  const containers = ofContainers.map((each, i) => ({ name: `c${i}`, image: 'x', ...each }));
  const json = JSON.parse(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { ...ofPod, containers },
    }),
  );
  const [pod] = new ManifestSet(manifestsOf(json, undefined)).pods;
  return { pod, levels: pod.containers.map(each => seLinuxLevel(pod, each)) };
};

test('a container has the level of its pod, unless it has seLinuxOptions of its own', () => {
  const { pod, levels } = podOf(
    options({ level: 's0' }),
    {},
    options({ level: 's0:c2,c1' }),
    options({ type: 'spc_t' }),
    options({ level: '' }),
  );
  expect(levels).toEqual(['s0', 's0:c1,c2', undefined, undefined]);
  expect(seLinuxLevels(pod, pod.containers)).toEqual(['s0', 's0:c1,c2']);
  expect(podOf({}, {}).levels).toEqual([undefined]);
});

test('a level has categories after its sensitivity', () => {
  expect(['s0', 's0-s0', 's0:c1', 's0-s0:c0.c1023'].map(hasCategories)).toEqual([
    false,
    false,
    true,
    true,
  ]);
});
