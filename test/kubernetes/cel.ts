import { parseBytes } from '../../src/kube/quantity';

type Cel = typeof import('@marcbachmann/cel-js', { with: { 'resolution-mode': 'import' } });
/** An ES module, which jest translates. */
const { Environment } = jest.requireActual<Cel>('@marcbachmann/cel-js');

interface PolicySpec {
  readonly matchConditions?: readonly { readonly expression: string }[];
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
}

interface Policy {
  readonly spec: PolicySpec & {
    readonly validations: readonly {
      readonly expression: string;
      readonly messageExpression: string;
    }[];
  };
}

interface MutatingPolicy {
  readonly spec: PolicySpec & {
    readonly mutations: readonly { readonly jsonPatch: { readonly expression: string } }[];
  };
}

/** What a request brings besides its object. */
export interface Request {
  readonly namespace?: string;
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  readonly operation?: 'CREATE' | 'UPDATE';
  readonly oldObject?: object;
  readonly username?: string;
}

/**
 * Returns the messages with which a ValidatingAdmissionPolicy refuses an object, from its CEL as
 * rendered. The real API server evaluates the same in `npm run e2e`.
 */
export function refusals(policy: Policy, object: object, request: Request = {}): string[] {
  const value = evaluator(policy.spec, object, request);
  return value === undefined
    ? []
    : policy.spec.validations
        .filter(({ expression }) => value(expression) !== true)
        .map(({ messageExpression }) => String(value(messageExpression)));
}

/**
 * Returns what a MutatingAdmissionPolicy makes of an object. Each mutation sees the result of those
 * before it, and so do the variables.
 */
export function mutated(policy: MutatingPolicy, object: object, request: Request = {}): object {
  return policy.spec.mutations.reduce((before, { jsonPatch }) => {
    const value = evaluator(policy.spec, before, request);
    const patches = value?.(patchesAsMaps(jsonPatch.expression));
    return patches === undefined
      ? before
      : patched(before, jsonValue(patches) as unknown as readonly JsonPatchOperation[]);
  }, object);
}

/**
 * Returns a function that evaluates an expression of a policy for a request. `undefined` if the
 * policy does not match the request.
 */
function evaluator(
  spec: PolicySpec,
  object: object,
  { namespace, namespaceLabels = {}, operation = 'CREATE', oldObject, username = 'u' }: Request,
): ((expression: string) => unknown) | undefined {
  const scope: Record<string, unknown> = {
    object: celValue(object),
    oldObject: oldObject === undefined ? null : celValue(oldObject),
    request: { namespace, operation, userInfo: { username } },
    namespaceObject: { metadata: { labels: namespaceLabels } },
    variables: {},
  };
  const value = (expression: string) => CEL.evaluate(expression, scope);
  if (spec.matchConditions?.some(({ expression }) => value(expression) !== true)) {
    return undefined;
  }
  for (const { name, expression } of spec.variables ?? []) {
    (scope.variables as Record<string, unknown>)[name] = value(expression);
  }
  return value;
}

