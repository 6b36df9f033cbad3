import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { findingsJson, type FindingJson } from '../../src/report/finding-json';
import { foundIn } from '../rules/findings';

const ROOT = join(__dirname, '..', '..');
const WILD = join(ROOT, 'test', 'wild');
const schema = JSON.parse(readFileSync(join(ROOT, 'docs', 'findings.schema.json'), 'utf8')) as {
  items: { required: string[] };
};
const validate = new Ajv({
  formats: { uri: (text: string) => URL.canParse(text) },
  allowUnionTypes: true,
}).compile(schema);

test.each(
  readdirSync(WILD, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.yaml')),
)('%s: findings are as their schema says', name => {
  const records = JSON.parse(
    JSON.stringify(findingsJson(foundIn(readFileSync(join(WILD, name), 'utf8'), undefined, name))),
  ) as FindingJson[];
  expect([name, validate(records), validate.errors]).toEqual([name, true, null]);
});

test('an acknowledged one, too; and the page names all fields', () => {
  const pod =
    'apiVersion: v1\nkind: Pod\nmetadata: { name: a, annotations: { cdk8s-shared-memory/acknowledge.SHM301: "until 2027-01-31: it must" } }\nspec: { hostIPC: true, containers: [{ name: a, image: a }] }\n';
  const records = findingsJson(foundIn(pod));
  expect(validate(records)).toBe(true);
  expect(records.map(({ acknowledged }) => acknowledged)).toEqual([
    { reason: 'it must', until: '2027-01-31' },
  ]);
  expect(Object.keys(records[0]).sort()).toEqual([...schema.items.required].sort());
  const page = readFileSync(join(ROOT, 'docs', 'findings.md'), 'utf8');
  for (const field of schema.items.required) {
    expect(page).toContain(`\`${field}\``);
  }
});

test('fails on what is not as the schema says', () => {
  const [record] = findingsJson(
    foundIn(
      'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { hostIPC: true, containers: [{ name: a, image: a }] }\n',
    ),
  );
  for (const wrong of [
    { rule: 'X' },
    { severity: 'off' },
    { line: 0 },
    { path: 'spec' },
    { acknowledged: {} },
    { acknowledged: { reason: 'r', until: 'soon' } },
  ]) {
    expect([wrong, validate([{ ...record, ...wrong }])]).toEqual([wrong, false]);
  }
});
