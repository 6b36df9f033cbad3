import type { RuleMeta } from '../rules/catalog';

/** The page of a rule, as docs/rules.md and `explain` have it. */
export function rulePage(rule: RuleMeta): string {
  const strict = rule.strict === undefined ? '' : `; ${rule.strict} in the pack \`strict\``;
  return [
    `## ${rule.id}`,
    '',
    `**${rule.title}** (${rule.severity}${strict})`,
    '',
    rule.why,
    '',
    `*Fix*: ${rule.fix}.`,
    '',
    `*Fact*: ${rule.fact} [${new URL(rule.link).hostname}](${rule.link})`,
    '',
    'Wrong; the comment says what is found on the line:',
    '',
    '```yaml',
    `${rule.wrong.trimEnd()}`,
    '```',
    '',
    'Right:',
    '',
    '```yaml',
    `${rule.right.trimEnd()}`,
    '```',
    '',
  ].join('\n');
}
