import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { describeIn, InputError, type Problem } from '../errors';
import { apply, unknownOperations, type Applied } from './apply';
import { CallSite } from './call-site';
import { clashes, type CallOptions } from './clash';
import { OPERATIONS, type Edit } from './edit';
import type { EditProblem } from './edit-problems';
import { keepReasons } from './reasons';
import { awaitRender, stopAwaiting, type Unrendered } from './unrendered';
import type { JsonObject } from '../kube/json';

/**
 * The state that is attached to an edited object. Another copy of the library may add edits to it.
 */
interface State {
  /**
   * The operations that the copy of the library which made the state can apply. Absent if that copy
   * is older than this field.
   */
  readonly operations?: readonly string[];
  readonly edits: Edit[];
  /** Whether the validation found no problems and no edit was added since. */
  checked: boolean;
  /** The edited object, cached for the next call of toJson() only. */
  readonly ready?: Applied;
  /**
   * Renders the object, applies the edits, and caches both results for the next call of toJson().
   */
  check(): Applied;
}

const KEY = Symbol.for('cdk8s-shared-memory.edits');

/**
 * Adds an edit to an object. This is the only place where the library adds something to objects.
 *
 * cdk8s JSON patches cannot add: on generated classes they run before a filter that drops unknown
 * fields. Instead, this function wraps the instance's `toJson()` once, and applies the edits to the
 * final JSON. `toJson()` is not idempotent (for example for workloads with `spread`), but the
 * validation must report all conflicts before any file is written. So the validation renders the
 * object once and caches the result for the next `toJson()`. Changes that a construct makes in its
 * own validation after that have no effect.
 *
 * @param options what the user's call asks for, to name what differs in a second call
 */
export function addEdit(target: ApiObject, edit: Edit, options?: CallOptions): void {
  const state = (target as ApiObject & { [KEY]?: State })[KEY];
  if (!state) {
    const edited = wrap(target);
    edited.add(edit, options);
    return;
  } // fast path: most objects have only one edit
  const problems = [
    ...unknownOperations([edit], state.operations ?? OPERATIONS),
    ...state.edits.flatMap(known => {
      const before = state instanceof Edited ? state.options.get(known) : undefined;
      return clashes(known, edit, { before, now: options }).map(each =>
        withPlace(each, known, state),
      );
    }),
  ];
  if (problems.length > 0) {
    throw new InputError(target.node.path, ...problems);
  }
  if (state.edits.some(known => known.key === edit.key && known.template === edit.template)) {
    return;
  }
  if (state instanceof Edited) {
    state.add(edit, options);
  } else {
    state.edits.push(edit);
  }
  state.checked = false;
}

/** Adds to a problem where the earlier of two calls is. */
function withPlace(problem: Problem, earlier: Edit, state: State): Problem {
  const place = state instanceof Edited ? state.callSites.get(earlier)?.place : undefined;
  return place === undefined
    ? problem
    : { ...problem, given: `${problem.given} (${earlier.owner}: ${place})` };
}

/**
 * Makes an object fail to render, because what was asked of it is wrong, and to validate, unless
 * another validation reports the problems. Returns false if the object cannot be edited, or if
 * another copy of the library has edited it.
 */
export function failEdits(
  target: ApiObject,
  problems: readonly Problem[],
  isReported: boolean,
): boolean {
  const state = (target as ApiObject & { [KEY]?: State })[KEY];
  if (state !== undefined && !(state instanceof Edited)) {
    return false;
  }
  try {
    const edited = state ?? wrap(target);
    (isReported ? edited.failures : edited.silentFailures).push(...problems);
    edited.checked = false;
    awaitRender(edited);
    return true;
  } catch {
    return false;
  }
}

function wrap(target: ApiObject): Edited {
  if (Object.getOwnPropertyDescriptor(target, 'toJson')?.configurable === false) {
    throw new InputError(target.node.path, {
      code: 'SHM016',
      field: 'toJson',
      given: 'an object whose toJson is overridden in another language',
      allowed: 'an object that cdk8s renders itself',
      fix: 'render the object without the override, or write the fields there by hand',
    });
  }
  if (!Object.isExtensible(target)) {
    throw new InputError(target.node.path, {
      code: 'SHM016',
      field: 'toJson',
      given: 'a frozen object',
      allowed: 'an object that can be changed',
      fix: 'do not freeze constructs',
    });
  }
  const edited = new Edited(target, target.toJson);
  Object.defineProperty(target, KEY, { value: edited });
  Object.defineProperty(target, 'toJson', {
    configurable: true,
    writable: true,
    enumerable: false,
    value: () => edited.render(),
  });
  target.node.addValidation(edited);
  return edited;
}

