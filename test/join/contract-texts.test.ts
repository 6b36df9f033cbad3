import { Testing, Yaml } from 'cdk8s';
import { AgentContract, NodeAgent, type AgentContractProps } from '../../src';
import { messageOf } from '../bad-input/message';
import { page } from '../report/review/review-examples';
import { AGENT, chart, contract, deployment, TOOLS, type Rendered } from '../yaml';

/* The team that answers for a contract, and the class of its data. */

const TEXTS = { team: 'network-platform', dataClass: 'confidential | pii' };

function manifests(agent: Partial<AgentContractProps>, client = agent): Rendered[] {
  const [platform, shop] = [chart('platform', 'node-agents'), chart('shop', 'shop')];
  new NodeAgent(platform, 'agent', {
    contract: contract(agent),
    toolImage: TOOLS,
    containers: [AGENT],
  });
  contract(client).attachTo(deployment(shop));
  return [platform, shop].flatMap(each => Testing.synth(each));
}

const review = (objects: Rendered[]) => page(...objects.map(each => Yaml.stringify(each)));
const contractLine = (text: string) => /^- Contract .*$/m.exec(text)?.[0];

test('both sides record them, outside the pod template, and REVIEW.md shows them first', () => {
  const objects = manifests(TEXTS);
  for (const { kind, metadata, spec } of objects.filter(each => each.spec.template)) {
    const mark = JSON.parse(metadata.annotations['cdk8s-shared-memory/contract.routes']);
    expect([kind, mark.apiVersion, mark.team, mark.dataClass]).toEqual([
      kind,
      'cdk8s-shared-memory/v2',
      TEXTS.team,
      TEXTS.dataClass,
    ]);
    expect(JSON.stringify(spec)).not.toContain('confidential');
  }
  expect(contractLine(review(objects))).toBe(
    '- Contract `routes` of team `network-platform`, data class `confidential | pii`: 256Mi, 1 workload in 1 namespace, which only reads.',
  );
});

test('sides that say different things are both shown, and only one says less', () => {
  expect(contractLine(review(manifests(TEXTS, { ...TEXTS, dataClass: 'public' })))).toContain(
    'of team `network-platform`, data class `confidential | pii`, `public`:',
  );
  expect(contractLine(review(manifests({ team: 'a' }, {})))).toContain(
    '`routes` of team `a` (names no data class): ',
  );
  expect(contractLine(review(manifests({ dataClass: 'public' })))).toContain(
    '`routes`, data class `public` (names no team): ',
  );
});

test('100 characters are as many for the contract as for its mark', () => {
  const team = '\u{1F680}'.repeat(100);
  expect(contractLine(review(manifests({ team })))).toContain(`of team \`${team}\``);
});

test('a contract without them stays in the first version, and REVIEW.md says that it has none', () => {
  const objects = manifests({});
  expect(JSON.stringify(objects)).not.toMatch(/"team|dataClass|shared-memory\/v2/);
  expect(contractLine(review(objects))).toMatch(
    /^- Contract `routes` \(names no team and no data class\): 256Mi/,
  );
});

test('a change of them breaks nobody, and is told', () => {
  const { compatible, changes } = contract(TEXTS).compatibleWith(contract({ team: 'other' }));
  expect([compatible, changes.map(({ field, from, to }) => [field, from, to])]).toEqual([
    true,
    [
      ['team', '"other"', '"network-platform"'],
      ['dataClass', 'absent', '"confidential | pii"'],
    ],
  ]);
});

test('the JSON form has them', () => {
  const json = contract(TEXTS).toJson();
  expect(JSON.parse(json)).toMatchObject({ apiVersion: 'cdk8s-shared-memory/v2', ...TEXTS });
  expect(AgentContract.fromJson(json).toJson()).toBe(json);
  for (const field of ['team', 'dataClass']) {
    const wrong = JSON.stringify({ ...JSON.parse(json), [field]: 5 });
    expect(messageOf(() => AgentContract.fromJson(wrong))).toContain(`${field}: given 5;`);
  }
});

test.each(['team', 'dataClass'])('fails with a %s that is not one line', field => {
  for (const text of ['', 'a\nb', 'x'.repeat(101)]) {
    expect(messageOf(() => contract({ [field]: text }))).toContain(
      `SHM007 [contract routes] ${field}: given ${JSON.stringify(text)}; allowed one line of at most 100 characters`,
    );
  }
});
