import { ApiObject } from 'cdk8s';
import { Construct, type IConstruct } from 'constructs';
import { allTargets, oneTarget, type Target, type TargetOptions } from './targets';
import { describeIn, InputChecks, InputError, type Problem } from '../../errors';
import { meantOptions, type OptionNames } from '../../options';
import { CallSite } from '../../wire/call-site';
import type { WrittenOptions } from '../../wire/clash';
import type { Edit } from '../../wire/edit';
import { addEdit, failEdits } from '../../wire/hook';

/** What is attached to workloads, and how. */
export interface Attachable<O extends object, U> {
  /** What is attached, as messages name it. */
  readonly owner: string;
  /** The construct that the user gave. */
  readonly target: IConstruct;
  /**
   * Checks what the options say. Returns nothing if that is not clear enough to look at the
   * workloads.
   */
  readonly using: (options: O, checks: InputChecks) => U | undefined;
  /** Returns the options of a call as the user's code writes them, with their defaults. */
  readonly written?: (using: U) => WrittenOptions;
  /** Returns what a workload gets. */
  readonly edit: (target: Target, using: U) => Edit;
  /** Adds checks of what was attached, which only the whole app can decide. */
  readonly check?: (target: Target, using: U) => void;
}

/** A call that attaches it. */
interface Call<O extends object> {
  readonly options: O;
  readonly names: OptionNames<O>;
  /** Returns the workloads that are meant. */
  readonly targets: (options: O) => readonly Target[];
}

/** Attaches something to one workload. See {@link attaching}. */
export function attachToOne<O extends TargetOptions, U>(
  attachable: Attachable<O, U>,
  options: O,
  names: OptionNames<O>,
): void {
  const { target } = attachable;
  attaching(attachable, {
    options,
    names,
    targets: meant => [oneTarget(target, meant, ', or use attachToAll()')],
  });
}

/** Attaches something to every workload at or below a construct. See {@link attaching}. */
export function attachToEach<O extends object, U>(
  attachable: Attachable<O, U>,
  options: O,
  names: OptionNames<O>,
): void {
  const { target } = attachable;
  attaching(attachable, { options, names, targets: () => allTargets(target) });
}

/**
 * Attaches something to workloads. If the input is wrong, the validations of the objects say so,
 * with the line of the user's code: one synth then reports all mistakes of all workloads. The
 * objects do not render, either, so that nothing is lost where nobody validates.
 *
 * Throws the problems at once if nothing would validate them, because the target is no construct,
 * or if the line is not known: in Python and Java, the exception that the caller gets has it.
 */
function attaching<O extends object, U>(attachable: Attachable<O, U>, call: Call<O>): void {
  const checks = new InputChecks('');
  const { targets, using } = read(attachable, call, checks);
  const failing = checks.areRight
    ? undefined
    : report(attachable, [{ objects: objectsOf(targets), problems: checks.problems }]);
  if (using === undefined) {
    return;
  }
  const wrong: Wrong[] = [];
  for (const target of targets) {
    const { object } = target;
    if (failing && !failing.includes(object)) {
      continue;
    } // it would render with options that are not what the user meant
    try {
      addEdit(object, attachable.edit(target, using), () => attachable.written?.(using) ?? {});
      attachable.check?.(target, using);
    } catch (error) {
      const own = failing ? checks : new InputChecks(object);
      const before = own.problems.length;
      own.addAllOf(error);
      wrong.push({ objects: [object], problems: own.problems.slice(before) });
    }
  }
  if (wrong.length > 0) {
    report(attachable, wrong);
  }
}

function objectsOf(targets: readonly Target[]): ApiObject[] {
  return [...new Set(targets.map(({ object }) => object))];
}

/** Returns what the call asks for, as far as it can be read. */
function read<O extends object, U>(
  { using }: Attachable<O, U>,
  { names, options, targets }: Call<O>,
  checks: InputChecks,
): { targets: readonly Target[]; using?: U } {
  const meant = checks.try(() => meantOptions(options, checks, names));
  return meant === undefined
    ? { targets: [] }
    : {
        targets: checks.try(() => targets(meant)) ?? [],
        using: checks.try(() => using(meant, checks)),
      };
}

/** What is wrong with a call, and the objects that must not render because of it. */
interface Wrong {
  readonly objects: readonly ApiObject[];
  readonly problems: readonly Problem[];
}

/** Reports what is wrong. Returns the objects that do not render because of it. */
function report<O extends object, U>(
  { owner, target }: Attachable<O, U>,
  all: readonly Wrong[],
): ApiObject[] {
  const wrong = all
    .filter(({ problems }) => problems.length > 0)
    .map(each => ({ ...each, problems: each.problems.map(inPlace(target, each.objects)) }));
  const { place: line } = wrong.length > 0 ? new CallSite() : {};
  if (wrong.length > 0 && (line === undefined || !Construct.isConstruct(target))) {
    throw new InputError('attachTo', ...wrong.flatMap(({ problems }) => problems));
  }
  return wrong.flatMap(({ objects, problems }) => {
    const told = problems.map(each => ({ ...each, fix: `${each.fix} (${owner} at ${line})` }));
    const holders = objects.length === 0 ? objectOf(target) : objects;
    const failing = holders.filter((object, i) => failEdits(object, told, i === 0));
    if (failing[0] !== holders[0] || holders.length === 0) {
      const messages = told.map(each => describeIn(target.node.path, each));
      target.node.addValidation({ validate: () => messages });
    }
    return failing;
  });
}

/** Returns a problem in the place of its object, or of the target, and not that of a method. */
function inPlace(target: IConstruct, objects: readonly ApiObject[]): (each: Problem) => Problem {
  if (!Construct.isConstruct(target)) {
    return problem => ({ ...problem, place: problem.place === '' ? 'attachTo' : problem.place });
  }
  const { path } = objects.length === 1 ? objects[0].node : target.node;
  return problem => ({
    ...problem,
    place: problem.place?.startsWith(target.node.path) === true ? problem.place : path,
  });
}

/** Returns the object of a target: itself, or that of a workload of cdk8s-plus. */
function objectOf(target: IConstruct): ApiObject[] {
  const object = ApiObject.isApiObject(target) ? target : target.node.defaultChild;
  return ApiObject.isApiObject(object) ? [object] : [];
}
