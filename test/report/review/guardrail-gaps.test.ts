import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Testing } from 'cdk8s';
import { page, section } from './review-examples';
import {
  Access,
  ClientPolicy,
  ClientVolume,
  ContractGrant,
  NodeAgent,
  PolicyAction,
  StartupTaint,
} from '../../../src';
import { AGENT, chart, contract, TOOLS } from '../../yaml';

const POLICY = 'shared-memory-clients';

/** Two contracts, of which one grants hostPaths, with all the policies of this library. */
function objects(action?: PolicyAction): string[] {
  const c = chart();
  const routes = contract({ clients: Access.READ_WRITE });
  const ledger = contract({
    name: 'ledger',
    clientVolume: ClientVolume.hostPath(),
  });
  const agents = [routes, ledger].map(
    each =>
      new NodeAgent(c, `agent-${each.name}`, {
        contract: each,
        toolImage: TOOLS,
        containers: [AGENT],
      }),
  );
  new StartupTaint(c, 'taint', { agents: agents.slice(0, 1), image: 'kubectl:1' });
  new ContractGrant(c, 'shop', { contract: routes, namespace: 'shop' });
  new ClientPolicy(c, 'policy', {
    grants: [
      { namespace: 'shop', contract: routes },
      { namespace: 'bank', contract: ledger },
    ],
    persistentVolumes: true,
    action,
  });
  return Testing.synth(c).map((each: object) => JSON.stringify(each));
}

const headline = (all: readonly string[]) => page(all.join('\n---\n')).split('\n')[2];
const row = (all: readonly string[], policy = POLICY) =>
  section(page(all.join('\n---\n')), 'What limits these pods')
    .split('\n')
    .find(line => line.includes(`\`${policy}\` |`)) ?? '';
/** The objects with another text in one of them. */
const edited = (from: string | RegExp, to: string, kind = 'ValidatingAdmissionPolicy') =>
  objects().map(each => (each.includes(`"kind":"${kind}"`) ? each.replace(from, () => to) : each));

