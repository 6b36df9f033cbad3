import { show, type ErrorCode } from '../errors';
import { nearName } from '../near-name';
import type { Copy, Holder } from './copy';
import type { ContainerNames, Root } from './edit';
import { EditProblems, type EditProblem } from './edit-problems';
import { equal, isObject, keysOf, pointerTo, valueAt, type Json } from '../kube/json';
import { containersOf, isListOfContainers, type Container } from '../kube/pod-template';

/** A place in the object under edit: the keys that lead to it from the root. */
export type Place = readonly (string | number)[];

/**
 * A container of the object under edit. To read its fields, use the draft with the container's path
 * below the pod spec.
 */
export type DraftContainer = Omit<Container, 'json'>;

/**
 * An object while edits are applied to it. Records the owner of and the reasons for each field, and
 * the problems.
 */
export class Draft {
  private readonly found = new EditProblems();
  private readonly owners = new Map<string, string>();
  private readonly sharing = new Map<string, readonly string[]>();
  private readonly keptNames = new Map<string, string>();
  private readonly unchanging = new Set<string>();
  private readonly steps = new Set<string>();
  private known?: readonly DraftContainer[];

  public readonly podPlace: Place;
  private readonly templatePlace: Place;

  public constructor(
    private readonly copy: Copy,
    private readonly template: string | undefined,
    private readonly reasons: Map<string, string[]>,
  ) {
    this.templatePlace = keysOf(template ?? '');
    this.podPlace = [...this.templatePlace, 'spec'];
  }

  public get problems(): readonly EditProblem[] {
    return this.found.list;
  }

  /** The pod spec. Absent if the object has no pod template. */
  public get pod(): Json | undefined {
    return this.template === undefined ? undefined : this.get(this.podPlace);
  }

  public get containers(): readonly DraftContainer[] {
    return (this.known ??= containersOf(this.pod));
  }

  /** Returns the places where the paths of an operation start. */
  public places(root: Root, owner: string): Place[] {
    if (root === 'object') {
      return [[]];
    }
    if (root === 'template') {
      return [this.templatePlace];
    }
    if (root === 'pod') {
      return [this.podPlace];
    }
    return this.named(root.containers, owner).map(c => [...this.podPlace, ...c.path]);
  }

  /**
   * Returns the containers with the given names. Reports a problem for a name that matches no
   * container, and for `only` if the pod does not have exactly one ordinary container, unless the
   * owner replaces volumes: then `only` are the containers that mounted them.
   */
  public named(names: ContainerNames, owner: string): readonly DraftContainer[] {
    const all = this.containers;
    const theirs = all.filter(c => !this.steps.has(c.name));
    const ordinary = all.filter(c => c.role === 'container');
    const list = (cs: readonly DraftContainer[]) =>
      cs.map(c => (c.role === 'container' ? c.name : `${c.name} (${c.role})`)).join(', ') || 'none';
    const shared = this.sharing.get(owner);
    if (names === 'only' && shared !== undefined) {
      return all.filter(({ name, role }) => shared.includes(name) && role !== 'ephemeral');
    }
    if (names === 'only') {
      if (ordinary.length === 1) {
        return ordinary;
      }
      this.problem(
        'SHM009',
        'containers',
        `nothing, for a pod with ${ordinary.length} containers`,
        `names of: ${list(theirs)}`,
        `name the containers that ${owner} is for: { containers: ['${ordinary[0]?.name ?? 'app'}'] }`,
      );
      return [];
    }
    return names.flatMap(name => {
      const found = all.filter(c => c.name === name && c.role !== 'ephemeral');
      if (found.length === 0) {
        const near = nearName(
          name,
          theirs.map(each => each.name),
        );
        this.problem(
          'SHM009',
          'containers',
          show(name),
          `names of: ${list(theirs)}`,
          near === undefined ? 'name a container of this pod' : `write ${show(near)}`,
        );
      }
      return found;
    });
  }

  /** Records that an init container is a step of an edit, which nobody means to name. */
  public addStep(name: string): void {
    this.steps.add(name);
  }

  /** Sets the containers that `only` stands for in the operations of an owner. */
  public shareWith(owner: string, containers: readonly string[]): void {
    this.sharing.set(owner, containers);
  }

  /** Records that a volume of the workload serves in the place of one that an edit adds. */
  public keepVolume(added: string, kept: string): void {
    this.keptNames.set(added, kept);
  }

  /** Returns the name in the pod of a volume that an edit adds. */
  public volumeNamed(added: string): string {
    return this.keptNames.get(added) ?? added;
  }

  /** Writes into what an edit added, without a reason of its own. */
  public amend(place: Place, value: Json, owner: string): void {
    if (equal(this.get(place), value)) {
      return;
    }
    this.checkAsIs(place, value, owner);
    const holder = this.open(place.slice(0, -1), '');
    if (holder) {
      this.copy.put(holder, place[place.length - 1], value);
    }
  }

  /** From now on, each change that this owner makes to the pods is a problem. */
  public keepAsIs(owner: string): void {
    this.unchanging.add(owner);
  }

  /** Checks whether an owner changes nothing in the pods. */
  public isAsIs(owner: string): boolean {
    return this.unchanging.has(owner);
  }

  /** Applies an operation of an owner, from whom its problems then come. */
  public applyFor(owner: string, operation: () => void): void {
    this.found.askedBy(owner, operation);
  }

