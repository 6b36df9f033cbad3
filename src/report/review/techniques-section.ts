import { code, folded, plain, some, table, workload } from './markdown';
import type { SharedContract } from './shared-contracts';
import { groupBy } from '../../kube/group';
import { waitStepName } from '../../model/agent/init-steps';
import type { PromiseName, TechniquePromises } from '../../model/contract/promises';
import type { ContractParticipant } from '../../sharing/marked-manifests';

/** What a promise that is not kept means for a reviewer. */
const NOT_KEPT: Readonly<Record<PromiseName, string>> = {
  shares: 'The client may not see the bytes that the agent writes',
  isolates: 'A pod outside the contract may be able to read the memory',
  readOnly: 'A read-only client may be able to write',
  gates: 'The technique itself does not make a client wait for the agent',
  capped: 'The writer may be able to exceed the size of the memory',
  survivesRestart: 'The data or the clients may end with the pod of the agent',
  restricted: 'The client does not pass Pod Security "restricted"',
};

/** Explains why each memory is shared in the way that it is, and what is not guaranteed. */
export function techniques(contracts: readonly SharedContract[]): string[] {
  const memories = contracts.flatMap(({ memory }) => memory);
  if (memories.length === 0) {
    return [];
  }
  const all = memories.flatMap(({ contract, memory, techniques: own }) =>
    own.map(({ technique, clients }) => ({
      technique,
      clients,
      name: `${code(`${contract}/${memory.name}`)}${own.length === 1 ? '' : ` for ${workloads(clients)}`}`,
    })),
  );
  const uses = [...groupBy(all, each => each.technique)].map(([technique, own]) => ({
    technique,
    names: own.map(({ name }) => name),
    more: explanation(
      technique,
      own.flatMap(({ clients }) => clients),
    ),
  }));
  const groups = [...groupBy(uses, ({ more }) => JSON.stringify(more)).values()].map(alike => ({
    names: [...new Set(alike.flatMap(({ names }) => names))].join(', '),
    titles: alike.map(({ technique }) => plain(technique.title)).join('; '),
    ...alike[0].more,
  }));
  return [
    '## How memory is shared, and why not with fewer privileges',
    '',
    ...table(
      ['memory', 'shared by', 'what that does not guarantee'],
      groups.map(({ names, titles, risks }) => [
        names,
        titles,
        risks.map(name => plain(NOT_KEPT[name])).join('. '),
      ]),
    ),
    ...folded(
      'Why not with fewer privileges, and what happens without the agent',
      groups.flatMap(({ names, lines }) => [`**${names}**`, '', ...lines, '']),
    ),
  ];
}

function workloads(parties: readonly ContractParticipant[]): string {
  return some([
    ...new Set(parties.map(({ markedPod }) => plain(workload(markedPod.pod.manifest)))),
  ]);
}

/** What a technique does not promise, and the reasons. */
function explanation(technique: TechniquePromises, clients: readonly ContractParticipant[]) {
  const steps = waitingSteps(clients);
  const waits = steps !== undefined && !technique.promises.gates.kept;
  const risks = (Object.keys(NOT_KEPT) as PromiseName[]).filter(
    name => !technique.promises[name].kept && !(name === 'gates' && waits),
  );
  return {
    risks,
    lines: [
      `- Why not with fewer privileges: ${plain(technique.whyNotLess)}.`,
      `- When the agent is gone: ${plain(technique.withoutAgent)}.`,
      ...(steps
        ? [`- Each client waits for the agent in an init step: ${steps.map(code).join(', ')}.`]
        : []),
      ...risks.map(name => `- ${plain(NOT_KEPT[name])}: ${plain(technique.promises[name].why)}.`),
    ],
  };
}

/** The steps in which clients wait. Absent if one client has none. */
function waitingSteps(clients: readonly ContractParticipant[]): string[] | undefined {
  const waits = clients.every(({ markedPod, mark }) =>
    markedPod.pod.containers.some(
      ({ name, role }) => role === 'init' && name === waitStepName(mark.contract),
    ),
  );
  return clients.length > 0 && waits
    ? [...new Set(clients.map(({ mark }) => waitStepName(mark.contract)))]
    : undefined;
}