describe('the first line names the guardrails that do not refuse what they are there for', () => {
  const worry = (words: string) =>
    `**Look at this: 1 guardrail does not refuse all that it should: \`${POLICY}\` ${words}.**`;

  test('as this library renders them, none', () => {
    expect(headline(objects())).toMatch(/^\*\*To approve: .* no finding is open/);
    expect(row(objects())).not.toMatch(/\*\*|must be read/);
  });

  test('nor that of an earlier release, which does not say what it is', () => {
    const dist = join(__dirname, '..', '..', 'upgrade', 'first-release', 'dist', 'policy');
    const policy = readFileSync(join(dist, 'agents.k8s.yaml'), 'utf8');
    expect(page(policy).split('\n')[2]).not.toContain('guardrail');
  });

  test('in every namespace', () => {
    expect(headline(objects(PolicyAction.WARN))).toBe(
      `**Look at this: 2 guardrails do not refuse all that they should: \`${POLICY}\` only warns and audits in \`bank\` and only warns and audits in \`shop\`, \`${POLICY}.volumes\` only warns and audits everywhere.**`,
    );
  });

  test.each<[string, string[], string]>([
    [
      'it only audits in one namespace',
      objects().map(each =>
        each.includes(`"name":"${POLICY}-shop"`) ? each.replace('"Deny",', '') : each,
      ),
      'only audits in `shop`',
    ],
    [
      'it has no binding',
      objects().filter(each => !each.includes(`"name":"${POLICY}-`)),
      'has no binding',
    ],
    [
      'it has a binding for one of two namespaces',
      objects().filter(each => !each.includes(`"name":"${POLICY}-shop"`)),
      'has no binding for `shop`',
    ],
    [
      'failurePolicy: Ignore',
      edited(/"failurePolicy":"Fail"(?=.*hostIPC)/, '"failurePolicy":"Ignore"'),
      'lets everything pass if it cannot be evaluated',
    ],
    [
      'conditions of its own, and a binding for some objects',
      edited(
        /"failurePolicy":"Fail"(?=.*hostIPC)/,
        '"failurePolicy":"Fail","matchConditions":[{"name":"a","expression":"false"}]',
      ),
      'leaves out what its conditions do not match',
    ],
  ])('fails to refuse: %s', (_, all, words) => {
    expect(headline(all)).toBe(worry(words));
  });

  test('the table names the namespace without a binding', () => {
    const all = objects().filter(each => !each.includes(`"name":"${POLICY}-shop"`));
    expect(row(all)).toContain('| refuses in `bank`; **no binding for `shop`** |');
  });

  describe('a selector that asks for other labels than the name of the namespace', () => {
    const KEY = 'kubernetes.io/metadata.name';
    const NAME = `"matchLabels":{"${KEY}":"shop"}`;
    const selecting = (selector: string, action = '"Deny",') =>
      objects().map(each =>
        each.includes(`"name":"${POLICY}-shop"`)
          ? each.replace(NAME, selector).replace('"Deny",', action)
          : each,
      );
    const more = NAME.replace('}', ',"team":"x"}');
    const expression = (key: string, operator: string, ...values: string[]) =>
      `"matchExpressions":${JSON.stringify([{ key, operator, values }])}`;
    const ofName = (...values: string[]) => expression(KEY, 'In', ...values);
    const doubt = (namespace: string) =>
      `may not be in force in \`${namespace}\`, because its binding asks for other labels than the name`;
    const perhaps = (namespace: string) =>
      `**Look at this: 1 guardrail may not refuse all that it should: \`${POLICY}\` ${doubt(namespace)}.**`;

    test.each<[string, string, string]>([
      ['a label more', more, 'shop'],
      ['an expression more', `${NAME},${expression('team', 'Exists')}`, 'shop'],
      ['another label alone, which any namespace may have', '"matchLabels":{"a":"b"}', 'shop'],
      ['names that it must not have', expression(KEY, 'NotIn', 'quant'), 'shop'],
    ])('%s', (_, selector, namespace) => {
      const all = selecting(selector);
      expect(headline(all)).toBe(perhaps(namespace));
      expect(row(all)).toContain(
        `| refuses in \`bank\`; refuses where its selector matches; **${doubt(namespace)}** |`,
      );
    });

    test.each<[string, string]>([
      ['the name as an expression', ofName('shop')],
      ['several names', ofName('quant', 'shop')],
      ['the name twice', `${NAME},${ofName('shop', 'quant')}`],
    ])('%s is none', (_, selector) => {
      expect(headline(selecting(selector))).not.toContain('guardrail');
      expect(row(selecting(selector))).not.toContain('**');
    });

    test('two names that no namespace has at once are not two namespaces', () => {
      const all = selecting(`${NAME},${ofName('quant')}`);
      expect(row(all)).toContain('refuses where its selector matches');
    });

    test('of a namespace that it names, and not of others', () => {
      expect(headline(selecting(more.replace('shop', 'quant')))).toBe(
        `**Look at this: 1 guardrail does not refuse all that it should: \`${POLICY}\` has no binding for \`shop\` and ${doubt('quant')}.**`,
      );
    });

    test('no doubt is left where another binding is certain', () => {
      const [certain = ''] = objects().filter(each => each.includes(`"name":"${POLICY}-shop"`));
      const second = certain.replace(`${POLICY}-shop`, 'second');
      expect(headline([...selecting(more), second])).not.toContain('guardrail');
      const everywhere = second.replace(`"namespaceSelector":{${NAME}}`, '');
      expect(headline([...selecting(more), everywhere])).not.toContain('guardrail');
    });

    test('with a second reason, it is certain that something is not refused', () => {
      expect(headline(selecting(more, ''))).toBe(
        worry(`${doubt('shop')} and only audits where its selector matches`),
      );
    });

    const foreign = (selector: string, resources: string) =>
      [
        ...objects(),
        ...[
          `{"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicy","metadata":{"name":"own"},"spec":{"matchConstraints":{"resourceRules":[{"resources":["${resources}"]}]},"validations":[{"expression":"false"}]}}`,
          `{"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicyBinding","metadata":{"name":"own"},"spec":{"policyName":"own","validationActions":["Deny"],"matchResources":{"namespaceSelector":{${selector}}}}}`,
        ],
      ] as const;

    test('of a policy of somebody else, which has no list of namespaces', () => {
      expect(headline(foreign(more, 'pods'))).toBe(perhaps('shop').replace(POLICY, 'own'));
      expect(headline(foreign('"matchLabels":{"a":"b"}', 'pods'))).not.toContain('guardrail');
      // volumes are in no namespace, so the selector does not leave them out
      expect(headline(foreign(more, 'persistentvolumes'))).not.toContain('guardrail');
    });
  });

  test('two of them, and a second reason', () => {
    const all = edited('"failurePolicy":"Fail"', '"failurePolicy":"Ignore"')
      .filter(each => !each.includes(`"name":"${POLICY}-`))
      .filter(each => !each.includes('of-the-startup-taint'));
    expect(headline(all)).toContain(
      `2 guardrails do not refuse all that they should: \`${POLICY}\` has no binding and lets everything pass if it cannot be evaluated, \`${POLICY}.volumes\` lets everything`,
    );
  });

  test('a binding that audits where another one refuses is no reason', () => {
    const [bound = ''] = objects().filter(each => each.includes(`"name":"${POLICY}-shop"`));
    const second = bound.replace('"Deny",', '').replace(`${POLICY}-shop`, 'second');
    expect(headline([...objects(), second])).not.toContain('guardrail');
    const elsewhere = second.replace('"kubernetes.io/metadata.name":"shop"', '"a":"b"');
    expect(headline([...objects(), elsewhere])).toBe(
      worry('only audits where its selector matches'),
    );
  });
});

