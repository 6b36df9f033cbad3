import { show, type Problem } from '../errors';
import type { ContainerNames, Edit, Mount, Operation } from './edit';
import { canonical, equal, type Json } from '../kube/json';
import { overlaps, realPath } from '../kube/path';

/** Returns what a call asks for. Only a second call that asks for something else needs it. */
export type CallOptions = () => WrittenOptions;

/** The options of a call by their names, as the user's code writes their values. */
export type WrittenOptions = Readonly<Record<string, string>>;

/** What the calls asked for that two edits come from. */
export interface Calls {
  readonly before?: CallOptions;
  readonly now?: CallOptions;
}

/**
 * Returns the conflicts between two edits of the same pod template that can be found without
 * rendering the object, so they are reported when the second edit is added.
 */
export function clashes(known: Edit, added: Edit, calls: Calls = {}): Problem[] {
  if (known.template !== added.template) {
    return [];
  }
  if (known.key === added.key) {
    return equal(known, added) ? [] : secondCall(known, added, calls);
  }
  return known.operations.flatMap(a =>
    added.operations.flatMap(b => clash(a, b, known.owner, added.owner)),
  );
}

/** The problems of a call for something that an earlier call has attached in another way. */
function secondCall(known: Edit, added: Edit, calls: Calls): Problem[] {
  const [before, now] = [versionOf(known), versionOf(added)];
  if (before !== now) {
    return [
      {
        code: 'SHM010',
        field: 'version',
        given: `${show(now)} of ${added.owner}, on a workload that has its version ${show(before)}`,
        allowed: 'one version of a contract on one workload',
        fix: 'attach one of them; if they are different contracts, ask the owner of one of them for another name',
      },
    ];
  }
  const different = differentOptions(calls);
  return (different.length > 0 ? different : [OTHER_OPTIONS]).map(({ field, given }) => ({
    code: 'SHM010',
    field,
    given: given(added.owner),
    allowed: 'the same options, or one call',
    fix: 'call it once, with all options',
  }));
}

interface Different {
  readonly field: string;
  readonly given: (owner: string) => string;
}

/** What is said if it is not known what the calls asked for. */
const OTHER_OPTIONS: Different = {
  field: 'options',
  given: owner => `${owner} a second time, with other options`,
};

function differentOptions(calls: Calls): Different[] {
  const [before, now] = [calls.before?.() ?? {}, calls.now?.() ?? {}];
  return Object.keys(now)
    .filter(field => field in before && before[field] !== now[field])
    .map(field => ({
      field,
      given: owner => `${now[field]} for ${owner} in a second call; the first has ${before[field]}`,
    }));
}

/** The version of the contract that an edit is for. */
function versionOf({ operations }: Edit): Json | undefined {
  return operations.flatMap(each => (each.do === 'mark' ? [each.value.version] : []))[0];
}

function clash(a: Operation, b: Operation, first: string, second: string): Problem[] {
  if (a.do === 'volume' && b.do === 'volume') {
    // two agents may bring identical volumes, so volumes without mounts are not compared
    const memories = a.mounts.length > 0 && b.mounts.length > 0;
    if (
      memories &&
      a.volume.name === b.volume.name &&
      !(a.volume.hostPath && equal(a.volume, b.volume))
    ) {
      return [
        {
          code: 'SHM011',
          field: 'volumes',
          given: `${b.volume.name} of ${second}, which is also a volume of ${first}`,
          allowed:
            'names of contracts and memories that give different volume names when "-" joins them',
          fix: 'rename a memory of one of them',
        },
      ];
    }
    const same = (m: Mount, n: Mount) =>
      equal(a.volume, b.volume) && equal({ ...m, reason: '' }, { ...n, reason: '' });
    const taken = (n: Mount) =>
      a.mounts.some(
        m =>
          overlaps(realPath(m.mountPath), realPath(n.mountPath)) &&
          share(m.containers, n.containers) &&
          !same(m, n),
      );
    return b.mounts.filter(taken).map(n => ({
      code: 'SHM011',
      field: 'mountPath',
      given: `${n.mountPath} of ${second}, but ${first} already mounts its memory there, or above or below it`,
      allowed: 'memories of a container at different paths, none of which lies below another',
      fix: 'attach them to different containers, or ask the owner of one of them for SharedMemory.files() with its own path; for shm_open in both, ask both for Backing.devShm()',
    }));
  }
  if (a.do === 'mark' && b.do === 'mark' && a.annotation === b.annotation) {
    return [
      {
        code: 'SHM010',
        field: a.annotation,
        given: `${second} on a workload that has ${first}`,
        allowed: 'one contract of each name on one workload',
        fix: 'ask the owner of one of the contracts for another name',
      },
    ];
  }
  if (
    a.do === 'set' &&
    b.do === 'set' &&
    canonical([a.in, a.path]) === canonical([b.in, b.path]) &&
    !equal(a.value, b.value)
  ) {
    return [
      {
        code: 'SHM010',
        field: a.path.join('.'),
        given: `${show(b.value)}, which ${second} needs`,
        allowed: `${show(a.value)}, which ${first} needs`,
        fix: 'use contracts that agree on it, or two workloads',
      },
    ];
  }
  return [];
}

function share(a: ContainerNames, b: ContainerNames): boolean {
  return a === 'only' || b === 'only' ? a === b : a.some(name => b.includes(name));
}
