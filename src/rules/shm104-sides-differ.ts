import { exampleMark, RING } from './example-mark';
import type { Rule } from './rule';
import { inContainer, inMark, type RuleMatch } from './rule-match';
import { textOf } from '../kube/json';
import { formatBytes } from '../kube/quantity';
import { servedMark, type ReadMark } from '../model/contract/contract-mark';
import { givenFor, type GivenContract } from '../sharing/given-contract';
import type { ContractParticipant, MarkedManifests } from '../sharing/marked-manifests';
import { waitedFor, waitStepsOf } from '../sharing/wait-steps';

const both = (version: string, found: string) => `apiVersion: v1
kind: Pod
metadata:
  name: agent
  namespace: agents
  annotations:
${exampleMark('agent', RING, ['agent'], { version: 'v2' })}
spec:
  hostIPC: true # SHM301 note
  containers:
    - name: agent
      image: registry.example.com/agent:1
      resources: { limits: { memory: 128Mi } }
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
${exampleMark('client', RING, ['web'], { version })}${found}
spec:
  hostIPC: true # SHM301 note
  containers:
    - name: web
      image: registry.example.com/web:1
`;

export const SHM104: Rule = {
  id: 'SHM104',
  title: 'the two sides of a contract do not match',
  severity: 'error',
  why: 'Agent and client were rendered from different contracts. The client waits for a directory that nobody creates, or reads bytes in another layout.',
  fix: 'render both sides from one contract: replace the copy of the contract that is old, and run cdk8s synth again; in YAML that nobody renders, change the pod and its mark',
  fact: 'The mark of each side says what that side relies on (docs/mark.md).',
  link: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/',
  wrong: both('v1', ' # SHM104 error'),
  right: both('v2', ''),
  check: marked =>
    marked.contracts.flatMap(parties => [
      ...parties
        .filter(({ mark: { side } }) => side === 'client')
        .flatMap(client => comparedWithAgents(client, marked)),
      ...parties
        .filter(({ mark: { side } }) => side !== 'sidecar')
        .flatMap(party => comparedWithFiles(party, marked)),
    ]),
};

function comparedWithAgents(client: ContractParticipant, marked: MarkedManifests): RuleMatch[] {
  const { markedPod, mark: mine } = client;
  const agents = marked.agentsOf(mine).map(({ mark }) => mark);
  if (agents.length > 0) {
    return compared(client, agents, 'at the agent');
  }
  const others = marked.servingNamespaces(mine.contract);
  return others.length === 0
    ? []
    : [
        inMark(
          markedPod,
          mine,
          `no agent here serves contract ${mine.contract} of namespace ${mine.namespace}, only a contract of that name in namespace ${others.join(', ')}`,
        ),
      ];
}

/** Compares a side with the files of its contract that were given beside the objects. */
function comparedWithFiles(party: ContractParticipant, { given }: MarkedManifests): RuleMatch[] {
  const { markedPod, mark: mine } = party;
  const named = given.filter(({ spec }) => spec.name === mine.contract);
  const own = named.filter(({ spec }) => spec.namespace === mine.namespace);
  if (own.length > 0) {
    const served = own.map(({ spec }) => servedMark(spec));
    const sameVersion = givenFor(given, mine);
    return [
      ...compared(party, served, inFiles(own)),
      ...(mine.side === 'client' && sameVersion.length > 0
        ? [...comparedAccess(party, sameVersion), ...comparedWait(party, sameVersion)]
        : []),
    ];
  }
  return named.length === 0
    ? []
    : [
        inMark(
          markedPod,
          mine,
          `contract ${mine.contract}: namespace is ${mine.namespace} here and ${named.map(({ spec }) => spec.namespace).join(' or ')} ${inFiles(named)}`,
        ),
      ];
}

/** Compares what a client may do with the files of its contract and version. */
function comparedAccess(
  { markedPod, mark }: ContractParticipant,
  given: readonly GivenContract[],
): RuleMatch[] {
  return mark.access === 'readOnly' || given.some(({ spec }) => spec.clients === 'readWrite')
    ? []
    : [
        inMark(
          markedPod,
          mark,
          `contract ${mark.contract}: access is readWrite here, and clients may only read ${inFiles(given)}`,
        ),
      ];
}

