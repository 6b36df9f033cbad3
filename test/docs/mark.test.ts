import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Include, Testing } from 'cdk8s';
import { parseAllDocuments, stringify } from 'yaml';
import { schemaErrors } from '../kubernetes/schema';
import { chart, contract, type Rendered } from '../yaml';
import { ContractGrant } from 'cdk8s-shared-memory';

/* What docs/mark.md says that a client and a grant have in plain YAML. */

const PAGE = readFileSync(join(__dirname, '..', '..', 'docs', 'mark.md'), 'utf8');
const shown = (name: string): Rendered[] => {
  const [, text] = PAGE.split(`<!-- ${name} -->\n\`\`\`yaml\n`);
  return parseAllDocuments(text.split('```')[0]).map(document => document.toJS() as Rendered);
};

const scratch = mkdtempSync(join(tmpdir(), 'mark-'));
afterAll(() => rmSync(scratch, { recursive: true }));

test('the client is what attachTo() makes of the same Deployment without these fields', () => {
  const [client] = shown('plain client');
  expect(schemaErrors(client)).toEqual([]);
  const bare = structuredClone(client);
  delete bare.metadata.annotations;
  const { spec } = bare.spec.template;
  bare.spec.template.spec = { containers: spec.containers };
  delete spec.containers[0].volumeMounts;
  const url = join(scratch, 'api.yaml');
  writeFileSync(url, stringify(bare));
  const shop = chart('shop');
  contract().attachTo(new Include(shop, 'api', { url }));
  expect(Testing.synth(shop)).toEqual([client]);
});

test('the grant is what ContractGrant renders', () => {
  const grant = shown('plain grant');
  expect(grant.flatMap(object => schemaErrors(object))).toEqual([]);
  const platform = chart('platform');
  new ContractGrant(platform, 'shop', { contract: contract(), namespace: 'shop' });
  expect(Testing.synth(platform)).toEqual(grant);
});
