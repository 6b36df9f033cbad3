import type { WordedContainerChange } from './diff-document';
import type { ContainerChange } from '../../change/set-changes';
import {
  isBeyondMarks,
  type Reach,
  type ReachedBy,
  type SaidByMarks,
} from '../../sharing/memory-reach';
import { count } from '../finding-words';
import { hardeningWords } from '../hardening-words';
import { reachedMemoryWords } from '../reached-memory-words';

/** Returns the words for a container that only one side has, or that reaches other memory. */
export function containerChangeWords({
  of,
  container,
  change,
  image,
  isStep,
  nodeAccess,
  lacks,
  memories,
}: ContainerChange): WordedContainerChange {
  return {
    ...{ of, container, change, image },
    step: isStep,
    nodeAccess,
    lacks: lacks.length === 0 ? null : hardeningWords(lacks),
    memory: memories.map(each => ({
      memory: reachedMemoryWords(each.of),
      reach: each.reach,
      marks: each.said,
      what: reachWords(each, isStep),
    })),
  };
}

const SAID: Readonly<Record<SaidByMarks, string>> = {
  named: ', as its mark says',
  agent: ', as the agent of its pod',
  reader: ', although its mark says that it only reads',
  unnamed: ', although no mark says so',
};

function reachWords({ of, reach, said }: ReachedBy, isStep: boolean): string {
  const memory = reachedMemoryWords(of);
  // the marks of writers say so, whatever the volume of their claim allows
  const may = mayWords(
    said === 'named' && reach === 'asVolumeAllows' ? 'readWrite' : reach,
    memory,
  );
  return isStep ? may : `${may}${SAID[said]}`;
}

function mayWords(reach: Reach, memory: string): string {
  switch (reach) {
    case 'readOnly':
      return `mounts memory ${memory} to read`;
    case 'asVolumeAllows':
      return `mounts memory ${memory} to read, and to write unless the volume of its claim refuses it`;
    case 'readWrite':
      return `mounts memory ${memory} to read and write`;
    case 'ipcNamespace':
      return `reaches memory ${memory} in the IPC namespace of its pod`;
  }
}

/** Checks whether a container reaches memory of a contract although no mark says so. */
export function isContainerBeyondMarks({ step, memory }: WordedContainerChange): boolean {
  return !step && memory.some(({ marks }) => isBeyondMarks({ said: marks }));
}

/** Counts the new containers that reach the node and lack hardening, for the verdict. */
export function unhardenedIn(containers: readonly WordedContainerChange[]): string[] {
  const number = containers.filter(
    ({ nodeAccess, lacks }) => lacks !== null && nodeAccess.length > 0,
  ).length;
  const [are, lack] =
    number === 1 ? ['is privileged or mounts', 'lacks'] : ['are privileged or mount', 'lack'];
  return number === 0
    ? []
    : [`${count(number, 'new container')} that ${are} a hostPath ${lack} hardening`];
}
