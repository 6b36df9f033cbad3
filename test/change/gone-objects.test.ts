import { diffOf, grant, mark, workload } from './sets';
import { objectWords } from '../../src/report/diff/diff-words';

const claim = `---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: routes-table-v1-ro, namespace: shop }
`;
const namespace = '---\napiVersion: v1\nkind: Namespace\nmetadata: { name: agents }\n';
const config = '---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: rest }\n';
const agent = workload('DaemonSet', {
  name: 'agent',
  namespace: 'agents',
  annotations: mark('agent'),
});
const marked = workload('Deployment', { name: 'marked', annotations: mark('client') });
const CLAIMED = 'volumes: [{ name: t, persistentVolumeClaim: { claimName: NAME } }]';
const unmarked = workload('Deployment', {
  name: 'by-hand',
  pod: CLAIMED.replace('NAME', 'routes-table-v1-ro'),
});
const other = workload('Deployment', { name: 'other', pod: CLAIMED.replace('NAME', 'data') });

test('what is gone is listed in the order in which to delete it', () => {
  const all = namespace + agent + grant('shop') + claim + config + other + marked + unmarked;
  expect(diffOf(all, '').objects.gone.map(each => `${each.part}: ${objectWords(each)}`)).toEqual([
    'client: Deployment shop/by-hand',
    'client: Deployment shop/marked',
    'grant: PersistentVolumeClaim shop/routes-table-v1-ro',
    'grant: PersistentVolume agents-routes-table-v1-shop-ro',
    'agent: DaemonSet agents/agent',
    'null: ConfigMap rest',
    'null: Deployment shop/other',
    'null: Namespace agents',
  ]);
});
