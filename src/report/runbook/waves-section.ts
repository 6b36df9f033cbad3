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

/**
 * Describes the waves of agents: where each stands, how to promote the candidate, and how to roll
 * it back.
 */
export function waves(marked: MarkedManifests, contracts: readonly SharedContract[]): string[] {
  return contracts.flatMap(contract => {
    const found = contract.agents.flatMap((party): WaveAgent[] => {
      const { manifest } = party.markedPod.pod;
      const wave = readWave(at(manifest.json, 'metadata', 'annotations'));
      return wave
        ? [{ manifest, wave, containers: objectsOf(party.markedPod.pod.at('containers')) }]
        : [];
    });
    return found.length === 0 ? [] : ofAgent(contract.name, found, hasWriters(marked, contract));
  });
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

function ofAgent(contract: string, found: readonly WaveAgent[], isWritten: boolean): string[] {
  const [
    {
      wave: { label, order },
    },
  ] = found;
  const inOrder = order.flatMap(wave => found.filter(each => each.wave.wave === wave));
  const isFirst = ({ containers }: WaveAgent) =>
    JSON.stringify(containers) === JSON.stringify(inOrder[0].containers);
  const reached = inOrder.filter(isFirst).at(-1)?.wave.wave;
  const isDone = inOrder.every(isFirst);
  const others = order.slice(0, -1);
  const meanwhile = isWritten
    ? ' Until the agent that follows is ready, no agent reads what clients write.'
    : '';
  return [
    `## Agent of contract ${code(contract)}, wave by wave`,
    '',
    ...table(
      ['wave', 'its nodes', 'DaemonSet', 'runs'],
      inOrder.map(({ wave, manifest, containers }) => [
        plain(wave.wave),
        wave.wave === order.at(-1) ? 'all others of the pool' : code(`${label}=${wave.wave}`),
        plain(workload(manifest)),
        runs(containers, inOrder.at(-1)!.containers),
      ]),
    ),
    isDone
      ? 'All waves run the same containers. To roll out a new version, set `candidate` in the code, and set `through` to the first wave.'
      : `The candidate runs in the waves up to and including ${code(String(reached))}. To promote it, name the next wave in \`through\`; to roll it back, name the previous one.`,
    '',
    `A node belongs to the wave that its label names; without the label, it belongs to the last wave. You can move a node at any time: the agent of the other wave takes over the memory, and clients keep reading.${meanwhile}`,
    '',
    ...shell(
      'NODE=...',
      ...others.map(
        wave =>
          `kubectl label node "$NODE" --overwrite ${quoted(`${label}=${wave}`)}   # into wave ${wave}`,
      ),
      `kubectl label node "$NODE" ${quoted(`${label}-`)}   # into wave ${order.at(-1)}`,
    ),
    '**Promote**: change `through`, look at the diff (one line for each thing that is new, in the DaemonSet of the wave that is reached), apply, and wait. **Look at** the rollouts:',
    '',
    ...shell(...inOrder.map(({ manifest }) => rolloutStatus(manifest))),
    `**Pause** by applying nothing more: a wave that was reached stays as it is. **Go back** by naming the previous wave, or by leaving out \`candidate\` and \`through\`; agents are replaced one node after the other, and clients keep reading.${meanwhile}`,
    '',
  ];
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
