import type { Json } from '../../kube/json';

/** Something that a ValidatingAdmissionPolicy refuses, in CEL. */
export interface Refusal {
  /** The name of the CEL variable that lists what is refused. */
  readonly name: string;
  /** A CEL expression: the list of names of what is refused. Empty if the object is allowed. */
  readonly refused: string;
  /** A CEL expression: the message for the user whose object is refused. The list follows it. */
  readonly says: string;
}

/** Returns a rule that matches a resource of the core API group. */
export function coreResource(
  resource: string,
  operations: readonly string[],
  scope: 'Namespaced' | 'Cluster',
): Json {
  return {
    apiGroups: [''],
    apiVersions: ['v1'],
    operations: [...operations],
    resources: [resource],
    scope,
  };
}

/** Returns the variables of a policy with what it refuses. */
export function variablesOf(refusals: readonly Refusal[]): Json[] {
  return refusals.map(({ name, refused }): Json => ({ name, expression: refused }));
}

/** Returns the validations of a policy. */
export function validationsOf(refusals: readonly Refusal[]): Json[] {
  return refusals.map(({ name, says }): Json => ({
    expression: `variables.${name}.size() == 0`,
    messageExpression: `${says} + variables.${name}.join(', ')`,
    reason: 'Forbidden',
  }));
}

/** Returns a CEL list or map with one entry a line, so that one more entry is one more line. */
export function lines(open: string, entries: readonly string[], close: string): string {
  return entries.length === 0
    ? `${open}${close}`
    : [open, ...entries.map(entry => `  ${entry},`), close].join('\n');
}

/** The entries of a CEL list of texts, or of a map from texts to numbers (`key: 1`). */
export interface Entries {
  readonly shape: 'list' | 'map';
  readonly entries: string[];
}

const ENTRY = /^\s*'([^'\\]*)'(?:\s*:\s*(\d+))?\s*(?:,|$)/;

/** Reads what {@link lines} and {@link strings} write. Absent for any other expression. */
export function readEntries(expression: string): Entries | undefined {
  const text = expression.trim();
  const isMap = text.startsWith('{');
  if (!(isMap ? text.endsWith('}') : text.startsWith('[') && text.endsWith(']'))) {
    return undefined;
  }
  const entries: string[] = [];
  let rest = text.slice(1, -1);
  while (rest.trim() !== '') {
    const [whole, key, number] = ENTRY.exec(rest) ?? [];
    if (whole === undefined || (number !== undefined) !== isMap) {
      return undefined;
    }
    entries.push(isMap ? `${key}: ${number}` : key);
    rest = rest.slice(whole.length);
  }
  return { shape: isMap ? 'map' : 'list', entries };
}

/** Returns a CEL list of strings. */
export function strings(entries: readonly string[]): string {
  return `[${entries.map(entry => `'${entry}'`).join(', ')}]`;
}

/** Returns a CEL expression: the names of those items of a list for which a condition holds. */
export function namesOf(
  list: string,
  item: string,
  condition: string,
  name = `${item}.name`,
): string {
  return `${list}.filter(${item}, ${condition}).map(${item}, ${name})`;
}

/** An entry of a CEL map. The API server refuses a map with two entries of one key. */
export interface MapEntry {
  readonly key: string;
  readonly value: number;
}
