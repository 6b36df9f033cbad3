import { show, type Problem } from '../errors';
import { addVolume } from './add-volume';
import { Copy } from './copy';
import { dotted, Draft, type Place } from './draft';
import {
  OPERATIONS,
  type Annotate,
  type Edit,
  type Include,
  type Mark,
  type Operation,
  type Require,
  type SetField,
} from './edit';
import type { EditProblem } from './edit-problems';
import { checkHugePages } from './huge-pages-limit';
import { addInitContainer, finishInitContainer } from './init-container';
import { checkLimits } from './memory';
import { checkOneOnNode } from './one-on-node';
import { setUmask, setVariable } from './process';
import type { Reasons } from './reasons';
import { replaceVolumes } from './replace-volumes';
import { restrict } from './restrict';
import { runAs } from './run-as';
import { at, equal, isObject, itemsOf, objectsOf, textOf, type JsonObject } from '../kube/json';
import { refusedCombinations } from '../kube/refused';

/**
 * The result of applying edits to an object: the edited object and the reasons for its fields, or
 * the problems that were found.
 */
export interface Applied {
  readonly json: JsonObject;
  readonly reasons: Reasons;
  readonly problems: readonly EditProblem[];
}

/**
 * Applies edits to a rendered object. The object itself is not modified; the result shares all
 * unchanged parts with it. Reports all problems, not only the first one. The order of the edits
 * does not matter.
 */
export function apply(json: JsonObject, edits: readonly Edit[]): Applied {
  const copy = new Copy(json);
  const reasons = new Map<string, string[]>();
  const problems: EditProblem[] = unknownOperations(edits, OPERATIONS);
  for (const template of [...new Set(edits.map(e => e.template))].sort()) {
    const draft = new Draft(copy, template, reasons);
    applyToTemplate(
      draft,
      edits.filter(e => e.template === template).sort((a, b) => (a.key < b.key ? -1 : 1)),
    );
    problems.push(...draft.problems);
  }
  return { json: copy.finished(), reasons, problems };
}

/**
 * Returns a problem for each edit with an operation that a copy of the library cannot apply: two
 * copies of different versions may edit one object.
 */
export function unknownOperations(edits: readonly Edit[], known: readonly string[]): Problem[] {
  return edits.flatMap(({ owner, operations }) => {
    const unknown = [...new Set(operations.map(each => each.do))].filter(
      name => !known.includes(name),
    );
    return unknown.length === 0
      ? []
      : [
          {
            code: 'SHM016',
            field: 'operations',
            given: `${owner} with ${unknown.join(', ')}, from a newer copy of the library`,
            allowed: known.join(', '),
            fix: 'use one version of cdk8s-shared-memory in the app: npm ls cdk8s-shared-memory shows the copies',
          },
        ];
  });
}

function applyToTemplate(draft: Draft, edits: readonly Edit[]): void {
  const all = edits.flatMap(edit =>
    edit.operations.map(operation => ({ operation, owner: edit.owner })),
  );
  const each = eachOf(draft, all);
  // Init containers are inserted first, so that the indexes of containers no longer change and
  // other operations can refer to them. Checks of the whole pod run last.
  each('asIs', (_, owner) => draft.keepAsIs(owner));
  let inserted = 0;
  each('initContainer', (operation, owner) => {
    inserted += addInitContainer(draft, operation, owner, inserted);
  });
  if (draft.problems.length > 0) {
    return;
  } // otherwise the other operations would edit a container that is not ours
  const replacing = all.flatMap(({ operation, owner }) =>
    operation.do === 'volume' && operation.replaces ? [{ ...operation, owner }] : [],
  );
  replaceVolumes(draft, replacing);
  // each volume that is not replaced would be in the way of its replacement
  const stuck = draft.problems.length > 0 ? replacing.map(({ owner }) => owner) : [];
  applyOthers(
    draft,
    all.filter(({ owner }) => !stuck.includes(owner)),
  );
  checkMemory(
    draft,
    all.filter(({ owner }) => hasOneContainer(draft) || !stuck.includes(owner)),
  );
  for (const refusal of refusedCombinations(draft.pod)) {
    draft.problem('SHM014', refusal.field, refusal.given, refusal.allowed, refusal.fix);
  }
}

