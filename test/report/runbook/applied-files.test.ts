import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pageOf } from './runbook-app';
import { DIST } from '../review/review-examples';

test('the files are applied in order: namespaces, agents, clients', () => {
  const read = (name: string) => readFileSync(join(DIST, 'policy', name), 'utf8');
  const [shop, ledger, agents] = ['shop', 'ledger', 'agents'].map(name => read(`${name}.k8s.yaml`));
  const text = pageOf({ 'a shop.yaml': shop, 'b.yaml': ledger, 'c.yaml': agents });
  expect(text).toContain("```sh\nkubectl apply -f c.yaml -f 'a shop.yaml' -f b.yaml\n```");
  // what was read from a pipe has no name
  const piped = pageOf({ '<stdin>': [shop, ledger, agents].join('\n---\n') });
  expect(piped).toContain('## ClientPolicy');
  expect(piped).not.toContain('kubectl apply -f');
});
