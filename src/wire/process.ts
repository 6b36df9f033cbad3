import { show } from '../errors';
import { dotted, type Draft } from './draft';
import type { SetUmask, SetVariable } from './edit';
import { at, equal, itemsOf, type Json } from '../kube/json';

/** Gives containers an environment variable. An equal one stays; another value is a conflict. */
export function setVariable(
  draft: Draft,
  { containers, name, value, reason }: SetVariable,
  owner: string,
): void {
  for (const { path } of draft.named(containers, owner)) {
    const place = [...draft.podPlace, ...path, 'env'];
    const index = itemsOf(draft.get(place)).findIndex(each => at(each, 'name') === name);
    const there = draft.get([...place, index]);
    if (index < 0) {
      draft.insert(place, { name, value }, owner, reason);
    } else if (equal(at(there, 'value') ?? '', value) && at(there, 'valueFrom') === undefined) {
      draft.note([...place, index], reason);
    } else {
      draft.problem(
        'SHM010',
        dotted([...place, index]),
        `${show(there)}, written by ${draft.ownerOf([...place, index])}`,
        `absent or ${show({ name, value })}, which ${owner} needs`,
        'remove the variable, or ask the owner of the contract for another name of its own',
        [...place, index],
      );
    }
  }
}

/**
 * Runs the command of containers with a umask, by putting a shell in front of it. The command must
 * be in the manifest, because the entrypoint of an image is not known here.
 */
export function setUmask(
  draft: Draft,
  { containers, umask, reason }: SetUmask,
  owner: string,
): void {
  for (const { name, path } of draft.named(containers, owner)) {
    const place = [...draft.podPlace, ...path, 'command'];
    const command = draft.get(place);
    const words = itemsOf(command);
    const set = umaskOf(words);
    if (set === umask) {
      draft.note(place, reason);
    } else if (set !== undefined) {
      draft.problem(
        'SHM010',
        dotted(place),
        `umask ${set}, written by ${draft.ownerOf(place)}`,
        `umask ${umask}, which ${owner} needs`,
        'use contracts with one umask, or two containers',
        place,
      );
    } else if (words.length === 0) {
      draft.problem(
        'SHM031',
        dotted(place),
        command === undefined ? 'nothing' : show(command),
        `the command of container ${name}: ${owner} must put a shell with umask ${umask} in front of it`,
        "write the image's ENTRYPOINT as command and its CMD as args, each as a list (crane config IMAGE, or docker inspect, shows both): if there is a command, Kubernetes uses neither of the image's; the image must have sh",
      );
    } else {
      draft.put(place, [...wrapper(umask), ...words], owner, reason);
    }
  }
}

const SHELL = 'exec "$@"';

function wrapper(umask: string): string[] {
  return ['sh', '-c', `umask ${umask}; ${SHELL}`, '--'];
}

/** Returns the umask that a command sets with our wrapper. Absent if it has none. */
function umaskOf(command: readonly Json[]): string | undefined {
  const [, umask] = /^umask ([0-7]{3});/.exec(String(command[2] ?? '')) ?? [];
  return umask !== undefined && equal(command.slice(0, 4), wrapper(umask)) ? umask : undefined;
}
