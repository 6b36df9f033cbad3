import { show } from '../errors';
import { dotted, type Draft, type DraftContainer, type Place } from './draft';
import type { AddVolume, Mount } from './edit';
import { claimTemplateIndex, equalSource, showsWhole, sourceWords } from './volume-source';
import { at, equal, isObject, itemsOf, textOf, type Json } from '../kube/json';
import { realPath } from '../kube/path';

/** An operation that may replace volumes. Most edits have none. */
type Adding = AddVolume & { readonly owner: string };

/** A mount of a volume in the workload, or its use as a block device. */
interface Use {
  readonly container: DraftContainer;
  readonly place: Place;
  readonly json: Json;
  /** The cleaned mount path. Absent for a block device. */
  readonly path?: string;
}

/** A volume of the workload that an edit replaces. */
interface Replaced {
  readonly name: string;
  readonly index: number;
  readonly by: Adding;
  readonly uses: readonly Use[];
}

/**
 * Removes the volumes of the workload that edits replace, and puts the volumes of the edits in
 * their place. Each container that mounted a replaced volume gets the new mount. If this would
 * break another use of such a volume, reports all of these uses and changes nothing.
 */
export function replaceVolumes(draft: Draft, adding: readonly Adding[]): void {
  const replaced: Replaced[] = [];
  for (const owner of new Set(adding.map(each => each.owner))) {
    const own = adding.filter(each => each.owner === owner);
    const names = [...new Set(own.flatMap(({ replaces = [] }) => replaces))];
    draft.applyFor(owner, () => {
      const mine = names.flatMap(name => replacedBy(draft, name, own, replaced) ?? []);
      checkContainers(draft, owner, mine);
      replaced.push(...mine);
    });
  }
  for (const each of replaced) {
    draft.applyFor(each.by.owner, () => checkPlace(draft, each, replaced));
  }
  if (draft.problems.length === 0) {
    putInPlace(draft, replaced);
  }
}

/** Returns what an owner replaces under a name. Reports why it cannot be replaced. */
function replacedBy(
  draft: Draft,
  name: string,
  own: readonly Adding[],
  earlier: readonly Replaced[],
): Replaced | undefined {
  const [{ owner }] = own;
  const volumes = itemsOf(draft.get([...draft.podPlace, 'volumes']));
  const index = volumes.findIndex(volume => at(volume, 'name') === name);
  const fail = (field: string, given: string, allowed: string, fix: string) => {
    draft.problem('SHM011', field, given, allowed, fix);
    return undefined;
  };
  if (index < 0) {
    const claim = claimTemplateIndex(draft, name);
    return claim < 0
      ? fail(
          'replaces',
          show(name),
          `names of volumes of this pod: ${volumes.map(each => textOf(at(each, 'name') ?? '')).join(', ') || 'it has none'}`,
          'name the volume that is mounted at the path of the memory',
        )
      : fail(
          `spec.volumeClaimTemplates[${claim}]`,
          `${show(name)} in replaces, a claim that the StatefulSet makes for each pod`,
          'volumes of the pod template: a StatefulSet cannot change its volumeClaimTemplates, and the data of its claims would stay behind',
          'mount the claim at another path',
        );
  }
  const uses = usesOf(draft, name);
  const by = own.find(each => pathsOf(each).some(path => uses.some(use => use.path === path)));
  if (!by) {
    const where =
      [...new Set(uses.map(use => use.path ?? dotted(use.place)))].join(', ') || 'nowhere';
    const inTheWay = volumes
      .map(each => textOf(at(each, 'name') ?? ''))
      .filter(each =>
        usesOf(draft, each).some(use => own.flatMap(pathsOf).includes(use.path ?? '')),
      );
    return fail(
      'replaces',
      `${show(name)}, which is mounted ${uses.length > 0 ? 'at ' : ''}${where}`,
      `volumes that are mounted at ${own.flatMap(pathsOf).join(' or ')}, where ${owner} mounts its memory`,
      inTheWay.length === 0
        ? 'leave it out: it is not in the way'
        : `write ${inTheWay.map(show).join(', ')}, which is mounted there, or leave it out`,
    );
  }
  const other = earlier.find(each => each.name === name && !equalSource(each.by.volume, by.volume));
  if (other) {
    return fail(
      'replaces',
      `${show(name)} of ${owner}, which ${other.by.owner} also replaces`,
      'one contract that replaces a volume, or several that mount the same directory',
      'use two workloads, or ask the owner of one of the contracts for SharedMemory.files() with its own path',
    );
  }
  const lost = uses.filter(use => !isWholeAt(use, pathsOf(by)));
  if (lost.length > 0) {
    return fail(
      dotted(lost[0].place),
      `${show(name)} in replaces, which is also used as ${lost.map(use => `${dotted(use.place)}: ${show(use.json)}`).join('; ')}`,
      `a volume that is mounted as a whole at ${pathsOf(by).join(' or ')}, and nowhere else`,
      'give the other uses a volume of their own',
    );
  }
  return { name, index, by, uses };
}