/** An operation, and who asks for it. */
interface Asked {
  readonly operation: Operation;
  readonly owner: string;
}

/** Returns what applies each operation of a kind. */
function eachOf(draft: Draft, all: readonly Asked[]) {
  return <D extends Operation['do']>(
    name: D,
    use: (operation: Extract<Operation, { do: D }>, owner: string) => void,
  ) => {
    for (const { operation, owner } of all) {
      if (operation.do === name) {
        draft.applyFor(owner, () => use(operation as Extract<Operation, { do: D }>, owner));
      }
    }
  };
}

/** Applies what comes after init containers are inserted and volumes are replaced. */
function applyOthers(draft: Draft, all: readonly Asked[]): void {
  const each = eachOf(draft, all);
  each('set', (operation, owner) => setField(draft, operation, owner));
  each('runAs', (operation, owner) => runAs(draft, operation, owner));
  each('volume', (operation, owner) => addVolume(draft, operation, owner));
  each('initContainer', (operation, owner) => finishInitContainer(draft, operation, owner));
  each('include', (operation, owner) => include(draft, operation, owner));
  each('env', (operation, owner) => setVariable(draft, operation, owner));
  each('umask', (operation, owner) => setUmask(draft, operation, owner));
  each('mark', (operation, owner) => mark(draft, operation, owner));
  each('annotate', (operation, owner) => annotate(draft, operation, owner));
  each('explain', operation => draft.note([], operation.reason));
  each('require', (operation, owner) => requireField(draft, operation, owner));
  each('oneOnNode', (_, owner) => checkOneOnNode(draft, owner));
  each('restrict', (operation, owner) => restrict(draft, operation, owner));
}

/** Checks that the limits of containers include what edits make them pay for. */
function checkMemory(draft: Draft, all: readonly Asked[]): void {
  checkLimits(
    draft,
    all.flatMap(({ operation, owner }) =>
      operation.do === 'memory' ? [{ ...operation, owner }] : [],
    ),
  );
  checkHugePages(
    draft,
    all.flatMap(({ operation, owner }) =>
      operation.do === 'hugePages' ? [{ ...operation, owner }] : [],
    ),
  );
}

/** Checks whether it is clear which container pays, whatever volumes are replaced. */
function hasOneContainer(draft: Draft): boolean {
  return draft.containers.filter(({ role }) => role === 'container').length === 1;
}

function setField(draft: Draft, operation: SetField, owner: string): void {
  for (const start of draft.places(operation.in, owner)) {
    setAt(draft, [...start, ...operation.path], operation, owner);
  }
}

function setAt(draft: Draft, place: Place, { value, over, reason }: SetField, owner: string): void {
  const there = draft.get(place);
  if (
    there === undefined ||
    there === null ||
    (there === false && value === true) ||
    over?.some(each => equal(there, each))
  ) {
    draft.put(place, value, owner, reason);
  } else if (equal(there, value)) {
    draft.note(place, reason);
  } else {
    conflict(draft, place, there, value, owner);
  }
}

function annotate(
  draft: Draft,
  { annotation, value, where, reason }: Annotate,
  owner: string,
): void {
  const has = {
    hostIPC: () => at(draft.pod, 'hostIPC') === true,
    hostPath: () =>
      objectsOf(at(draft.pod, 'volumes')).some(volume => volume.hostPath !== undefined),
  };
  if (where === undefined || has[where]()) {
    setField(
      draft,
      { do: 'set', in: 'object', path: ['metadata', 'annotations', annotation], value, reason },
      owner,
    );
  }
}

