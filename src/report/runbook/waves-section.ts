import { groupBy } from '../../kube/group';
import { at, objectsOf, textOf, type JsonObject } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import { readWave, type ReadWave } from '../../model/rollout/wave';
import { nodeVolumes } from '../../read/node-volumes';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import { seenGrant } from '../../sharing/seen-grants';
import { code, plain, table, workload } from '../review/markdown';
import type { SharedContract } from '../review/shared-contracts';
import { quoted, rolloutStatus, shell } from '../shell-commands';

interface WaveAgent {
  readonly manifest: Manifest;
  readonly wave: ReadWave;
  readonly containers: readonly JsonObject[];
}

/** The agents of a contract that has waves. */
interface WavedContract {
  readonly name: string;
  /** In the order of the waves. */
  readonly agents: readonly WaveAgent[];
  /** Whether clients write its memory. */
  readonly isWritten: boolean;
  /** Whether clients get descriptors from the agent, which end with it. */
  readonly handsOut: boolean;
}

/**
 * Describes the waves of agents: where each stands, how to promote the candidate, and how to roll
 * it back. Contracts with the same waves share what is done to nodes.
 */
export function waves(marked: MarkedManifests, contracts: readonly SharedContract[]): string[] {
  const waved = contracts.flatMap((contract): WavedContract[] => {
    const found = contract.agents.flatMap((party): WaveAgent[] => {
      const { manifest } = party.markedPod.pod;
      const wave = readWave(at(manifest.json, 'metadata', 'annotations'));
      return wave
        ? [{ manifest, wave, containers: objectsOf(party.markedPod.pod.at('containers')) }]
        : [];
    });
    const order = found.at(0)?.wave.order ?? [];
    const agents = order.flatMap(wave => found.filter(each => each.wave.wave === wave));
    return agents.length === 0
      ? []
      : [
          {
            name: contract.name,
            agents,
            isWritten: hasWriters(marked, contract),
            handsOut: contract.memory.some(({ memory }) => memory.api === 'descriptors'),
          },
        ];
  });
  const alike = groupBy(waved, ({ agents: [{ wave }] }) =>
    JSON.stringify([wave.label, wave.order]),
  );
  return [...alike.values()].flatMap(ofAgents);
}

/** Checks whether a client writes, or a grant lets one write that may be elsewhere. */
function hasWriters(
  marked: MarkedManifests,
  { name, namespace, clients }: SharedContract,
): boolean {
  return (
    clients.some(({ mark }) => mark.access === 'readWrite') ||
    nodeVolumes(marked.set)
      .flatMap(volume => seenGrant(marked, volume) ?? [])
      .some(
        ({ directory, access }) =>
          access === 'readWrite' &&
          directory.contract === name &&
          directory.namespace === namespace,
      )
  );
}

function ofAgents(contracts: readonly WavedContract[]): string[] {
  const [
    {
      agents: [
        {
          wave: { label, order },
        },
      ],
    },
  ] = contracts;
  const agents = contracts.flatMap(each => each.agents);
  const names = contracts.map(({ name }) => code(name)).join(', ');
  const written = contracts.filter(({ isWritten }) => isWritten);
  const whose =
    contracts.length === 1 ? '' : ` to ${written.map(({ name }) => code(name)).join(', ')}`;
  const meanwhile =
    written.length === 0
      ? ''
      : ` Until the agent that follows is ready, no agent reads what clients write${whose}.`;
  const keep = contracts.some(({ handsOut }) => handsOut)
    ? 'clients keep reading what they have mapped; those that get descriptors from the agent must connect to the new one'
    : 'clients keep reading';
  return [
    contracts.length === 1
      ? `## Agent of contract ${names}, wave by wave`
      : `## Agents of contracts ${names}, wave by wave`,
    '',
    ...table(
      ['wave', 'its nodes', 'DaemonSet', 'runs'],
      contracts.flatMap(each =>
        each.agents.map(({ wave, manifest, containers }) => [
          plain(wave.wave),
          wave.wave === order.at(-1) ? 'all others of the pool' : code(`${label}=${wave.wave}`),
          plain(workload(manifest)),
          runs(containers, each.agents.at(-1)!.containers),
        ]),
      ),
    ),
    ...contracts.flatMap(each => [
      `${contracts.length === 1 ? '' : `Contract ${code(each.name)}: `}${stage(each)}`,
      '',
    ]),
    `A node belongs to the wave that its label names; without the label, it belongs to the last wave. You can move a node at any time: the agent of the other wave takes over the memory, and ${keep}.${meanwhile}`,
    '',
    ...shell(
      'NODE=...',
      ...order
        .slice(0, -1)
        .map(
          wave =>
            `kubectl label node "$NODE" --overwrite ${quoted(`${label}=${wave}`)}   # into wave ${wave}`,
        ),
      `kubectl label node "$NODE" ${quoted(`${label}-`)}   # into wave ${order.at(-1)}`,
    ),
    `**Promote**: change \`through\`${contracts.length === 1 ? '' : ' of one agent'}, look at the diff (one line for each thing that is new, in the DaemonSet of the wave that is reached), apply, and wait. **Look at** ${contracts.length === 1 ? 'the rollouts' : 'its rollouts'}:`,
    '',
    ...shell(...agents.map(({ manifest }) => rolloutStatus(manifest))),
    `**Pause** between waves by applying nothing more. A rollout that has begun goes on to the last node of its wave, because nothing pauses a DaemonSet: to stop it, go back. **Go back** by naming the previous wave, or by leaving out \`candidate\` and \`through\`; agents are replaced one node after the other, and ${keep}.${meanwhile}`,
    '',
  ];
}

/** Says how far the candidate of a contract is. */
function stage({ agents }: WavedContract): string {
  const [first] = agents;
  const isFirst = ({ containers }: WaveAgent) =>
    JSON.stringify(containers) === JSON.stringify(first.containers);
  const reached = agents.filter(isFirst).at(-1)?.wave.wave;
  return agents.every(isFirst)
    ? 'All waves run the same containers. To roll out a new version, set `candidate` in the code, and set `through` to the first wave.'
    : `The candidate runs in the waves up to and including ${code(String(reached))}. To promote it, name the next wave in \`through\`; to roll it back, name the previous one.`;
}

/** Returns the images of a wave, and what else differs in its containers from the last wave. */
function runs(containers: readonly JsonObject[], last: readonly JsonObject[]): string {
  return containers
    .map((container, i) => {
      const others = Object.keys({ ...container, ...last[i] }).filter(
        field =>
          field !== 'image' &&
          JSON.stringify(container[field]) !== JSON.stringify(last[i]?.[field]),
      );
      return `${code(textOf(container.image ?? ''))}${others.length === 0 ? '' : ` with its own ${others.sort().map(code).join(', ')}`}`;
    })
    .join(', ');
}
