import { isLibraryStep } from './library-steps';
import { at, itemsOf, objectsOf, textOf } from '../kube/json';
import type { Container } from '../kube/pod-template';
import { mountHugePagesStepName, tmpfsKibibytes } from '../model/agent/init-steps';
import type { MarkedMemory, ReadMark } from '../model/contract/contract-mark';
import { HUGE_PAGE_BYTES } from '../model/contract/huge-pages';
import { contractDirectory, entryOf, isInContractDirectory } from '../model/contract/node-layout';
import type { Pod } from '../read/pod';

/** The steps of an agent that have privileges. */
export type AgentStepKind = 'prepareStep' | 'mountStep' | 'mountHugePagesStep';

/** An init container of an agent that makes the directories of its contract on the node. */
export interface AgentStep {
  readonly container: Container;
  readonly step: AgentStepKind;
}

/**
 * Returns the step of an agent that an init container runs on the node. Absent if it is none. The
 * step is identified by its script and its privileges instead of its name: it mounts the directory
 * of its contract, and either has the capability CHOWN after dropping all, or is privileged with
 * `mountPropagation: Bidirectional`. Its name only tells what it mounts. Another script has no
 * reason to have these privileges.
 */
export function agentStepOf(pod: Pod, container: Container, mark: ReadMark): AgentStep | undefined {
  const step = mark.side === 'agent' ? kindOf(pod, container, mark) : undefined;
  return step && { container, step };
}

function kindOf(pod: Pod, container: Container, mark: ReadMark): AgentStepKind | undefined {
  if (container.role !== 'init' || !isLibraryStep(container)) {
    return undefined;
  }
  const mount = pod.mounts.find(
    each =>
      each.container === container &&
      each.hostPath !== undefined &&
      isInContractDirectory(each.hostPath, mark),
  );
  if (!mount) {
    return undefined;
  }
  const context = container.json.securityContext;
  if (at(context, 'privileged') === true) {
    if (mount.json.mountPropagation !== 'Bidirectional') {
      return undefined;
    }
    return container.name === mountHugePagesStepName(mark.contract)
      ? 'mountHugePagesStep'
      : 'mountStep';
  }
  const capabilities = at(context, 'capabilities');
  return itemsOf(at(capabilities, 'add')).includes('CHOWN') &&
    itemsOf(at(capabilities, 'drop')).includes('ALL')
    ? 'prepareStep'
    : undefined;
}

/** A variable of a step that says something else than the mark of its agent. */
export interface StepContradiction {
  readonly variable: string;
  /** What the variable says of it: all of it, or one of its entries. Absent if nothing. */
  readonly given?: string;
  /** What it can say according to the mark. Empty if it must not say it. */
  readonly allowed: readonly string[];
}

/**
 * Returns the variables of a step that say something else than the mark of its agent: the script
 * then makes other directories, or gives them to others. The mark does not say which user an agent
 * has, unless it is root, nor whether clients write.
 */
export function stepContradictions(
  { container, step }: AgentStep,
  mark: ReadMark,
): StepContradiction[] {
  const env = new Map(
    objectsOf(container.json.env).map(({ name, value }) => [textOf(name), textOf(value ?? '')]),
  );
  const { group, owner, version } = mark;
  const directory = contractDirectory({ namespace: mark.namespace, name: mark.contract });
  const is = (variable: string, expected: string): StepContradiction[] =>
    env.get(variable) === expected
      ? []
      : [{ variable, ...given(env.get(variable)), allowed: [expected] }];
  const [user, ownGroup] = (env.get('OWNER') ?? '').split(':');
  const isOwner =
    (owner === undefined ? /^[1-9][0-9]*$/.test(user) : user === `${owner}`) &&
    (group === undefined || ownGroup === `${group}`);
  return [
    ...is('DIRECTORY', directory),
    ...is('VERSION', version),
    ...(isOwner
      ? []
      : [
          {
            ...{ variable: 'OWNER', ...given(env.get('OWNER')) },
            allowed: [`${owner ?? 'USER'}:${group ?? 'GROUP'}`],
          },
        ]),
    ...ofMemories(env.get('MEMORIES') ?? '', entriesOf(step, mark)),
  ];
}

/** Compares the entries of the variable MEMORIES with those that the mark allows, by memory. */
function ofMemories(
  text: string,
  allowed: ReadonlyMap<string, readonly string[]>,
): StepContradiction[] {
  const entries = text.split(' ').filter(entry => entry !== '');
  const named = new Set(entries.map(entry => entry.split(':')[0]));
  const variable = 'MEMORIES';
  return [
    ...entries
      .map(entry => ({ entry, may: allowed.get(entry.split(':')[0]) ?? [] }))
      .filter(({ entry, may }) => !may.includes(entry))
      .map(({ entry, may }) => ({ variable, given: entry, allowed: may })),
    ...[...allowed].flatMap(([name, may]) => (named.has(name) ? [] : [{ variable, allowed: may }])),
  ];
}

const BACKING_OF_STEP = {
  prepareStep: 'directory',
  mountStep: 'tmpfs',
  mountHugePagesStep: 'hugetlbfs',
} as const;

/** Returns the entries that the variable MEMORIES of a step can have, by the name in them. */
function entriesOf(step: AgentStepKind, { memory }: ReadMark): Map<string, string[]> {
  return new Map(
    memory
      .filter(({ backing }) => backing === BACKING_OF_STEP[step])
      .map(each => {
        const name = entryOf(each);
        return [
          name,
          modesOf(each).map(mode => [name, mode, ...sizeOf(step, each)].join(':')),
        ] as const;
      }),
  );
}

/** The modes of a directory whose clients only read, and of one whose clients write. */
function modesOf({ sticky }: MarkedMemory): string[] {
  return ['2750', sticky === true ? '3770' : '2770'];
}

function sizeOf(step: AgentStepKind, { api, size, hugePages }: MarkedMemory): string[] {
  if (step === 'mountStep') {
    return [`${tmpfsKibibytes({ api, size: Number(size ?? 0n) })}`];
  }
  return step === 'mountHugePagesStep' && hugePages !== undefined
    ? [`${HUGE_PAGE_BYTES[hugePages] / 2 ** 20}M`, `${size ?? 0n}`]
    : [];
}

function given(text: string | undefined): Pick<StepContradiction, 'given'> {
  return text === undefined ? {} : { given: text };
}
