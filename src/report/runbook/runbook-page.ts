import { clientPolicies } from './client-policy-section';
import { labels } from './labels-section';
import { nodeBatches } from './node-batches-section';
import { lifecycle } from './node-pools-section';
import { shifts } from './shifts-section';
import { startupTaintsOf } from './startup-taint-words';
import { versions } from './versions-section';
import { waves } from './waves-section';
import { STDIN } from '../../read/source';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import { mixedWords } from '../repeated-object-words';
import { contractsOf } from '../review/shared-contracts';
import { ending } from '../review/undo-section';
import { IN_ZSH, quoted, shell } from '../shell-commands';

/**
 * Writes `RUNBOOK.md`: the commands of a gradual rollout, step by step, with what to look at and
 * the way back. Empty if there are no steps to take.
 */
export function runbookPage(marked: MarkedManifests): string | undefined {
  const contracts = contractsOf(marked);
  const steps = [
    ...clientPolicies(marked),
    ...nodeBatches(marked, contracts),
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
    ...applied(marked),
    ...steps,
    ...lifecycle(contracts),
    ...ending(marked, contracts),
  ].join('\n');
}

/** The command that applies the files, those with namespaces first, and then those with agents. */
function applied({ contracts, set }: MarkedManifests): string[] {
  const agents = new Set(
    contracts
      .flat()
      .flatMap(({ mark, markedPod }) => (mark.side === 'agent' ? [markedPod.pod.manifest] : [])),
  );
  const ranks = new Map<string, number>();
  for (const manifest of set.manifests) {
    const name = manifest.document?.source.name ?? STDIN;
    const rank = manifest.kind === 'Namespace' ? 0 : agents.has(manifest) ? 1 : 2;
    ranks.set(name, Math.min(ranks.get(name) ?? rank, rank));
  }
  const files = [...ranks].sort(([, a], [, b]) => a - b).map(([name]) => name);
  return ranks.has(STDIN) || mixedWords(set.manifests).length > 0
    ? []
    : shell(`kubectl apply ${files.map(file => `-f ${quoted(file)}`).join(' ')}`);
}
