import { approvals } from './approvals-section';
import { CHANGED, NEW, withMarks } from './changed-rows';
import { findings } from './findings-section';
import { guardrails } from './guardrails-section';
import { code, folded, plain } from './markdown';
import { memory } from './memory-section';
import { namespaces } from './namespaces-section';
import { prerequisites } from './prerequisites-section';
import { priority } from './priority-section';
import { reviewModel } from './review-model';
import { sharing } from './sharing-section';
import { signOff } from './sign-off-section';
import { techniques } from './techniques-section';
import { ending } from './undo-section';
import { verdict } from './verdict-section';
import type { RuleFinding } from '../../rules/engine';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import { IN_ZSH } from '../shell-commands';

/** What has changed since a state that somebody approved. */
export interface Since {
  /** The state, in the user's words: a path or a revision. */
  readonly name: string;
  /** What the first line of `diff` says of privileges, guardrails and access to memory. */
  readonly verdict: string;
  /** All that `diff` says, in Markdown. */
  readonly changes: string;
  /** The review page of that state. */
  readonly page: string;
}

/**
 * Writes `REVIEW.md`: it answers the questions of a platform or security reviewer from the
 * manifests alone. Manifests that do not concern shared memory or the node do not change it.
 */
export function reviewPage(
  marked: MarkedManifests,
  found: readonly RuleFinding[],
  since?: Since,
): string {
  const model = reviewModel(marked, found);
  const { contracts } = model;
  const headline = verdict(model);
  const answers = [
    ...approvals(model),
    ...priority(marked, contracts),
    ...guardrails(model),
    ...sharing(marked, contracts),
    ...techniques(contracts),
    ...memory(marked, contracts),
    ...namespaces(marked, model.levels),
    ...prerequisites(marked, contracts, model.levels),
    ...findings(model),
    ...undo(ending(marked, contracts)),
  ];
  return [
    '# Review: shared memory',
    '',
    ...(since === undefined ? [...headline, ...answers] : sinceThen(headline, answers, since)),
    ...signOff([...headline, ...answers], model),
  ].join('\n');
}

function undo([title, , ...steps]: readonly string[]): string[] {
  return title === undefined
    ? []
    : [
        title,
        '',
        ...folded('The steps that take out all of this, in the order in which nothing breaks', [
          IN_ZSH,
          '',
          ...steps,
        ]),
      ];
}

/**
 * The page begins with what changed, and marks what is new: who signs again must see it before all
 * else.
 */
function sinceThen(
  [verdictLine, ...facts]: readonly string[],
  answers: readonly string[],
  { changes, name, page, verdict: changed }: Since,
): string[] {
  const lines = [...facts, ...answers];
  const marked = withMarks(lines, page);
  const differs = marked.some((line, i) => line !== lines[i]);
  return [
    `**Since ${code(name)}: ${plain(changed)}.**`,
    '',
    verdictLine,
    ...(differs ? ['', legend(name)] : []),
    ...marked.slice(0, facts.length),
    `## What changed since ${code(name)}`,
    '',
    changes.trimEnd(),
    '',
    ...marked.slice(facts.length),
  ];
}

function legend(name: string): string {
  return `On this page, ${NEW} marks what the page of ${code(name)} does not have, and ${CHANGED} an item or a row that says something else there; \`(was ...)\` shows what a row said.`;
}
