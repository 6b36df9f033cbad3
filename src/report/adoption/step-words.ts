import { problemWords } from './adoption-words';
import type { TighteningStep } from '../../adopt/tightening';
import { code, fieldOf, workload } from '../review/markdown';

/** A step in words: the line to change, what it brings, and what restarts. */
export interface StepWords {
  readonly file: 'contract.ts' | 'main.ts';
  readonly change: string;
  readonly brings: string;
  readonly restarts: string;
}

/** Describes a step. */
export function stepWords(step: TighteningStep): StepWords {
  return { ...changeWords(step), restarts: restartWords(step) };
}

function changeWords(step: TighteningStep): Omit<StepWords, 'restarts'> {
  const name = step.contract.spec.name;
  const contract = 'contract.ts';
  switch (step.kind) {
    case 'reasons':
      return {
        file: contract,
        change: `${code(name)}: replace each reason that begins with "not reviewed yet"`,
        brings: 'a reviewer knows why pods may have it',
      };
    case 'size':
      return {
        file: contract,
        change: `${code(name)}: add \`size: Size.mebibytes(...)\` to memory \`${step.memory}\``,
        brings: 'synth and lint compare the memory limits with it; REVIEW.md says who pays',
      };
    case 'attach':
      return {
        file: 'main.ts',
        change: `${code(name)}: remove \`asIs: true\` for ${workload(step.workload.manifest)}`,
        brings:
          step.problems.length > 0
            ? `nothing until this is mended: ${step.problems.map(problemWords).join('. ')}`
            : `adds ${step.adds.map(each => code(fieldOf(step.workload.manifest, each))).join(', ')}`,
      };
    case 'wait':
      return {
        file: contract,
        change: `${code(name)}: replace \`clientsWait: false\` of memory \`${step.memory}\` with \`readyWhen: ReadyWhen.${step.contains === 'sockets' ? 'socket' : 'file'}('...', { toolImage })\` of the contract, and remove \`asIs: true\` for its clients`,
        brings: 'clients start only when there is something to read',
      };
    case 'claim':
      return {
        file: contract,
        change: `${code(name)}: remove \`clientVolume\`, add a ContractGrant for ${step.namespaces.join(', ') || 'each client namespace'}, and remove \`asIs: true\` for its clients`,
        brings: 'clients use a read-only claim and pass Pod Security "restricted" without hostPath',
      };
    case 'directory':
      return {
        file: contract,
        change: `${code(name)}: write \`ownerId\`, \`groupId\`, a \`size\` and \`backing: Backing.directory()\` for memory \`${step.memory}\`, a new \`version\`, and remove \`asIs: true\``,
        brings:
          'if the software can use another path: a directory of this contract alone, whose owner and group are known',
      };
  }
}

function restartWords({ restarts }: TighteningStep): string {
  return restarts.length === 0
    ? 'nothing'
    : restarts
        .map(each => (each.kind === 'Pod' ? workload(each) : `the pods of ${workload(each)}`))
        .join(', ');
}