/** Checks that the user meant each container that loses a volume to share the memory. */
function checkContainers(draft: Draft, owner: string, replaced: readonly Replaced[]): void {
  const uses = replaced.flatMap(each => each.uses.map(use => ({ ...use, ...each })));
  if (uses.length === 0) {
    return;
  }
  const named = replaced.flatMap(({ by }) =>
    by.mounts.flatMap(({ containers }) => (containers === 'only' ? [] : containers)),
  );
  const isOnly = replaced.some(({ by }) => by.mounts.some(m => m.containers === 'only'));
  const unnamed = uses.filter(({ container }) => !named.includes(container.name));
  for (const { container, json, name, path } of unnamed) {
    const command = commandThatNames(draft, container, path ?? '');
    if (isOnly && container.role !== 'init' && command === undefined) {
      continue;
    }
    draft.problem(
      'SHM009',
      'containers',
      `no ${container.role === 'init' ? 'init container' : 'container'} ${container.name}, which mounts ${name} at ${textOf(at(json, 'mountPath') ?? '')}${command === undefined ? '' : ` and names the path in ${command}`}`,
      isOnly
        ? `the name of each init container that mounts a replaced volume, and of each container with a probe or hook on its path: these commands would run on the memory of ${owner}`
        : `the names of all containers that mount a replaced volume: they get the memory of ${owner}`,
      `look at what it does there: if it must have the memory, name it: { containers: [${[...new Set(uses.map(use => `'${use.container.name}'`))].join(', ')}] } (serveFrom() takes { container: '...' }); if the pod does not need it any more, as an agent that has moved to the nodes, remove it`,
    );
  }
  if (isOnly) {
    draft.shareWith(owner, [...new Set(uses.map(({ container }) => container.name))]);
  }
}

/**
 * Reports what keeps a new volume and its mounts from taking the place of an old one: its name is
 * taken, or a container would get to write what it only read.
 */
function checkPlace(draft: Draft, { by, uses }: Replaced, replaced: readonly Replaced[]): void {
  const volumes = [...draft.podPlace, 'volumes'];
  const index = itemsOf(draft.get(volumes)).findIndex(each => at(each, 'name') === by.volume.name);
  const isTaken =
    index >= 0 &&
    !replaced.some(each => each.index === index) &&
    !equal(draft.get([...volumes, index]), by.volume);
  const claim = claimTemplateIndex(draft, by.volume.name);
  if (isTaken || claim >= 0) {
    draft.problem(
      'SHM011',
      claim >= 0
        ? `spec.volumeClaimTemplates[${claim}].metadata.name`
        : dotted([...volumes, index]),
      `${show(by.volume.name)}, a ${claim >= 0 ? 'claim' : 'volume'} of the workload itself`,
      `a name that ${by.owner} does not use for a volume`,
      'give the other one another name',
    );
  }
  for (const use of uses) {
    const mount = mountFor(draft, by, use);
    if (mount && mount.readOnly !== true && at(use.json, 'readOnly') === true) {
      draft.problem(
        'SHM011',
        dotted([...use.place, 'readOnly']),
        `true, written by ${draft.ownerOf(use.place)}`,
        `false, which ${by.owner} needs for container ${use.container.name}`,
        'remove readOnly from the mount, or attach with access: Access.READ_ONLY',
        use.place,
      );
    }
  }
}

