import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv-draft-04';
import { findingsJson } from '../../src/report/finding-json';
import { sarif } from '../../src/report/findings-sarif';
import { foundIn } from '../rules/findings';

const SCHEMA = require
  .resolve('@microsoft/jest-sarif/package.json')
  .replace('package.json', 'lib/schemas/sarif-2.1.0-rtm.5.json');
const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(
  JSON.parse(readFileSync(SCHEMA, 'utf8')),
);
const WILD = join(__dirname, '..', 'wild');

function logOf(
  name: string,
  text: string,
): {
  runs: { results: Record<string, unknown>[]; tool: { driver: { rules: { id: string }[] } } }[];
} {
  const log = JSON.parse(sarif(findingsJson(foundIn(text, undefined, name))));
  expect([name, validate(log), validate.errors]).toEqual([name, true, null]);
  return log;
}

test.each(
  readdirSync(WILD, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.yaml')),
)('%s: the log fits the schema of SARIF 2.1.0', name => {
  logOf(name, readFileSync(join(WILD, name), 'utf8'));
});

test('a result has its rule, level, place and object', () => {
  const [{ results, tool }] = logOf(
    'my pods/a b.yaml',
    'apiVersion: v1\nkind: Pod\nmetadata: { name: a, namespace: shop }\nspec:\n  hostIPC: true\n  containers: [{ name: a, image: a }]\n',
  ).runs;
  expect(tool.driver.rules.map(({ id }) => id)).toEqual(['SHM301']);
  expect(results).toMatchObject([
    {
      ruleId: 'SHM301',
      ruleIndex: 0,
      level: 'warning',
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'my%20pods/a%20b.yaml' },
            region: { startLine: 5, startColumn: 3 },
          },
          logicalLocations: [{ fullyQualifiedName: 'Pod shop/a: /spec/hostIPC' }],
        },
      ],
    },
  ]);
  expect(results[0].suppressions).toBeUndefined();
});

test('an acknowledged finding is suppressed, with its reason', () => {
  const pod =
    'apiVersion: v1\nkind: Pod\nmetadata: { name: a, annotations: { cdk8s-shared-memory/acknowledge.SHM301: "until 2027-01-31: it must" } }\nspec: { hostIPC: true, containers: [{ name: a, image: a }] }\n';
  expect(logOf('a.yaml', pod).runs[0].results[0].suppressions).toEqual([
    { kind: 'inSource', justification: 'it must (until 2027-01-31)' },
  ]);
});
