import { exampleMark, RING } from './example-mark';
import type { Rule } from './rule';
import { inMark, type RuleMatch } from './rule-match';
import { textOf } from '../kube/json';
import { formatBytes } from '../kube/quantity';
import type { ContractParticipant, MarkedManifests } from '../sharing/marked-manifests';

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
  title: 'the two sides of a contract rely on different things',
  severity: 'error',
  why: 'Agent and client were rendered from different contracts: the client waits for a directory that nobody makes, or reads bytes with another layout.',
  fix: 'render both sides from one contract, or change the mark that is wrong',
  fact: 'What a side relies on is in its mark (docs/mark.md).',
  link: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/',
  wrong: both('v1', ' # SHM104 error'),
  right: both('v2', ''),
  check: marked =>
    marked.contracts.flatMap(parties =>
      parties
        .filter(({ mark: { side } }) => side === 'client')
        .flatMap(client => compared(client, marked)),
    ),
};

function compared(
  { markedPod, mark: mine }: ContractParticipant,
  marked: MarkedManifests,
): RuleMatch[] {
  const agents = marked.agentsOf(mine);
  if (agents.length === 0) {
    const others = marked.servingNamespaces(mine.contract);
    return others.length === 0
      ? []
      : [
          inMark(
            markedPod,
            mine,
            `contract ${mine.contract} of namespace ${mine.namespace} is served by nobody here, and one of that name from namespace ${others.join(', ')}`,
          ),
        ];
  }
  const [{ mark: theirs }] = agents;
  const matches: RuleMatch[] = [];
  const differs = (field: string, there: unknown, here: unknown, more: Partial<RuleMatch> = {}) => {
    if (there !== here) {
      matches.push(
        inMark(
          markedPod,
          mine,
          `contract ${mine.contract}: ${field} is ${show(here)} here and ${show(there)} at the agent`,
          more,
        ),
      );
    }
  };
  if (!agents.some(({ mark: { version } }) => version === mine.version)) {
    differs('version', theirs.version, mine.version);
  }
  differs('group', theirs.group, mine.group);
  differs('payer', theirs.payer, mine.payer);
  for (const memory of mine.memory) {
    const served = theirs.memory.find(({ name }) => name === memory.name);
    if (!served) {
      matches.push(
        inMark(
          markedPod,
          mine,
          `contract ${mine.contract}: the agent serves no memory ${memory.name}`,
        ),
      );
      continue;
    }
    differs(`the API of memory ${memory.name}`, served.api, memory.api);
    differs(`the backing of memory ${memory.name}`, served.backing, memory.backing);
    if (served.size !== memory.size && agents.length === 1) {
      differs(
        `the size of memory ${memory.name}`,
        formatBytes(served.size),
        formatBytes(memory.size),
        { severity: 'warning' },
      );
    }
  }
  return matches;
}

function show(value: unknown): string {
  return value === undefined ? 'absent' : textOf(value);
}
