import { at, objectsOf, textOf } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import { readWave, type ReadWave } from '../../model/wave';
import type { Party } from '../../rules/subjects';
import { quoted, rolloutStatus, shell } from '../commands';
import type { SharedContract } from '../review/contracts';
import { code, plain, table, workload } from '../review/markdown';

interface WaveAgent { readonly party: Party; readonly manifest: Manifest; readonly wave: ReadWave; readonly images: string }

/** The waves of agents: where each stands, how the candidate goes on, and how it comes back. */
export function waves(contracts: readonly SharedContract[]): string[] {
  return contracts.flatMap(({ name, agents }) => {
    const found = agents.flatMap((party): WaveAgent[] => {
      const { manifest } = party.subject.pod;
      const wave = readWave(at(manifest.json, 'metadata', 'annotations'));
      return wave ? [{ party, manifest, wave, images: imagesOf(party) }] : [];
    });
    return found.length === 0 ? [] : ofAgent(name, found);
  });
}

function ofAgent(contract: string, found: readonly WaveAgent[]): string[] {
  const [{ wave: { label, order } }] = found;
  const inOrder = order.flatMap(wave => found.filter(each => each.wave.wave === wave));
  const first = inOrder[0].images;
  const reached = inOrder.filter(({ images }) => images === first).at(-1)?.wave.wave;
  const isDone = inOrder.every(({ images }) => images === first);
  const others = order.slice(0, -1);
  return [
    `## Agent of contract ${code(contract)}, wave by wave`, '',
    ...table(['wave', 'its nodes', 'DaemonSet', 'images'], inOrder.map(({ wave, manifest, images }) => [
      plain(wave.wave), wave.wave === order.at(-1) ? 'all others of the pool' : code(`${label}=${wave.wave}`), plain(workload(manifest)), images.split(' ').map(code).join(', '),
    ])),
    isDone ? 'All waves run the same. A new version begins with `candidate` and `through` in the code: first the first wave.' : `The candidate runs through wave ${code(String(reached))}. To promote it, name the next wave in \`through\`; to take it back, the one before.`, '',
    'A node belongs to a wave by its label, and may be moved at any time: the agent of the other wave takes the memory over, and clients read on.', '',
    ...shell('NODE=...', ...others.map(wave => `kubectl label node "$NODE" --overwrite ${quoted(`${label}=${wave}`)}   # into wave ${wave}`), `kubectl label node "$NODE" ${quoted(`${label}-`)}   # into wave ${order.at(-1)}`),
    '**Promote**: change `through`, look at the diff (one line for each thing that is new, in the DaemonSet of the wave that is reached), apply, and wait. **Look at**:', '',
    ...shell(...inOrder.map(({ manifest }) => rolloutStatus(manifest))),
    '**Pause** by applying nothing more: a wave that was reached stays as it is. **Go back** by naming the wave before, or by leaving out `candidate` and `through`; agents are replaced one node after the other, and clients read on.', '',
  ];
}

function imagesOf({ subject: { pod } }: Party): string {
  return objectsOf(pod.at('containers')).map(({ image }) => textOf(image ?? '')).join(' ');
}
