import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Include, Testing } from 'cdk8s';
import { parseAllDocuments, stringify } from 'yaml';
import { readContract } from '../../src/model/contract/contract-json';
import { schemaErrors } from '../kubernetes/schema';
import { findingsOf } from '../rules/findings';
import { chart, contract, type Rendered } from '../yaml';
import { type AgentContract, ContractGrant, ReadyWhen } from 'cdk8s-shared-memory';

/* What docs/mark.md says that clients and a grant have in plain YAML. */

const PAGE = readFileSync(join(__dirname, '..', '..', 'docs', 'mark.md'), 'utf8');
const text = (name: string): string => {
  const [, rest] = PAGE.split(`<!-- ${name} -->\n\`\`\`yaml\n`);
  return rest.split('```')[0];
};
const shown = (name: string): Rendered[] =>
  parseAllDocuments(text(name)).map(document => document.toJS() as Rendered);

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

describe('the client that waits', () => {
  const readyWhen = (file: string) =>
    ReadyWhen.file(file, { toolImage: 'registry.example.com/busybox:1.36' });
  const lint = (of: AgentContract, yaml = text('waiting-client')) => {
    const spec = readContract(of.toJson(), 'contract JSON');
    return findingsOf(yaml, { contracts: [{ spec, file: 'routes.contract.json' }] });
  };

  test('is what Kubernetes accepts, and lint finds nothing, with the contract and with the grant', () => {
    expect(schemaErrors(shown('waiting-client')[0])).toEqual([]);
    const routes = contract({ readyWhen: readyWhen('table.bin') });
    expect(lint(routes)).toEqual([]);
    expect(lint(routes, `${text('waiting-client')}---\n${text('plain grant')}`)).toEqual([]);
  });

  test('fails beside a contract whose clients wait for another file', () => {
    const [finding, ...others] = lint(contract({ readyWhen: readyWhen('other.bin') }));
    expect(finding).toContain('SHM104 error');
    expect(others).toEqual([]);
  });
});
