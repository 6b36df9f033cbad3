import { createHash } from 'node:crypto';
import { table, withoutFiles } from './markdown';
import type { ReviewModel } from './review-model';
import { reviewedObjects } from './reviewed-objects';

/** Who decides what: the rows of the sign-off. */
const ROLES = ['the platform', 'security', 'the apps'];

/**
 * Leaves room for who approves, and gives the page a digest, so that an approval can name what it
 * is for. The digest is of what the page says, and of the objects that it is about; not of what
 * changes with each release of an app although nothing changes that was approved.
 *
 * @param answers the lines of the page that say what is approved
 */
export function signOff(answers: readonly string[], model: ReviewModel): string[] {
  const parts = [...answers.map(withoutFiles), ...reviewedObjects(model)];
  const digest = createHash('sha256').update(parts.join('\n')).digest('hex');
  return [
    '## Sign-off',
    '',
    `Anybody can edit this file: \`cdk8s-shared-memory review . | diff - REVIEW.md\`, in its folder, shows it; \`cdk8s-shared-memory review . --since main\` shows first what changed since a git revision. The digest of this page is \`sha256:${digest}\`. It changes with each answer above, and if somebody adds, removes, repeats or changes one of these: a pod with host privileges, a ConfigMap that it uses, a policy, a volume of the node, a claim, a quota, a namespace, or RBAC that is shown above. Of other pods that share memory, it does not cover what they run: images, commands, variables, probes, ports, CPU, and volumes with configuration. It is of the text: a tag can come to name another image without it.`,
    '',
    ...table(
      ['approved for', 'by', 'on', 'digest'],
      ROLES.map(role => [role, '', '', '']),
    ),
  ];
}