interface JsonPatchOperation {
  readonly op: 'add' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** Applies JSON patch operations as RFC 6902 has them: the parent of a path must exist. */
function patched(object: object, operations: readonly JsonPatchOperation[]): object {
  const copy = JSON.parse(JSON.stringify(object)) as object;
  for (const { op, path, value } of operations) {
    const keys = path
      .split('/')
      .slice(1)
      .map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop() as string;
    const parent = keys.reduce<unknown>(
      (here, key) => (here as Record<string, unknown> | undefined)?.[key],
      copy,
    );
    if (typeof parent !== 'object' || parent === null) {
      throw new Error(`${op} ${path}: its parent does not exist`);
    }
    if (Array.isArray(parent)) {
      const index = last === '-' ? parent.length : Number(last);
      if (!(index >= 0 && index <= parent.length)) {
        throw new Error(`${op} ${path}: no such item`);
      }
      parent.splice(index, op === 'remove' ? 1 : 0, ...(op === 'remove' ? [] : [value]));
    } else if (op === 'remove') {
      delete (parent as Record<string, unknown>)[last];
    } else {
      (parent as Record<string, unknown>)[last] = value;
    }
  }
  return copy;
}

/** Writes `JSONPatch{op: x, path: y}`, a type of Kubernetes, as a map. */
function patchesAsMaps(expression: string): string {
  let text = expression;
  for (let at = text.indexOf('JSONPatch{'); at >= 0; at = text.indexOf('JSONPatch{')) {
    const start = at + 'JSONPatch{'.length;
    const [end, parts] = fieldsOf(text, start);
    const map = parts.map(part => {
      const [, name, value] = /^\s*(\w+): ([^]*)$/.exec(part) ?? [];
      return `'${name}': dyn(${value})`;
    });
    text = `${text.slice(0, at)}{${map.join(', ')}}${text.slice(end + 1)}`;
  }
  return text;
}

/** Returns the end of a message in CEL, and its fields. */
function fieldsOf(text: string, start: number): [end: number, fields: string[]] {
  const fields: string[] = [];
  let [depth, from, quoted] = [0, start, false];
  for (let i = start; i < text.length; i += 1) {
    const char = text[i];
    if (quoted) {
      i += char === '\\' ? 1 : 0;
      quoted = char !== "'";
    } else if (char === "'") {
      quoted = true;
    } else if ('{[('.includes(char)) {
      depth += 1;
    } else if (depth > 0 && '}])'.includes(char)) {
      depth -= 1;
    } else if (depth === 0 && (char === ',' || char === '}')) {
      fields.push(text.slice(from, i));
      from = i + 1;
      if (char === '}') {
        return [i, fields];
      }
    }
  }
  throw new Error('a message without an end');
}

/** A quantity of Kubernetes, of which the policies only compare two. */
class CelQuantity {
  public constructor(public readonly bytes: bigint) {}
}

/** CEL of Kubernetes: optional types, and the functions of its libraries that the policies use. */
const CEL = new Environment({
  enableOptionalTypes: true,
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: true,
})
  .registerType('Quantity', CelQuantity)
  .registerFunction(
    'quantity(string): Quantity',
    (text: string) => new CelQuantity(parseBytes(text) ?? 0n),
  )
  .registerFunction(
    'Quantity.isGreaterThan(Quantity): bool',
    (a: CelQuantity, b: CelQuantity) => a.bytes > b.bytes,
  )
  .registerFunction(
    'Quantity.isLessThan(Quantity): bool',
    (a: CelQuantity, b: CelQuantity) => a.bytes < b.bytes,
  )
  .registerFunction('list.indexOf(dyn): int', (list: unknown[], item: unknown) =>
    BigInt(list.indexOf(item)),
  )
  .registerFunction(
    'string.replace(string, string): string',
    (text: string, a: string, b: string) => text.replaceAll(a, b),
  )
  .registerFunction(
    'string.replace(string, string, int): string',
    (text: string, a: string, b: string, n: bigint) => {
      if (n !== 1n) {
        throw new Error(`replace() with ${n} is not needed so far`);
      }
      return text.replace(a, () => b);
    },
  );

/** JSON as CEL sees it: whole numbers are of type int. */
function celValue(json: unknown): unknown {
  if (Array.isArray(json)) {
    return json.map(celValue);
  }
  if (typeof json === 'object' && json !== null) {
    return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, celValue(value)]));
  }
  return Number.isInteger(json) ? BigInt(json as number) : json;
}

/** A value of CEL as JSON. */
function jsonValue(value: unknown): unknown {
  if (value instanceof Map) {
    return jsonValue(Object.fromEntries(value));
  }
  if (Array.isArray(value)) {
    return value.map(jsonValue);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, jsonValue(each)]));
  }
  return typeof value === 'bigint' ? Number(value) : value;
}
