import { nodeVolumes } from '../../src/read/node-volumes';
import { setOf } from '../rules/findings';

const volume = (name: string, spec: string) => `apiVersion: v1
kind: PersistentVolume
metadata: { name: ${name} }
spec: ${spec}
`;

test('volumes that are directories of nodes, with what pods may do and who may claim them', () => {
  const set = setOf(
    [
      volume(
        'local',
        '{ local: { path: /run/a }, mountOptions: [ro], claimRef: { namespace: shop } }',
      ),
      volume('host-path', '{ hostPath: { path: /srv/b }, mountOptions: [noatime] }'),
      volume('csi', '{ csi: { driver: x } }'),
    ].join('---\n'),
  );
  expect(
    nodeVolumes(set).map(({ manifest, ...rest }) => ({ name: manifest.name, ...rest })),
  ).toEqual([
    { name: 'local', path: '/run/a', access: 'readOnly', namespace: 'shop' },
    { name: 'host-path', path: '/srv/b', access: 'readWrite' },
  ]);
});
