import { code, fileOf, linkTo, plain, some, table, workload } from './markdown';
import type { ReviewModel } from './review-model';
import { isUnreasoned } from './unreasoned';
import { fieldOf } from '../../kube/field-path';
import { groupBy } from '../../kube/group';
import type { RuleFinding } from '../../rules/engine';

/** Lists what the rules found: open and acknowledged findings. */
export function findings({ found, unreasoned }: ReviewModel): string[] {
  const open = found.filter(({ acknowledged }) => !acknowledged);
  const taken = takenRows(found.filter(({ acknowledged }) => acknowledged));
  return [
    '## Findings',
    '',
    ...table(['rule', 'what', 'where', 'fix'], open.map(openRow)),
    ...paragraph(
      open.length > 0
        ? ''
        : isUnreasoned(unreasoned)
          ? `The rules found nothing${found.length === 0 ? '' : ' that is not acknowledged'}; what has no reason stands above.`
          : 'No finding is open.',
      taken.length === 0
        ? ''
        : 'These are acknowledged: somebody accepts the risk, for the reason given, and until the day given, if there is one.',
    ),
    ...table(['rule', 'reason', 'until', 'who'], taken),
    ...(found.length === 0
      ? []
      : [
          `${code(`npx cdk8s-shared-memory explain ${found[0].rule.id}`)} prints the page of a rule: why it matters, and what is right.`,
          '',
        ]),
  ];
}

function openRow({
  rule,
  severity,
  message,
  fix,
  manifest,
  path,
  container,
  at,
}: RuleFinding): string[] {
  const where = at
    ? linkTo(at.source)
    : manifest
      ? `${fileOf(manifest)} ${plain(workload(manifest))}${container === undefined ? '' : `, ${code(container)}`} ${code(fieldOf(manifest, path))}`
      : '';
  return [`**${severity}** [${rule.id}](${rule.link})`, plain(message), where, plain(fix)];
}

/** Writes sentences as one paragraph. */
function paragraph(...sentences: readonly string[]): string[] {
  const said = sentences.filter(each => each !== '');
  return said.length === 0 ? [] : [said.join(' '), ''];
}

/** Returns one row for each reason, even if it applies to several workloads. */
function takenRows(found: readonly RuleFinding[]): string[][] {
  const groups = groupBy(
    found,
    ({ rule, acknowledged }) => `${rule.id}\n${acknowledged?.reason}\n${acknowledged?.until}`,
  );
  return [...groups.values()]
    .sort(([a], [b]) => (until(a) < until(b) ? -1 : until(a) > until(b) ? 1 : 0))
    .map(members => {
      const [{ rule, acknowledged }] = members;
      return [
        `[${rule.id}](${rule.link}) ${plain(rule.title)}`,
        plain(acknowledged?.reason ?? ''),
        acknowledged?.until ?? 'no end date',
        some(
          [
            ...new Set(
              members.flatMap(({ manifest }) => (manifest ? plain(workload(manifest)) : [])),
            ),
          ],
          4,
        ),
      ];
    });
}

/** Returns a sort key: the acknowledgement that ends first comes first. */
function until({ acknowledged }: RuleFinding): string {
  return acknowledged?.until ?? '9999';
}
