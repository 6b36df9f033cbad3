import { deployment, diffOf, shown } from './sets';

const changes = (before: string, after: string) => {
  const { gained, lost } = diffOf(before, after).privileges;
  return { gained: shown(gained), lost: shown(lost) };
};
const volume = (name: string, source: string, more = '') => `---
apiVersion: v1
kind: PersistentVolume
metadata: { name: ${name} }
spec: { ${source}, claimRef: { namespace: shop, name: data }${more} }
`;
const LOCAL = 'local: { path: /run/vendor }';
const may = (does: string, to = 'namespace shop') =>
  `PersistentVolume a: ${to} may ${does} directory /run/vendor of the node through a claim, at every Pod Security level`;
const open = volume('a', LOCAL).replace(', claimRef: { namespace: shop, name: data }', '');

test.each<[string, string, string, string[], string[]]>([
  ['local', '', volume('a', LOCAL, ', mountOptions: [ro]'), [may('read')], []],
  ['hostPath', '', volume('a', 'hostPath: { path: /run/vendor }'), [may('write')], []],
  ['for any namespace', '', open, [may('write', 'any namespace')], []],
  ['no directory of a node', '', volume('a', 'csi: { driver: x }'), [], []],
  [
    'written now',
    volume('a', LOCAL, ', mountOptions: [ro]'),
    volume('a', LOCAL),
    [`${may('write')} (read)`],
    [],
  ],
  ['under another name', volume('b', LOCAL), volume('a', LOCAL), [], []],
])('%s', (_, before, after, gained, lost) => {
  const REST = deployment();
  expect(changes(REST + before, REST + after)).toEqual({ gained, lost });
  expect(changes(REST + after, REST + before)).toEqual({ gained: lost, lost: gained });
});
