import type { RuleMeta } from '../rules/catalog';

/** Writes the page of a rule, for docs/rules.md and `explain`. */
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

/** Writes what an input error means, and what to write instead if that is known, for `explain`. */
export function errorPage(code: string, meaning: string, whatToWrite?: string): string {
  return [
    `## ${code}`,
    '',
    meaning,
    '',
    ...(whatToWrite === undefined ? [] : [whatToWrite, '']),
    'An input error stops the synthesis of an app. Its text reads `SHM0nn [place] field: given X; allowed Y; fix: Z`: the place in the code, the field, the value that was given, the values that are allowed, and how to fix it. If the error is only found at synth, its end has the lines of your code that asked for it.',
    '',
  ].join('\n');
}