/**
 * An object together with its edits. Renders the edited object, and is a validation of the object's
 * construct.
 */
class Edited implements State, Unrendered {
  public readonly operations = OPERATIONS;
  public readonly edits: Edit[] = [];
  /** Where each edit of this copy of the library was added. */
  public readonly callSites = new Map<Edit, CallSite>();
  /** The options of the calls that the edits come from, where they are known. */
  public readonly options = new Map<Edit, CallOptions>();
  /** What was asked of the object, and is wrong. */
  public readonly failures: Problem[] = [];
  /** The same, where the validation of another object says it. */
  public readonly silentFailures: Problem[] = [];
  public checked = false;
  public ready?: Applied;
  /** The object as rendered before any edit, cached for the next call of toJson() only. */
  private raw?: JsonObject;
  /** The number of edits that were there when the object was rendered last. */
  private editsRendered = 0;

  public constructor(
    private readonly target: ApiObject,
    private readonly original: () => unknown,
  ) {}

  public add(edit: Edit, options: CallOptions | undefined): void {
    this.edits.push(edit);
    this.callSites.set(edit, new CallSite());
    if (options !== undefined) {
      this.options.set(edit, options);
    }
    awaitRender(this);
  }

  public get path(): string {
    return this.target.node.path;
  }

  public get root(): IConstruct {
    return this.target.node.root;
  }

  public get isInTree(): boolean {
    const { scopes } = this.target.node;
    return scopes.every((each, i) => i === 0 || scopes[i - 1].node.children.includes(each));
  }

  private get hasFailed(): boolean {
    return this.failures.length + this.silentFailures.length > 0;
  }

  public asked(): string[] {
    return [...new Set(this.edits.slice(this.editsRendered).map(edit => this.askedBy(edit)))];
  }

  public render(): JsonObject {
    stopAwaiting(this);
    this.editsRendered = this.edits.length;
    if (this.hasFailed) {
      throw new InputError(this.path, ...this.silentFailures, ...this.problems());
    }
    const { raw, ready } = this;
    this.raw = this.ready = undefined;
    const { json, reasons, problems } =
      (this.checked && ready) || apply(raw ?? this.rendered(), this.edits);
    if (problems.length > 0) {
      throw new InputError(this.path, ...problems.map(each => this.placed(each)));
    }
    keepReasons(json, reasons);
    return json;
  }

  public check(): Applied {
    const raw = this.rendered();
    const ready = apply(raw, this.edits);
    this.checked = ready.problems.length === 0 && !this.hasFailed;
    if (this.checked) {
      this.raw = raw;
      this.ready = ready;
    }
    return ready;
  }

  /**
   * Returns the problems. Does nothing if the object is already checked, because cdk8s validates
   * the whole app again for each chart.
   */
  public validate(): string[] {
    const problems = this.checked ? [] : this.problems();
    if (problems.length > 0) {
      stopAwaiting(this);
    }
    return problems.map(problem => describeIn(this.path, problem));
  }

  private problems(): Problem[] {
    return [...this.failures, ...this.check().problems.map(problem => this.placed(problem))];
  }

  /** Says in which lines of the user's code the edits that a problem comes from were asked for. */
  private placed({ owners, ...problem }: EditProblem): Problem {
    const asking = this.edits.filter(({ owner }) => owners?.includes(owner) ?? true);
    const places = asking.flatMap(edit =>
      this.callSites.get(edit)?.place === undefined ? [] : [this.askedBy(edit)],
    );
    return places.length === 0
      ? problem
      : { ...problem, fix: `${problem.fix} (${[...new Set(places)].join(', ')})` };
  }

  private askedBy(edit: Edit): string {
    const place = this.callSites.get(edit)?.place;
    return place === undefined ? edit.owner : `${edit.owner} at ${place}`;
  }

  private rendered(): JsonObject {
    return this.original.call(this.target) as JsonObject;
  }
}

/**
 * Returns the edited object for validations that look at several objects. The result is cached, so
 * the object is rendered only once: see `addEdit`.
 */
export function previewJson(target: ApiObject): JsonObject {
  const state = (target as ApiObject & { [KEY]?: State })[KEY];
  if (!state) {
    return target.toJson() as JsonObject;
  }
  return ((state.checked && state.ready) || state.check()).json;
}