describe('expressions that are not those of this library must be read', () => {
  test.each<[string, [string | RegExp, string], string, string?]>([
    ['a validation', ['variables.writesAsOwner.size() == 0', 'true'], 'spec.validations'],
    [
      'a variable',
      [/"variables\.hostPaths\.filter\(v, !/, '"[].filter(v, !'],
      'spec.variables[readOnlyVolumes]',
    ],
    [
      'a computed list that is empty',
      ['variables.containers.filter(c, c.?volumeMounts', '[].filter(c, c.?volumeMounts'],
      'spec.variables[writing]',
    ],
    ['what it looks at', ['"CREATE"', '"DELETE"'], 'spec.matchConstraints.resourceRules'],
    [
      'a path that its annotation does not list',
      [/"\[\]"(,"name":"writablePaths"|\})/, `"['shop /etc']"$1`],
      'spec.variables[writablePaths]',
    ],
  ])('%s', (_, [from, to], field) => {
    const all = objects().map(each =>
      each.includes('client-policy') ? each.replace(from, to) : each,
    );
    expect(row(all)).toContain(
      `| **its expressions are not those of this library, and must be read** (\`${field}\`); what it should say: pods may use `,
    );
    expect(headline(all)).toContain('has expressions that are not those of this library');
  });

  test('a list of claims that is empty', () => {
    const all = objects().map(each =>
      each.includes('client-policy')
        ? each.replace(
            /"expression":"[^"]*","name":"readOnlyClaims"|("name":"readOnlyClaims","expression":)"[^"]*"/,
            '"name":"readOnlyClaims","expression":"[]"',
          )
        : each,
    );
    expect(headline(all)).toContain('does not know 1 claim of its namespaces');
    expect(row(all)).toContain(
      '; **it does not know claim `shop/routes-table-v1-ro`**, so pods there may mount it in any way |',
    );
  });

  test('the policy of volumes, and that of a startup taint', () => {
    const volumes = edited('? [] : variables.touched', '? [] : []');
    expect(row(volumes, `${POLICY}.volumes`)).toContain('(`spec.variables[notGranted]`)');
    const taint = objects().map(each =>
      each.replace('object.spec.?taints == oldObject.spec.?taints', 'true'),
    );
    expect(headline(taint)).toMatch(/1 guardrail does not .* has expressions that are not/);
  });
});
