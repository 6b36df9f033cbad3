import { clientPolicies } from './client-policy-section';
import { labels } from './labels-section';
import { nodeBatches } from './node-batches-section';
import { lifecycle } from './node-pools-section';
import { shifts } from './shifts-section';
import { startupTaintsOf } from './startup-taint-words';
import { versions } from './versions-section';
import { waves } from './waves-section';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import { mixedWords } from '../repeated-object-words';
import { contractsOf } from '../review/shared-contracts';
import { ending } from '../review/undo-section';
import { IN_ZSH } from '../shell-commands';

/**
 * Writes `RUNBOOK.md`: the commands of a gradual rollout, step by step, with what to look at and
 * the way back. Empty if there are no steps to take.
 */
export function runbookPage(marked: MarkedManifests): string | undefined {
  const contracts = contractsOf(marked);
  const steps = [
    ...nodeBatches(marked, contracts),
    ...clientPolicies(marked),
    ...labels(marked.injections),
    ...waves(marked, contracts),
    ...shifts(marked),
    ...versions(marked, contracts),
  ];
  if (steps.length === 0 && startupTaintsOf(contracts).length === 0) {
    return undefined;
  }
  return [
    '# Runbook: shared memory',
    '',
    'Made from the manifests next to it, so it describes the stage that they are at. Apply namespaces, policies and grants first, then the agents, and then give the agents their nodes. Clients can be applied at any time: they start by themselves on a node that has the agent.',
    '',
    IN_ZSH,
    '',
    ...mixedWords(marked.set.manifests).flatMap(words => [
      `**${words}.** No cluster has all of this: make it of one folder at a time.`,
      '',
    ]),
    ...steps,
    ...lifecycle(contracts),
    ...ending(marked, contracts),
  ].join('\n');
}
