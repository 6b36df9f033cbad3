import { waveOf } from './agent-pools';
import { groupBy } from '../../kube/group';
import { objectsOf, textOf, type JsonObject } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import { isLabelOfOthers } from '../../kube/well-known';
import { AGENT_LABEL, BASE, WAVE_LABEL, type ReadWave } from '../../model/rollout/wave';
import { nodeVolumes } from '../../read/node-volumes';
import type { Pod } from '../../read/pod';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import { nodeRequirements } from '../../sharing/node-placement';
import { seenGrant } from '../../sharing/seen-grants';
import { code, plain, some, table, workload } from '../review/markdown';
import type { SharedContract } from '../review/shared-contracts';
import { inNamespace, nameOf, podsOf, quoted, rolloutStatus, shell } from '../shell-commands';

interface Wave {
  readonly manifest: Manifest;
  readonly wave: ReadWave;
  readonly pod: Pod;
  readonly containers: readonly JsonObject[];
}

/** An agent in waves, and the contracts that it serves. */
interface WavedAgent {
  /** In the order of the waves. */
  readonly waves: readonly Wave[];
  readonly contracts: readonly SharedContract[];
}

/**
 * Describes the waves of agents: where each stands, how to promote the candidate, and how to roll
 * it back. Agents with the same waves share what is done to nodes.
 */
export function waves(marked: MarkedManifests, contracts: readonly SharedContract[]): string[] {
  const alike = groupBy(wavedAgents(contracts), ({ waves: [{ wave }] }) =>
    JSON.stringify([wave.label, wave.order]),
  );
  return [...alike.values()].flatMap(agents => ofAgents(marked, agents));
}

function wavedAgents(contracts: readonly SharedContract[]): WavedAgent[] {
  const all = contracts.flatMap((contract): WavedAgent[] => {
    const found = contract.agents.flatMap(({ markedPod: { pod } }): Wave[] => {
      const { manifest } = pod;
      const wave = waveOf(manifest);
      return wave ? [{ manifest, wave, pod, containers: objectsOf(pod.at('containers')) }] : [];
    });
    // several agents can divide the nodes of a contract between them
    return [...groupBy(found, ({ pod }) => textOf(pod.labels[AGENT_LABEL] ?? '')).values()].map(
      own => ({ waves: inWaveOrder(own), contracts: [contract] }),
    );
  });
  const byAgent = groupBy(all, ({ waves: [{ manifest }] }) => manifest);
  return [...byAgent.values()].map(same => ({
    waves: same[0].waves,
    contracts: same.flatMap(each => each.contracts),
  }));
}

