import { createHash } from 'node:crypto';
import { table, workload } from './markdown';
import type { ReviewModel } from './review-model';
import { canonical } from '../../kube/json';

/** Who decides what: the rows of the sign-off. */
const ROLES = ['the platform', 'security', 'the apps'];

/**
 * Leaves room for who approves, and gives the page a digest, so that an approval can name what it
 * is for. The digest is of what the page says, of the programs of pods with privileges, and of the
 * policies; not of all objects, which change with each release of an app although nothing changes
 * that was approved.
 *
 * @param answers the lines of the page that say what is approved
 */
export function signOff(answers: readonly string[], model: ReviewModel): string[] {
  const parts = [...answers, ...programs(model), ...policies(model)];
  const digest = createHash('sha256').update(parts.join('\n')).digest('hex');
  return [
    '## Sign-off',
    '',
    `The digest of this page is \`sha256:${digest}\`. It changes if an answer above changes, if a pod with host privileges runs another image, command, argument, hook or probe, or gets other environment variables, or if a policy or its binding changes. It does not cover what other pods run.`,
    '',
    ...table(
      ['approved for', 'by', 'on', 'digest'],
      ROLES.map(role => [role, '', '', '']),
    ),
  ];
}

/** The fields of a container that decide what runs in it. */
const PROGRAM = [
  ...['image', 'command', 'args', 'env', 'envFrom', 'lifecycle'],
  ...['livenessProbe', 'readinessProbe', 'startupProbe'],
];

/** What the containers of pods with privileges run. */
function programs({ approvals }: ReviewModel): string[] {
  const pods = new Set(approvals.flatMap(each => each.pods));
  return [...pods]
    .flatMap(({ pod }) =>
      pod.containers.map(({ name, json }) =>
        canonical({
          name,
          workload: workload(pod.manifest),
          ...Object.fromEntries(PROGRAM.map(field => [field, json[field] ?? null])),
        }),
      ),
    )
    .sort();
}

function policies({ guardrails }: ReviewModel): string[] {
  return guardrails
    .flatMap(({ policy, bindings }) => [policy, ...bindings.map(({ manifest }) => manifest)])
    .map(({ json }) => canonical(json))
    .sort();
}