  /**
   * Reports a problem.
   *
   * @param there the place where another edit may have written what is in the way
   */
  public problem(
    code: ErrorCode,
    field: string,
    given: string,
    allowed: string,
    fix: string,
    there?: Place,
  ): void {
    this.found.add({ code, field, given, allowed, fix }, there && this.writerOf(there));
  }

  public note(place: Place, reason: string): void {
    this.because(pointerTo(place), reason);
  }

  private because(field: string, reason: string): void {
    const known = this.reasons.get(field);
    if (!known) {
      this.reasons.set(field, [reason]);
    } else if (!known.includes(reason)) {
      known.push(reason);
    }
  }

  /**
   * Returns the owner of the edit that wrote a field or one of the objects that contain it; 'the
   * workload itself' if no edit did.
   */
  public ownerOf(place: Place): string {
    return this.writerOf(place) ?? 'the workload itself';
  }

  private writerOf(place: Place): string | undefined {
    for (let end = place.length; end > 0; end--) {
      const owner = this.owners.get(pointerTo(place.slice(0, end)));
      if (owner !== undefined) {
        return owner;
      }
    }
    return undefined;
  }

  /** Checks whether an edit of this owner wrote this place. */
  public isOwnedBy(owner: string, place: Place): boolean {
    return this.owners.get(pointerTo(place)) === owner;
  }

  /** Checks whether an edit wrote this place. */
  public isOwned(place: Place): boolean {
    return this.owners.has(pointerTo(place));
  }

  /** Checks whether an edit of this or of another pod template of the object wrote this place. */
  public isFromEdit(place: Place): boolean {
    return this.reasons.has(pointerTo(place));
  }

  private own(place: Place, owner: string, reason: string): void {
    const field = pointerTo(place);
    this.owners.set(field, owner);
    this.because(field, reason);
  }

  public get(place: Place): Json | undefined {
    return valueAt(this.copy.root, place);
  }

  /** Writes a field and records its owner and its reason. */
  public put(place: Place, value: Json, owner: string, reason: string): void {
    this.checkAsIs(place, value, owner);
    const holder = this.open(place.slice(0, -1), owner);
    if (holder) {
      this.copy.put(holder, place[place.length - 1], value);
    }
    this.own(place, owner, reason);
  }

  /**
   * Inserts an item into a list, at the end or at the given position. Creates the list if it does
   * not exist. Returns the place of the item.
   */
  public insert(list: Place, item: Json, owner: string, reason: string, position?: number): Place {
    const there = this.get(list);
    if (there !== undefined && there !== null && !Array.isArray(there)) {
      this.misfit(list, there, 'a list', owner);
      return list;
    }
    this.checkAsIs(list, item, owner);
    const holder = this.open(list.slice(0, -1), owner);
    const index = position ?? there?.length ?? 0;
    if (holder) {
      const key = list[list.length - 1];
      this.copy.insert(
        there ? this.copy.open(holder, key, there) : this.copy.make<Json[]>(holder, key, []),
        index,
        item,
      );
    }
    if (isListOfContainers(list.at(-1))) {
      this.known = undefined;
    }
    const place = [...list, index];
    this.own(place, owner, reason);
    return place;
  }

  /** Removes items of a list of the workload, before any edit has written into it. */
  public remove(list: Place, indexes: readonly number[]): void {
    const there = this.get(list);
    const holder = indexes.length > 0 && this.open(list.slice(0, -1), '');
    if (holder && Array.isArray(there)) {
      const items = this.copy.open(holder, list[list.length - 1], there);
      [...indexes].sort((a, b) => b - a).forEach(index => items.splice(index, 1));
    }
  }

  private checkAsIs(place: Place, value: Json, owner: string): void {
    const isAnnotationOfObject = place.length === 3 && place[1] === 'annotations';
    if (this.isAsIs(owner) && !(isAnnotationOfObject && place[0] === 'metadata')) {
      this.problem(
        'SHM010',
        dotted(place),
        `${show(this.get(place))}, with asIs`,
        `what ${owner} needs there: ${show(value)}`,
        'write it in the workload, or leave asIs out: the library then adds it, and the pods restart',
      );
    }
  }

  /**
   * Returns the object or list at a place, ready to be modified. Creates it and all its parents if
   * they do not exist. Reports a problem if the place contains a value of another type.
   */
  private open(place: Place, owner: string): Holder | undefined {
    let here: Holder = this.copy.root;
    for (const [i, key] of place.entries()) {
      const next: Json | undefined = Array.isArray(here) ? here[Number(key)] : here[key];
      if (isObject(next) || Array.isArray(next)) {
        here = this.copy.open(here, key, next);
        continue;
      }
      if (next !== undefined && next !== null) {
        this.misfit(place.slice(0, i + 1), next, 'an object', owner);
        return undefined;
      }
      here = this.copy.make(here, key, {});
    }
    return here;
  }

  private misfit(place: Place, there: Json, allowed: string, owner: string): void {
    this.problem(
      'SHM010',
      dotted(place),
      `${show(there)}, written by ${this.ownerOf(place)}`,
      `${allowed}, to which ${owner} can add`,
      'write the field as Kubernetes has it',
      place,
    );
  }
}

/** Formats a place as users write it: `spec.template.spec.nodeSelector["example.com/x"]`. */
export function dotted(place: Place): string {
  return place
    .map((key, i) =>
      typeof key === 'number' || /^\d+$/.test(key)
        ? `[${key}]`
        : /^\w+$/.test(key)
          ? `${i > 0 ? '.' : ''}${key}`
          : `["${key}"]`,
    )
    .join('');
}