function inWaveOrder(own: readonly Wave[]): readonly Wave[] {
  return own[0].wave.order.flatMap(name => own.filter(({ wave }) => wave.wave === name));
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

function ofAgents(marked: MarkedManifests, agents: readonly WavedAgent[]): string[] {
  const { label, order } = agents[0].waves[0].wave;
  const all = agents.flatMap(each => each.waves);
  const contracts = [...new Set(agents.flatMap(each => each.contracts))];
  const named = (these: readonly SharedContract[]) =>
    these.map(({ name }) => code(name)).join(', ');
  const written = contracts.filter(contract => hasWriters(marked, contract));
  const meanwhile =
    written.length === 0
      ? ''
      : ` Until the agent that follows is ready, no agent reads what clients write${contracts.length === 1 ? '' : ` to ${named(written)}`}.`;
  const keep = contracts.some(({ memory }) =>
    memory.some(each => each.memory.api === 'descriptors'),
  )
    ? 'clients keep reading what they have mapped; those that get descriptors from the agent must connect to the new one'
    : 'clients keep reading';
  const candidates = agents.flatMap(({ waves: own }) => withCandidate(own));
  return [
    `## ${agents.length === 1 ? 'Agent' : 'Agents'} of ${contracts.length === 1 ? 'contract' : 'contracts'} ${named(contracts)}, wave by wave`,
    '',
    ...table(
      ['wave', 'its nodes', 'DaemonSet', 'runs'],
      agents.flatMap(({ waves: own }) =>
        own.map(({ wave, manifest, containers }) => [
          plain(wave.wave),
          wave.wave === order.at(-1) ? 'all others of the pool' : code(`${label}=${wave.wave}`),
          plain(workload(manifest)),
          runs(containers, own.at(-1)!.containers),
        ]),
      ),
    ),
    ...agents.flatMap(({ waves: own }) => [
      `${agents.length === 1 ? '' : `Agent ${code(own.at(-1)!.manifest.name)}: `}${stage(own)}`,
      '',
    ]),
    ...nodesOf(
      label,
      order,
      `the agent of the other wave takes over the memory, and ${keep}.${meanwhile}`,
    ),
    `**Before** you promote, count the nodes of each wave. A wave without nodes tests nothing: its rollout is complete at once.${isLabelOfOthers(label) ? '' : ' A node that an autoscaler replaces comes back without the label, and so in the last wave.'}`,
    '',
    ...shell(
      ...new Set(
        agents.map(({ waves: own }) => {
          const nodes = nodeRequirements(own.at(-1)!.pod).join(',');
          return `kubectl get nodes${nodes === '' ? '' : ` -l ${quoted(nodes)}`} -L ${quoted(label)}`;
        }),
      ),
    ),
    `**Promote**: change \`through\`${agents.length === 1 ? '' : ' of one agent'}, look at the diff (one line for each thing that is new, in the DaemonSet of the wave that is reached), apply, and wait. **Look at** the rollouts, and at restarts of the pods. Pods of the last wave have the value \`${BASE}\` in the column WAVE.${withoutProbe(all)}`,
    '',
    ...shell(
      ...all.map(({ manifest }) => rolloutStatus(manifest)),
      ...new Set(all.map(({ manifest }) => `${podsOf(manifest, [WAVE_LABEL])} -L ${WAVE_LABEL}`)),
    ),
    `**Pause** between waves by applying nothing more. A rollout that has begun goes on to the last node of its wave, because nothing pauses a DaemonSet: to stop it, go back.`,
    '',
    `**Go back** by naming the previous wave, or by leaving out \`candidate\` and \`through\`, or by applying the manifests of the stage before, from Git: any stage can follow any other. Agents are replaced one node after the other, and ${keep}.${meanwhile}`,
    '',
    ...(candidates.length === 0
      ? []
      : [
          'If none of that is at hand, this gives the waves that run the candidate the pod template that they had before their last change. Change the code, too: the next apply of these manifests brings the candidate again.',
          '',
          ...shell(
            ...candidates.map(
              ({ manifest }) => `kubectl rollout undo${inNamespace(manifest)} ${nameOf(manifest)}`,
            ),
          ),
        ]),
  ];
}

/** Says how a node gets into a wave. Nobody sets a label with which nodes come. */
function nodesOf(label: string, order: readonly string[], then: string): string[] {
  const belongs =
    'A node belongs to the wave that its label names; without the label, it belongs to the last wave.';
  if (isLabelOfOthers(label)) {
    return [
      `${belongs} Nodes come with the label ${code(label)}: the cloud, the node pool or the kubelet sets it. So leave it as it is, and change \`order\` to have other nodes in a wave: ${then}`,
      '',
    ];
  }
  return [
    `${belongs} You can move a node at any time: ${then}`,
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
  ];
}

/** Warns that a rollout only waits until the containers run, if nothing says more. */
function withoutProbe(all: readonly Wave[]): string {
  const isProbed = ({ containers }: Wave) =>
    containers.some(
      ({ readinessProbe, startupProbe }) => (readinessProbe ?? startupProbe) !== undefined,
    );
  const without = all
    .filter(each => !isProbed(each))
    .map(({ manifest }) => plain(workload(manifest)));
  return without.length === 0
    ? ''
    : ` No container of ${without.length === all.length ? 'these agents' : some(without)} has a \`readinessProbe\`, so a pod counts as ready as soon as it runs, and the rollout goes on: look at what the agent writes before you promote.`;
}

/** The waves that run the candidate; none if all waves run the same containers. */
function withCandidate(own: readonly Wave[]): readonly Wave[] {
  const isFirst = ({ containers }: Wave) =>
    JSON.stringify(containers) === JSON.stringify(own[0].containers);
  return own.every(isFirst) ? [] : own.filter(isFirst);
}

/** Says how far the candidate of an agent is. */
function stage(own: readonly Wave[]): string {
  const reached = withCandidate(own).at(-1);
  return reached === undefined
    ? 'All waves run the same containers. To roll out a new version, set `candidate` in the code, and set `through` to the first wave.'
    : `The candidate runs in the waves up to and including ${code(reached.wave.wave)}. To promote it, name the next wave in \`through\`; to roll it back, ${reached === own[0] ? 'leave out `candidate` and `through`' : 'name the previous one'}.`;
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
