import { wrongInAcknowledgement } from '../../src/model/contract/acknowledgement';
import { CATALOG, RULES, severityIn } from '../../src/rules/catalog';

test('the pack strict raises a rule, but not a finding that the rule itself lowered', () => {
  const raised = CATALOG.filter(({ strict }) => strict !== undefined);
  expect(raised).not.toEqual([]);
  for (const rule of raised) {
    const lowered = rule.severity === 'note' ? 'warning' : 'note';
    expect(severityIn('recommended', rule)).toBe(rule.severity);
    expect(severityIn('strict', rule)).toBe(rule.strict);
    expect(severityIn('strict', rule, rule.severity)).toBe(rule.strict);
    expect(severityIn('strict', rule, lowered)).toBe(lowered);
  }
});

test('each rule about objects can be acknowledged, and no rule about the input', () => {
  for (const { id } of RULES) {
    expect([id, wrongInAcknowledgement({ rule: id, reason: 'known' })]).toEqual([id, []]);
  }
  const [wrong] = wrongInAcknowledgement({ rule: 'SHM901', reason: 'known' });
  expect(wrong.field).toBe('rule');
});
