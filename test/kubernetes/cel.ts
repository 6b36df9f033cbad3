import { parseBytes } from '../../src/kube/quantity';

type Cel = typeof import('@marcbachmann/cel-js', { with: { 'resolution-mode': 'import' } });
/** An ES module, which jest translates. */
const { Environment } = jest.requireActual<Cel>('@marcbachmann/cel-js');

interface Policy {
  readonly spec: {
    readonly matchConditions?: readonly { readonly expression: string }[];
    readonly variables?: readonly { readonly name: string; readonly expression: string }[];
    readonly validations: readonly {
      readonly expression: string;
      readonly messageExpression: string;
    }[];
  };
}

/** What a request brings besides its object. */
export interface Request {
  readonly namespace?: string;
  readonly namespaceLabels?: Readonly<Record<string, string>>;
}

/**
 * Returns the messages with which a ValidatingAdmissionPolicy refuses an object, from its CEL as
 * rendered. The real API server evaluates the same in `npm run e2e`.
 */
export function refusals(policy: Policy, object: object, request: Request = {}): string[] {
  const scope: Record<string, unknown> = {
    object: celValue(object),
    request: { namespace: request.namespace },
    namespaceObject: { metadata: { labels: request.namespaceLabels ?? {} } },
    variables: {},
  };
  const value = (expression: string) => CEL.evaluate(expression, scope);
  if (policy.spec.matchConditions?.some(({ expression }) => value(expression) !== true)) {
    return [];
  }
  for (const { name, expression } of policy.spec.variables ?? []) {
    (scope.variables as Record<string, unknown>)[name] = value(expression);
  }
  return policy.spec.validations
    .filter(({ expression }) => value(expression) !== true)
    .map(({ messageExpression }) => String(value(messageExpression)));
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