/** Compares what a client waits for with the files of its contract and version. */
function comparedWait(
  { markedPod, mark }: ContractParticipant,
  given: readonly GivenContract[],
): RuleMatch[] {
  const allowed = given.map(({ spec }) => waitedFor(spec, mark.access));
  const there = `${[...new Set(allowed.map(each => each ?? 'nothing'))].join(' or ')} ${inFiles(given)}`;
  const steps = waitStepsOf(markedPod, mark.contract);
  if (steps.length === 0) {
    return allowed.includes(undefined)
      ? []
      : [
          inMark(
            markedPod,
            mark,
            `contract ${mark.contract}: no init step of this library waits here; clients wait for ${there}`,
            {
              severity: 'warning', // somebody may have written a step that waits for it
              fix: 'add the init container that attachTo() renders ("A client that waits, in plain YAML" in docs/mark.md); if a step of your own waits for it, acknowledge this',
            },
          ),
        ];
  }
  return steps
    .filter(({ until }) => !allowed.includes(until))
    .map(({ container, until }) =>
      inContainer(
        markedPod,
        container,
        'env',
        `contract ${mark.contract}: init container ${container.name} waits for ${until} here; clients wait for ${there}`,
      ),
    );
}

function inFiles(given: readonly GivenContract[]): string {
  return `in contract file ${given.map(({ file }) => file).join(', ')}`;
}

/** Returns in what a side differs from all the marks that it must match. */
function compared(
  { markedPod, mark: mine }: ContractParticipant,
  all: readonly ReadMark[],
  place: string,
): RuleMatch[] {
  const sameVersion = all.filter(({ version }) => version === mine.version);
  // agents of several versions serve a contract while clients move from one to the other
  const serving = sameVersion.length > 0 ? sameVersion : all;
  const matches: RuleMatch[] = [];
  const differs = (
    field: string,
    here: unknown,
    served: readonly unknown[],
    more: Partial<RuleMatch> = {},
  ) => {
    if (!served.includes(here)) {
      const there = [...new Set(served.map(show))].join(' or ');
      matches.push(
        inMark(
          markedPod,
          mine,
          `contract ${mine.contract}: ${field} is ${show(here)} here and ${there} ${place}`,
          more,
        ),
      );
    }
  };
  const servedBy = (field: 'version' | 'group' | 'payer') => serving.map(mark => mark[field]);
  differs('version', mine.version, servedBy('version'));
  differs('group', mine.group, servedBy('group'));
  differs('payer', mine.payer, servedBy('payer'));
  for (const field of ['hostPid', 'hostNetwork'] as const) {
    const has = serving.map(mark => mark[field] ?? false);
    differs(field, mine[field] ?? false, has);
  }
  for (const memory of mine.memory) {
    const served = serving.flatMap(mark => mark.memory.filter(({ name }) => name === memory.name));
    if (served.length === 0) {
      matches.push(
        inMark(
          markedPod,
          mine,
          `contract ${mine.contract}: there is no memory ${memory.name} ${place}`,
        ),
      );
      continue;
    }
    const { name, api, backing } = memory;
    differs(
      `the API of memory ${name}`,
      api,
      served.map(each => each.api),
    );
    differs(
      `the backing of memory ${name}`,
      backing,
      served.map(each => each.backing),
    );
    differs(`the size of memory ${name}`, sizeOf(memory), served.map(sizeOf), {
      severity: 'warning',
      why: OTHER_SIZE,
    });
  }
  return matches;
}

const OTHER_SIZE =
  'Only the agent makes the memory, so its size is the one that counts. A client that knows of less may have a memory limit that is too low for what it maps; one that knows of more does not find it.';

function sizeOf({ size }: { readonly size?: number | bigint }): string {
  return size === undefined ? 'not known' : formatBytes(size);
}

function show(value: unknown): string {
  return value === undefined ? 'absent' : textOf(value);
}