function include(draft: Draft, operation: Include, owner: string): void {
  for (const start of draft.places(operation.in, owner)) {
    includeAt(draft, [...start, ...operation.path], operation, owner);
  }
}

function includeAt(
  draft: Draft,
  place: Place,
  { item: given, isVolume, separator, reason }: Include,
  owner: string,
): void {
  const item = isVolume ? draft.volumeNamed(textOf(given)) : given;
  if (separator !== undefined) {
    includeInText(draft, place, textOf(item), separator, owner, reason);
    return;
  }
  const index = itemsOf(draft.get(place)).findIndex(known => equal(known, item));
  if (index >= 0) {
    draft.note([...place, index], reason);
  } else {
    draft.insert(place, item, owner, reason);
  }
}

function includeInText(
  draft: Draft,
  place: Place,
  item: string,
  separator: string,
  owner: string,
  reason: string,
): void {
  const there = draft.get(place);
  if (there !== undefined && there !== null && typeof there !== 'string') {
    conflict(draft, place, there, item, owner);
    return;
  }
  const items =
    typeof there === 'string'
      ? there
          .split(separator)
          .map(s => s.trim())
          .filter(s => s !== '')
      : [];
  if (items.includes(item)) {
    draft.note(place, reason);
  } else {
    draft.put(place, [...items, item].join(separator), owner, reason);
  }
}

function mark(draft: Draft, { annotation, value, containers, reason }: Mark, owner: string): void {
  const place = ['metadata', 'annotations', annotation];
  const names = draft.named(containers, owner).map(c => c.name);
  const there = draft.get(place);
  const earlier = namesInMark(draft, place, value);
  const text = JSON.stringify({ ...value, containers: [...new Set([...earlier, ...names])] });
  if (there !== undefined && there !== text && earlier.length === 0) {
    draft.problem(
      'SHM010',
      dotted(place),
      `${show(there)}, written by ${draft.isFromEdit(place) ? `${owner}, for another pod template` : draft.ownerOf(place)}`,
      `${text}, of ${owner}`,
      'attach a contract of one name once, from one namespace, with one set of options',
      place,
    );
  } else {
    draft.put(place, text, owner, reason);
  }
}

/**
 * Returns the containers in the mark that an edit of another pod template of the object wrote with
 * the same value: an object has one mark for each contract.
 */
function namesInMark(draft: Draft, place: Place, value: JsonObject): string[] {
  const there = draft.isFromEdit(place) ? draft.get(place) : undefined;
  const { containers, ...rest }: JsonObject = there === undefined ? {} : JSON.parse(textOf(there));
  return equal(rest, value) ? itemsOf(containers).map(textOf) : [];
}

function requireField(
  draft: Draft,
  { in: root, path, value, withParent, why, fix }: Require,
  owner: string,
): void {
  for (const start of draft.places(root, owner)) {
    const place = [...start, ...path];
    const there = draft.get(place);
    const parent = place.slice(0, -1);
    if (withParent === true && there === undefined && isObject(draft.get(parent))) {
      draft.problem(
        'SHM010',
        dotted(place),
        `nothing, in ${show(draft.get(parent))}, written by ${draft.ownerOf(parent)}`,
        `${show(value)}, for ${owner}: ${why}`,
        fix,
        parent,
      );
    }
    if (there !== undefined && there !== null && !equal(there, value)) {
      draft.problem(
        'SHM010',
        dotted(place),
        `${show(there)}, written by ${draft.ownerOf(place)}`,
        `absent or ${show(value)}, for ${owner}: ${why}`,
        fix,
        place,
      );
    }
  }
}

function conflict(
  draft: Draft,
  place: Place,
  there: unknown,
  wanted: unknown,
  owner: string,
): void {
  draft.problem(
    'SHM010',
    dotted(place),
    `${show(there)}, written by ${draft.ownerOf(place)}`,
    `${show(wanted)}, which ${owner} needs`,
    `remove it, or write ${show(wanted)}`,
    place,
  );
}
