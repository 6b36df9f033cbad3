import type { ApiObject } from 'cdk8s';
import { describe, InputError } from '../errors';
import { apply, type Applied } from './apply';
import { clashes } from './clash';
import type { Edit } from './edit';
import { keepReasons } from './reasons';
import { plainCopy, type JsonObject } from '../kube/json';

/** What is kept at an edited object. Plain data, as another copy of the library may add to it. */
interface State {
  readonly edits: Edit[];
  /** The validation found nothing wrong, and no edit came since. */
  checked: boolean;
  /** What the object rendered before any edit, for the next toJson() alone. */
  raw?: JsonObject;
  /** What the edits made of it, for the next toJson() alone. */
  ready?: Applied;
  /** Renders and edits, and keeps both for the next toJson(). */
  check?: () => Applied;
}

const KEY = Symbol.for('cdk8s-shared-memory.edits');

/**
 * Adds an edit to an object: the one place where objects are changed.
 *
 * cdk8s JSON patches cannot do it: on generated classes they run before a filter that drops what it does not know. So the instance's `toJson()` is
 * wrapped, once, and edits the final wire JSON. As `toJson()` is not idempotent (workloads with `spread`), the validation that reports all conflicts
 * before any file is written renders once and hands that render to the next `toJson()`. What a construct's own validation changes after that is too late.
 */
export function addEdit(target: ApiObject, edit: Edit): void {
  const holder = target as ApiObject & { [KEY]?: State };
  const state = holder[KEY] ?? wrap(target);
  const problems = state.edits.flatMap(known => clashes(known, edit));
  if (problems.length > 0) { throw new InputError(target.node.path, ...problems); }
  if (state.edits.some(known => known.key === edit.key && known.template === edit.template)) { return; }
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
    throw new InputError(target.node.path, { code: 'SHM016', field: 'toJson', given: 'a frozen object', allowed: 'an object that can be changed', fix: 'do not freeze constructs' });
  }
  const state: State = { edits: [], checked: false };
  const original = target.toJson.bind(target);
  Object.defineProperty(target, KEY, { value: state });
  Object.defineProperty(target, 'toJson', {
    configurable: true,
    writable: true,
    enumerable: false,
    value: () => {
      const { raw, ready } = state;
      state.raw = state.ready = undefined;
      const { json, reasons, problems } = (state.checked && ready) || apply(plainCopy(raw ?? original() as JsonObject), state.edits);
      if (problems.length > 0) { throw new InputError(target.node.path, ...problems); }
      keepReasons(json, reasons);
      return json;
    },
  });
  state.check = () => {
    const raw = original() as JsonObject;
    const ready = apply(plainCopy(raw), state.edits);
    state.checked = ready.problems.length === 0;
    if (state.checked) { Object.assign(state, { raw, ready }); }
    return ready;
  };
  target.node.addValidation({
    // cdk8s validates the whole app once more for each chart
    validate: () => state.checked ? [] : state.check?.().problems.map(problem => describe(target.node.path, problem)) ?? [],
  });
  return state;
}

/** What an edited object will render, for validations that look at several objects. It is rendered once: see `addEdit`. */
export function peek(target: ApiObject): JsonObject {
  const state = (target as ApiObject & { [KEY]?: State })[KEY];
  if (!state?.check) { return target.toJson() as JsonObject; }
  return ((state.checked && state.ready) || state.check()).json;
}
