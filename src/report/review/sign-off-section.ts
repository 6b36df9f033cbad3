import { createHash } from 'node:crypto';
import { table } from './markdown';

/** Who decides what: the rows of the sign-off. */
const ROLES = ['the platform', 'security', 'the apps'];

/**
 * Leaves room for who approves, and gives the page a digest, so that an approval can name what it
 * is for. The digest is of what the page says, and not of the objects: these change with each
 * release of an app, although nothing changes that was approved.
 *
 * @param answers the lines of the page that say what is approved
 */
export function signOff(answers: readonly string[]): string[] {
  const digest = createHash('sha256').update(answers.join('\n')).digest('hex');
  return [
    '## Sign-off',
    '',
    `The digest of this page is \`sha256:${digest}\`. It changes if an answer above changes, and only then: if the page of what you apply has the same digest, it is what was approved.`,
    '',
    ...table(
      ['approved for', 'by', 'on', 'digest'],
      ROLES.map(role => [role, '', '', '']),
    ),
  ];
}
