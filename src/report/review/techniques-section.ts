import { code, plain } from './markdown';
import type { SharedContract } from './shared-contracts';
import { PROMISE_NAMES, type PromiseName } from '../../model/contract/promises';

/** Explains why each memory is shared in its way, and what must not be expected of it. */
export function techniques(contracts: readonly SharedContract[]): string[] {
  const memories = contracts.flatMap(({ memory }) => memory);
  if (memories.length === 0) {
    return [];
  }
  const lines = ['## How, and why not with less', ''];
  for (const technique of new Set(memories.map(each => each.technique))) {
    const names = [
      ...new Set(
        memories
          .filter(each => each.technique === technique)
          .map(({ contract, memory }) => code(`${contract}/${memory.name}`)),
      ),
    ];
    const broken = (Object.keys(PROMISE_NAMES) as PromiseName[]).filter(
      name => !technique.promises[name].kept,
    );
    lines.push(`**${names.join(', ')}**: ${plain(technique.title)}`, '');
    lines.push(`- Why not with less: ${plain(technique.whyNotLess)}.`);
    lines.push(`- When the agent is gone: ${plain(technique.withoutAgent)}.`);
    lines.push(
      ...broken.map(
        name =>
          `- Do not expect that ${plain(PROMISE_NAMES[name])}: ${plain(technique.promises[name].why)}.`,
      ),
      '',
    );
  }
  return lines;
}
