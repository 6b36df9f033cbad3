import type { ApiObject } from 'cdk8s';
import { describe, InputError } from '../errors';
import { apply, type Applied } from './apply';
import { clashes } from './clash';
import type { Edit } from './edit';
import { keepReasons } from './reasons';
import type { JsonObject } from '../kube/json';

/** What is kept at an edited object. Another copy of the library may add to it. */
interface State {
  readonly edits: Edit[];
  /** The validation found nothing wrong, and no edit came since. */
  checked: boolean;
  /** What the edits made of the object, for the next toJson() alone. */
  readonly ready?: Applied;
  /** Renders and edits, and keeps both for the next toJson(). */
  check(): Applied;
}

const KEY = Symbol.for('cdk8s-shared-memory.edits');

/**
 * Adds an edit to an object: the one place where objects are changed.
 *
 * cdk8s JSON patches cannot do it: on generated classes they run before a filter that drops what it
 * does not know. So the instance's `toJson()` is wrapped, once, and edits the final wire JSON. As
 * `toJson()` is not idempotent (workloads with `spread`), the validation that reports all conflicts
 * before any file is written renders once and hands that render to the next `toJson()`. What a
 * construct's own validation changes after that is too late.
 */
export function addEdit(target: ApiObject, edit: Edit): void {
  const state = (target as ApiObject & { [KEY]?: State })[KEY];
  if (!state) {
    wrap(target).edits.push(edit);
    return;
  } // most objects have one edit
  const problems = state.edits.flatMap(known => clashes(known, edit));
  if (problems.length > 0) {
    throw new InputError(target.node.path, ...problems);
  }
  if (state.edits.some(known => known.key === edit.key && known.template === edit.template)) {
    return;
  }
  state.edits.push(edit);
  state.checked = false;
}

function wrap(target: ApiObject): State {
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

/** An object with its edits: renders it, and is its validation. */
class Edited implements State {
  public readonly edits: Edit[] = [];
  public checked = false;
  public ready?: Applied;
  /** What the object rendered before any edit, for the next toJson() alone. */
  private raw?: JsonObject;

  public constructor(
    private readonly target: ApiObject,
    private readonly original: () => unknown,
  ) {}

  public render(): JsonObject {
    const { raw, ready } = this;
    this.raw = this.ready = undefined;
    const { json, reasons, problems } =
      (this.checked && ready) || apply(raw ?? this.rendered(), this.edits);
    if (problems.length > 0) {
      throw new InputError(this.target.node.path, ...problems);
    }
    keepReasons(json, reasons);
    return json;
  }

  public check(): Applied {
    const raw = this.rendered();
    const ready = apply(raw, this.edits);
    this.checked = ready.problems.length === 0;
    if (this.checked) {
      this.raw = raw;
      this.ready = ready;
    }
    return ready;
  }

  /** cdk8s validates the whole app once more for each chart. */
  public validate(): string[] {
    return this.checked
      ? []
      : this.check().problems.map(problem => describe(this.target.node.path, problem));
  }

  private rendered(): JsonObject {
    return this.original.call(this.target) as JsonObject;
  }
}

/**
 * What an edited object will render, for validations that look at several objects. It is rendered
 * once: see `addEdit`.
 */
export function previewJson(target: ApiObject): JsonObject {
  const state = (target as ApiObject & { [KEY]?: State })[KEY];
  if (!state) {
    return target.toJson() as JsonObject;
  }
  return ((state.checked && state.ready) || state.check()).json;
}
