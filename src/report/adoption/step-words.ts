import { problemWords } from './adoption-words';
import { literal } from './typescript-text';
import type { Guess } from '../../adopt/guesses';
import type { TighteningStep } from '../../adopt/tightening';
import { fieldOf } from '../../kube/field-path';
import { code, workload } from '../review/markdown';

/** A step in words: the line to change, what it brings, and what restarts. */
export interface StepWords {
  readonly file: 'contract.ts' | 'main.ts' | 'both';
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
    case 'guess':
      return guessedWords(name, step.guess);
    case 'reasons':
      return {
        file: contract,
        change: `${code(name)}: replace each reason that begins with "not reviewed yet"`,
        brings: 'a reviewer knows why pods may have it',
      };
    case 'size':
      return {
        file: contract,
        change: `${code(name)}: add \`size: Size.mebibytes(...)\` to memory \`${step.memory}\`, with \`import { Size } from 'cdk8s'\``,
        brings:
          'synth and lint compare the memory limits with it; if one is too small, synth says which to write. REVIEW.md says who pays',
      };
    case 'attach':
      return {
        file: 'main.ts',
        change: `${code(name)}: remove \`asIs: true\` for ${workload(step.workload.manifest)}`,
        brings:
          step.problems.length > 0
            ? `nothing until this is mended${step.creates ? ' (write `type: Directory` in the hostPath volume)' : ''}: ${step.problems.map(problemWords).join('. ')}`
            : `adds ${step.adds.map(each => code(fieldOf({ ...step.workload.manifest, base: '' }, each))).join(', ')}`,
      };
    case 'wait':
      return {
        file: 'both',
        change: `${code(name)}: replace \`clientsWait: false\` of memory \`${step.memory}\` with \`readyWhen: ReadyWhen.${step.contains === 'sockets' ? 'socket' : 'file'}('...', { toolImage })\`${step.contains === undefined ? ' (or `.socket()`, if that is what is made last)' : ''} of the contract, and remove \`asIs: true\` for its clients`,
        brings: 'clients start only when there is something to read',
      };
    case 'claim':
      return {
        file: 'both',
        change: `${code(name)}: remove \`clientVolume\`, add a ContractGrant for ${step.namespaces.join(', ') || 'each client namespace'}, and write \`replaces: [${volumes(step.contract.clients)}]\` for its clients instead of \`asIs: true\``,
        brings: 'clients use a read-only claim and pass Pod Security "restricted" without hostPath',
      };
    case 'directory':
      return {
        file: 'both',
        change: `${code(name)}: write \`ownerId\`, \`groupId\`, a \`size\` and \`backing: Backing.directory()\` for memory \`${step.memory}\`, a new \`version\`; and for each workload \`replaces: [...]\` with its volume instead of \`asIs: true\`, and \`toolImage\` for the agent`,
        brings:
          'if the software can use another path: a directory of this contract alone, whose owner and group are known',
      };
  }
}

/** Says what to check because it was guessed. */
function guessedWords(name: string, guess: Guess): Omit<StepWords, 'restarts'> {
  switch (guess.kind) {
    case 'files':
      return {
        file: 'contract.ts',
        change: `${code(name)}: run ${code(`find ${guess.path} -type s`)} on a node. If it lists something, write \`NodeContent.SOCKETS\` for memory \`${guess.memory}\`, and \`acknowledgements: [{ rule: 'SHM310', reason: '...' }]\``,
        brings:
          'a reviewer knows whether clients can talk to something there: a read-only mount does not keep them from it',
      };
    case 'namespace':
      return {
        file: 'contract.ts',
        change: `${code(name)}: write the namespace into which you apply the manifests, which name none`,
        brings: 'both sides mean the same contract',
      };
    case 'agent':
      return {
        file: 'main.ts',
        change: `${code(name)}: if the DaemonSet of \`serveFrom()\` does not serve the memory, write \`attachTo()\` instead, and \`servedBy\` in \`contract.ts\``,
        brings:
          'the contract says who serves it; the manifests show only that no other DaemonSet writes',
      };
  }
}

function restartWords({ restarts }: TighteningStep): string {
  return restarts.length === 0 ? 'nothing' : restarts.map(replacedWords).join(', ');
}

/** Says what a change of the pod template does to the pods of an object. */
function replacedWords(manifest: TighteningStep['restarts'][number]): string {
  switch (manifest.kind) {
    case 'Pod':
    case 'Job':
      return `${workload(manifest)}, which must be deleted and created again`;
    case 'CronJob':
      return `the next pods of ${workload(manifest)}`;
    default:
      return `the pods of ${workload(manifest)}`;
  }
}

/** Returns the volumes of clients, as a list in code. */
function volumes(clients: TighteningStep['contract']['clients']): string {
  const names = [...new Set(clients.flatMap(each => each.volumes))];
  return names.length === 1 ? literal(names[0]) : '...';
}
