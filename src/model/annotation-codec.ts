import { schemaProblem, type JsonSchema } from './json-schema';
import { at, isObject, textOf, type JsonObject } from '../kube/json';

/** Prefix of all labels and annotations of this library. */
export const PREFIX = 'cdk8s-shared-memory/';

/** Version of the JSON format of contracts and annotations. */
export const API_VERSION = 'cdk8s-shared-memory/v1';

/** Schema of the `apiVersion` field. Every JSON annotation starts with this field. */
export const API_VERSION_SCHEMA: JsonSchema = { const: API_VERSION };

/** The decoded value of an annotation. If it cannot be decoded, the reason: `FIELD must be ...`. */
export type Decoded<T> =
  | { readonly value: T; readonly problem?: undefined }
  | { readonly problem: string; readonly value?: undefined };

/** The key and the schema of an annotation of this library that contains JSON. */
export interface AnnotationKind {
  readonly key: string;
  readonly schema: Exclude<JsonSchema, false>;
}

/** Returns the text of an annotation: JSON with `apiVersion` as its first field. */
export function encodeAnnotation(value: JsonObject, apiVersion = API_VERSION): string {
  return JSON.stringify({ apiVersion, ...value });
}

/**
 * Decodes the text of an annotation. Returns a problem if the text is not a JSON object, or if the
 * schema does not allow it, for example because of another `apiVersion` or an unknown field.
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

/**
 * Returns the decoded value of one of the given annotations. Absent if the annotation is not set or
 * cannot be decoded.
 */
export function annotationIn<T>(
  annotations: unknown,
  { key, schema }: AnnotationKind,
): T | undefined {
  const text = at(annotations, key);
  return text === undefined ? undefined : decodeAnnotation<T>(textOf(text), schema).value;
}

/**
 * Returns the reason why an annotation cannot be decoded. Absent if it is not set or can be
 * decoded.
 */
export function annotationProblem(
  annotations: unknown,
  { key, schema }: AnnotationKind,
): string | undefined {
  const text = at(annotations, key);
  return text === undefined ? undefined : decodeAnnotation(textOf(text), schema).problem;
}
