import { leftOutWords, notAdoptedWords, thingWords } from './adoption-words';
import { stepWords } from './step-words';
import type { AdoptedContract, AdoptedWorkload, Adoption, NotAdopted } from '../../adopt/adoption';
import { tighteningSteps } from '../../adopt/tightening';
import { groupBy } from '../../kube/group';
import type { MemorySpec } from '../../model/contract/contract-spec';
import { code, count, table, workload } from '../review/markdown';

/** Returns the page that says what was adopted, what was not, and what to do next. */
export function adoptionPage(adoption: Adoption): string {
  const { contracts } = adoption;
  const workloads = new Set(
    contracts.flatMap(({ agent, clients }) => [agent, ...clients].map(each => each?.manifest)),
  );
  workloads.delete(undefined);
  const rest = [...notAdoptedLines(adoption.notAdopted), ...leftOutLines(adoption)];
  if (contracts.length === 0) {
    return text(['# Nothing to adopt', '', NOTHING, '', ...rest]);
  }
  return text([
    '# Adopted shared memory',
    '',
    `${count(workloads.size, 'workload')} in ${count(contracts.length, 'contract')}. Each gets the mark of its contracts, an annotation of the object itself. Nothing in a pod template changes, so no pod restarts.`,
    '',
    '```sh',
    'npm install',
    'npx cdk8s synth',
    'npx cdk8s-shared-memory diff manifests dist # what the marks change: no pod restarts',
    'npx cdk8s-shared-memory lint dist # what is wrong with what is shared',
    '```',
    '',
    ...contracts.flatMap(contractLines),
    ...rest,
    ...stepLines(adoption),
  ]);
}

const NOTHING =
  'Apart from contracts that the manifests have already, no two workloads share a directory of the node or its IPC namespace in a way that a contract can describe, and none uses a directory below `/run` that a server elsewhere makes. Memory inside one pod needs no contract; `lint` checks it.';

function text(lines: readonly string[]): string {
  return `${lines.join('\n').trimEnd()}\n`;
}

function contractLines({ spec, agent, clients }: AdoptedContract): string[] {
  const row = (side: string, each: AdoptedWorkload) => [
    side,
    workload(each.manifest),
    each.containers.map(code).join(', '),
    side === 'agent' || each.access === 'readWrite' ? 'reads and writes' : 'reads',
  ];
  return [
    `## Contract ${code(spec.name)}, of namespace ${code(spec.namespace)}`,
    '',
    `They share ${spec.memory.map(memoryWords).join(', and ')}.${agent ? '' : ` No agent is in these manifests.`}`,
    '',
    ...table(
      ['side', 'workload', 'containers', 'access'],
      [...(agent ? [row('agent', agent)] : []), ...clients.map(client => row('client', client))],
    ),
    '',
  ];
}

function memoryWords({ api, mountPath, existing, backing }: MemorySpec): string {
  if (api === 'systemV') {
    return 'the IPC namespace of the node, which has its System V memory';
  }
  const path = backing === 'devShm' ? '/dev/shm' : (existing?.path ?? '');
  const at = path === mountPath ? '' : `, mounted at ${code(mountPath ?? '')}`;
  return `${code(path)} of the node${at}`;
}

function notAdoptedLines(notAdopted: readonly NotAdopted[]): string[] {
  const things = groupBy(notAdopted, ({ thing }) => thingWords(thing));
  return notAdopted.length === 0
    ? []
    : [
        '## Shared, but not adopted',
        '',
        ...[...things].flatMap(([thing, each]) =>
          each.map(
            ({ manifest, because }) =>
              `- ${thing}, ${workload(manifest)}: ${notAdoptedWords(because)}.`,
          ),
        ),
        '',
      ];
}

function leftOutLines({ leftOut }: Adoption): string[] {
  return leftOut.length === 0
    ? []
    : [
        '## Not part of the app',
        '',
        ...leftOut.map(
          ({ manifest, because }) => `- ${workload(manifest)}: ${leftOutWords(because)}.`,
        ),
        '',
      ];
}

function stepLines(adoption: Adoption): string[] {
  const steps = tighteningSteps(adoption).map(stepWords);
  return steps.length === 0
    ? []
    : [
        '## Next steps',
        '',
        'Take one step at a time: change the code, run `npx cdk8s synth`, look at the diff, apply it. Steps that take `asIs: true` away need it to be done once for each workload.',
        '',
        ...table(
          ['change', 'in', 'what it brings', 'what restarts'],
          steps.map(({ file, change, brings, restarts }) => [
            change,
            file === 'both' ? '`contract.ts`, `main.ts`' : code(file),
            brings,
            restarts,
          ]),
        ),
        '',
      ];
}
