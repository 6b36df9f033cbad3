import { captureStack, fromCaller } from './user-frames';

/** A problem with an input, in terms that the user knows. */
export interface Problem {
  /** Code of the error, `SHM0nn`: see {@link ERRORS}. */
  readonly code: ErrorCode;
  /** The field, as the user wrote it: a property of the API, or a field of the YAML. */
  readonly field: string;
  /** The value that was given. */
  readonly given: string;
  /** The values that are allowed. */
  readonly allowed: string;
  /** How to fix the problem. */
  readonly fix: string;
  /** The place of the problem, where it is not that of the error. */
  readonly place?: string;
}

/**
 * The input errors. A code is stable and never reused for another error. docs/errors.md is
 * generated from this table and the next one.
 */
export const ERRORS = {
  SHM001:
    'A name is not one that Kubernetes accepts, or is longer than this library can append its own parts to.',
  SHM002: 'A label or taint is not one that Kubernetes accepts.',
  SHM003: 'A size is zero, negative, not a whole number of bytes, or too large to be exact.',
  SHM004:
    'A user or group id is missing where the technique needs it, or is not an id of an unprivileged user or group.',
  SHM005: 'The list of memories is empty, or two of them have one name.',
  SHM006: 'A path cannot be used as a mount path, or two memories have the same one.',
  SHM007: 'Options contradict each other, or ask for what the technique cannot give.',
  SHM008: 'The target has no pod template, or has several.',
  SHM009: 'A container must be named, or the one that was named is not there.',
  SHM010:
    'A field that must be set already says something else, or a policy of the app refuses what it says.',
  SHM011: 'Something else is mounted, or named, where the shared memory belongs.',
  SHM012: 'A client asks for more access than the contract allows.',
  SHM013: 'A memory limit is missing, or cannot hold what its container pays for.',
  SHM014: 'Kubernetes refuses the pod: two of its fields exclude each other.',
  SHM015:
    'The image for an init step, or for another program that the library adds, is missing; or a package that the library needs for an agent.',
  SHM016: 'The object cannot be edited.',
  SHM017: 'The pod cannot be made to fit the Pod Security level.',
  SHM018: 'A contract in JSON form is not valid, or is of a newer version than this library reads.',
  SHM019: 'A file would be written where it must not be.',
  SHM020: 'The container has no startup probe, so nothing would wait for it.',
  SHM021:
    'An acknowledgement has no rule, no reason or no day that it could be read by, or acknowledges what is not caused here.',
  SHM022: 'Two objects, two apps, or a manifest and a report, would be written over each other.',
  SHM023: 'What a construct renders is no Kubernetes object.',
  SHM024: 'The output folder cannot be written, or is not where `cdk8s synth` looks.',
  SHM025: 'A construct depends on itself.',
  SHM029: 'A construct that must be an agent serves no contract.',
  SHM030: 'A duration is zero, or not a whole number of seconds.',
  SHM031: 'A container has no command in its manifest, so nothing can be put in front of it.',
  SHM032: 'Something was attached, or made, after the app was rendered.',
} as const;

/** The code of an input error. */
export type ErrorCode = keyof typeof ERRORS;

/**
 * What to write instead, for errors whose message alone leaves a question open: Markdown, for
 * `explain` and docs/errors.md. The tests compile the TypeScript.
 */
export const WHAT_TO_WRITE: { readonly [code in ErrorCode]?: string } = {
  SHM009: `\
If a pod has one container, that one gets the memory. If it has several, name those that share it. Init containers and sidecars get it only if you name them, too. The error lists the names of the pod; cdk8s-plus calls a container \`main\` if you give it no name.

\`\`\`ts
// containers.ts
import * as kplus from 'cdk8s-plus-27';
import { AgentContract } from 'cdk8s-shared-memory';

export function shareWithTwo(routes: AgentContract, api: kplus.Deployment): void {
  routes.attachTo(api, { containers: ['api', 'worker'] });
}
\`\`\``,
  SHM031: `\
The contract has a \`umask\`. No field of Kubernetes sets one, so the library puts a shell in front of the container's command: \`sh -c 'umask 007; exec "$@"' -- COMMAND\`. It cannot see what an image runs by default, so write it in the manifest. \`docker inspect IMAGE\` or \`crane config IMAGE\` shows it:

- the image's ENTRYPOINT becomes \`command\`, and its CMD becomes \`args\`, each a list with the words that you see there. Write both: once \`command\` is set, Kubernetes uses neither the ENTRYPOINT nor the CMD of the image.
- If the image has no ENTRYPOINT, its CMD becomes \`command\`.

\`\`\`ts
// writer.ts
import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Access, AgentContract } from 'cdk8s-shared-memory';

export function feed(chart: Chart, bus: AgentContract): void {
  const workload = new kplus.Deployment(chart, 'feed', {
    containers: [{
      name: 'feed',
      image: 'registry.example.com/feed:2.0.0',
      command: ['/docker-entrypoint.sh'], // "Entrypoint" of the image
      args: ['serve', '--port', '8080'], // "Cmd" of the image
    }],
  });
  bus.attachTo(workload, { access: Access.READ_WRITE });
}
\`\`\`

The image must have \`sh\`. If it has none, as distroless images, build it with one; or ask the owner of the contract to leave the \`umask\` out, and set it in the program, before it creates any file: \`umask(007)\` in C, \`os.umask(0o007)\` in Python, \`syscall.Umask(0o007)\` in Go. A client that only reads needs neither: leave \`access\` out.`,
};

/**
 * Describes a problem in one line: `SHM0nn [where] field: given X; allowed Y; fix: Z`. If a problem
 * has a place of its own, the line has that one. Child constructs that users never named
 * (`Default`, `Resource`) are left out of the path, as cdk8s leaves them out of names.
 */