/** Returns the mount that a container gets in the place of one of a replaced volume. */
function mountFor(draft: Draft, by: Adding, { container, path }: Use): Mount | undefined {
  return by.mounts.find(
    each =>
      realPath(each.mountPath) === path &&
      draft.named(each.containers, by.owner).some(({ name }) => name === container.name),
  );
}

/**
 * Writes the new volumes and mounts. The first of several replaced volumes gives its place. Edits
 * that add the same volume share one.
 */
function putInPlace(draft: Draft, replaced: readonly Replaced[]): void {
  const volumes = [...draft.podPlace, 'volumes'];
  const names = [...new Set(replaced.map(({ by }) => by.volume.name))];
  const groups = names.map(name => replaced.filter(({ by }) => by.volume.name === name));
  const isThere = (name: string) =>
    itemsOf(draft.get(volumes)).some(each => at(each, 'name') === name);
  const slots = groups
    .filter(([{ by }]) => !isThere(by.volume.name))
    .map(group => ({ group, slot: Math.min(...group.map(({ index }) => index)) }));
  const kept = slots.map(({ slot }) => slot);
  const removed = [...new Set(replaced.map(({ index }) => index))].filter(i => !kept.includes(i));
  const words = new Map(
    replaced.map(({ name, index }) => [
      name,
      `volume ${name}, ${sourceWords(draft.get([...volumes, index]))}`,
    ]),
  );
  draft.remove(volumes, removed);
  for (const { group, slot } of slots) {
    const [{ by }] = group;
    const place = [...volumes, slot - removed.filter(index => index < slot).length];
    const gone = [...new Set(group.map(({ name }) => words.get(name)))].join(' and ');
    draft.put(place, by.volume, by.owner, `${by.reason}; replaces ${gone}`);
  }
  for (const { by, uses } of replaced) {
    for (const use of uses) {
      const mount = mountFor(draft, by, use);
      if (mount && !draft.isOwned(use.place)) {
        const { containers: _, reason, ...item } = mount;
        draft.put(use.place, { name: by.volume.name, ...item }, by.owner, reason);
      }
    }
  }
}

function usesOf(draft: Draft, name: string): Use[] {
  return draft.containers.flatMap(container =>
    ['volumeMounts', 'volumeDevices'].flatMap(list => {
      const place = [...draft.podPlace, ...container.path, list];
      return itemsOf(draft.get(place)).flatMap((json, i): Use[] => {
        if (at(json, 'name') !== name) {
          return [];
        }
        const path = at(json, 'mountPath');
        return [
          {
            container,
            place: [...place, i],
            json,
            ...(typeof path === 'string' ? { path: realPath(path) } : {}),
          },
        ];
      });
    }),
  );
}

function pathsOf({ mounts }: AddVolume): string[] {
  return [...new Set(mounts.map((mount: Mount) => realPath(mount.mountPath)))];
}

/** Checks whether a mount shows the whole volume at one of the paths, and nothing more. */
function isWholeAt({ json, path }: Use, paths: readonly string[]): boolean {
  const propagation = at(json, 'mountPropagation') ?? 'None';
  return path !== undefined && paths.includes(path) && showsWhole(json) && propagation === 'None';
}

/**
 * Returns the first field of a container with a command that Kubernetes runs in it, and that names
 * a path: a probe or a lifecycle hook.
 */
function commandThatNames(
  draft: Draft,
  container: DraftContainer,
  path: string,
): string | undefined {
  const place = [...draft.podPlace, ...container.path];
  const fields = [
    ['livenessProbe'],
    ['readinessProbe'],
    ['startupProbe'],
    ['lifecycle', 'postStart'],
    ['lifecycle', 'preStop'],
  ];
  const found = fields.find(field => {
    const exec = draft.get([...place, ...field, 'exec']);
    const command = isObject(exec) ? itemsOf(exec.command) : [];
    return command.some(word => namesPath(textOf(word), path));
  });
  return found && dotted([...place, ...found]);
}

/** Checks whether a word of a command contains a path, or a path below it. */
function namesPath(word: string, path: string): boolean {
  const escaped = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?:^|[^\\w./-])(?:/var)?${escaped}(?![\\w.-])`).test(word);
}
