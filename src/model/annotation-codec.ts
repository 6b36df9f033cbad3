import { schemaProblem, type JsonSchema } from './json-schema';
import { at, isObject, textOf, type JsonObject } from '../kube/json';

/** Prefix of every label and annotation of this library. */
export const PREFIX = 'cdk8s-shared-memory/';

/** Version of the JSON forms of contracts and annotations. */
export const API_VERSION = 'cdk8s-shared-memory/v1';

/** The field that each annotation begins with. */
export const API_VERSION_SCHEMA: JsonSchema = { const: API_VERSION };

/** What an annotation holds, or why it cannot be read: `FIELD must be ...`. */
export type Decoded<T> =
  | { readonly value: T; readonly problem?: undefined }
  | { readonly problem: string; readonly value?: undefined };

/** An annotation of this library that holds JSON: how it is called, and what is in it. */
export interface AnnotationKind {
  readonly key: string;
  readonly schema: Exclude<JsonSchema, false>;
}

/** The text of an annotation: JSON that begins with the version of its form. */
export function encodeAnnotation(value: JsonObject): string {
  return JSON.stringify({ apiVersion: API_VERSION, ...value });
}

/**
 * Reads the text of an annotation. Another version, an unknown field, and anything that the schema
 * does not allow are problems.
 */
export function decodeAnnotation<T>(text: string, schema: JsonSchema): Decoded<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { problem: `must be JSON: ${(error as Error).message}` };
  }
  if (!isObject(json)) {
    return { problem: 'must be a JSON object' };
  }
  const problem = schemaProblem(schema, json);
  return problem
    ? { problem: `${problem.field} must be ${problem.allowed}` }
    : { value: json as unknown as T };
}

/** The value of an annotation among others; absent if it is not there, or cannot be read. */
export function annotationIn<T>(
  annotations: unknown,
  { key, schema }: AnnotationKind,
): T | undefined {
  const text = at(annotations, key);
  return text === undefined ? undefined : decodeAnnotation<T>(textOf(text), schema).value;
}

/** Why an annotation cannot be read; absent if it can be, or is not there. */
export function annotationProblem(
  annotations: unknown,
  { key, schema }: AnnotationKind,
): string | undefined {
  const text = at(annotations, key);
  return text === undefined ? undefined : decodeAnnotation(textOf(text), schema).problem;
}