export function describe(where: string, p: Problem): string {
  return `${p.code} [${shownPath(p.place ?? where)}] ${withoutPlace(p)}`;
}

function withoutPlace({ field, given, allowed, fix }: Problem): string {
  return `${field}: given ${given}; allowed ${allowed}; fix: ${fix}`;
}

/**
 * Describes a problem for a validation of the construct at a path. cdk8s writes that path in front
 * of what a validation says, so a problem has its place only if it is another one.
 */
export function describeIn(path: string, p: Problem): string {
  return shownPath(p.place ?? path) === shownPath(path)
    ? `${p.code} ${withoutPlace(p)}`
    : describe(path, p);
}

/**
 * Returns what a validation of the construct at a path says, with its place where {@link describe}
 * writes it, or in front, as cdk8s writes it, for the validation of somebody else.
 */
export function placed(path: string, message: string): string {
  const [, code, place, text] = /^(SHM\d{3} )(\[)?(.*)$/s.exec(message) ?? [];
  if (code === undefined) {
    return `[${path}] ${message}`;
  }
  return place === undefined ? `${code}[${shownPath(path)}] ${text}` : message;
}

/** Returns a construct path as users know it. */
export function shownPath(path: string): string {
  return path.replace(/(\/(Default|Resource))+$/, '');
}

/**
 * The place of a problem: words like `contract NAME`, or a construct, whose path is only computed
 * if there is an error.
 */
export type Where = string | { readonly node: { readonly path: string } };

function placeOf(where: Where): string {
  return typeof where === 'string' ? where : where.node.path;
}

/** So many frames of a stack are kept at least: the library's own come first, and are cut. */
const LEAST_FRAMES = 40;

/** An error in the user's input. */
export class InputError extends Error {
  /**
   * All problems, in the order in which they were found. Not enumerable: Node.js prints the
   * enumerable fields of an error after its message, which has them already.
   */
  public readonly problems!: readonly Problem[];
  /** The place of the problems, as `describe` takes it. Not enumerable, either. */
  public readonly place!: string;

  public constructor(where: Where, ...problems: Problem[]) {
    const place = placeOf(where);
    super(problems.map(p => describe(place, p)).join('\n'));
    this.name = 'InputError';
    // the first line that people see is the one that called, and not one of this library
    captureStack(this, Math.max(LEAST_FRAMES, Error.stackTraceLimit || 0), InputError);
    const title = `${this.name}: ${this.message}\n`;
    // a program can have its own format of stacks
    if (typeof this.stack === 'string' && this.stack.startsWith(title)) {
      this.stack = title + fromCaller(this.stack.slice(title.length));
    }
    // a class field that the compiler emits is there already, and enumerable
    Object.defineProperties(this, {
      problems: { value: problems, enumerable: false },
      place: { value: place, enumerable: false },
    });
  }
}

/** Adds a problem. */
export type Fail = (
  code: ErrorCode,
  field: string,
  given: unknown,
  allowed: string,
  fix: string,
) => void;

/** Adds a problem if something is not true. */
export type Need = (ok: boolean, ...problem: Parameters<Fail>) => void;

/**
 * The checks of one input. All of them are made, also after one has failed, so that one error has
 * the problems of all.
 */
export class InputChecks {
  private readonly found = new Map<string, Problem>();

  /** @param where the place of problems that have no other */
  public constructor(public readonly where: Where) {}

  /** The problems so far, each once and with its place, in the order in which they were found. */
  public get problems(): readonly Problem[] {
    return [...this.found.values()];
  }

  /** Whether no check has failed so far. */
  public get areRight(): boolean {
    return this.found.size === 0;
  }

  /** Adds a problem. */
  public readonly add = (problem: Problem): void => {
    const place = problem.place ?? placeOf(this.where);
    this.found.set(describe(place, problem), { ...problem, place });
  };

  /** Adds a problem with a value, as `show` formats it. */
  public readonly fail: Fail = (code, field, given, allowed, fix) =>
    this.add({ code, field, given: show(given), allowed, fix });

  /** Adds a problem if something is not true. */
  public readonly need: Need = (ok, ...problem) => {
    if (!ok) {
      this.fail(...problem);
    }
  };

  /** Makes a check that returns a value or throws its problems. Returns nothing if it fails. */
  public try<T>(check: () => T): T | undefined {
    try {
      return check();
    } catch (error) {
      this.addAllOf(error);
      return undefined;
    }
  }

  /**
   * Adds the problems of an error. An error of another kind is thrown, unless there are problems
   * already: then it comes from reading what is wrong.
   */
  public addAllOf(error: unknown): void {
    if (error instanceof InputError) {
      error.problems.forEach(each => this.add({ ...each, place: each.place ?? error.place }));
    } else if (this.areRight) {
      throw error;
    }
  }

  /** Returns what the checks returned. Throws one error with all problems if there are any. */
  public end<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
    if (!this.areRight) {
      throw new InputError(this.where, ...this.problems);
    }
    return values as { [K in keyof T]: Exclude<T[K], undefined> };
  }
}

/** Makes checks that do not need each other. Throws one error with the problems of all of them. */
export function checkAll(where: Where, check: (checks: InputChecks) => void): void {
  const checks = new InputChecks(where);
  checks.try(() => check(checks));
  checks.end({});
}

/** Returns the JSON of a value. What has none, a bigint or a circle, is named instead. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value === 'object' ? 'an object that contains itself' : String(value);
  }
}

/** Formats a value for an error message: as JSON, shortened to at most 120 characters. */
export function show(value: unknown): string {
  const text =
    value === undefined ? 'nothing' : typeof value === 'number' ? String(value) : jsonOf(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
