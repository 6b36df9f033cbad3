import { immutableChanges } from '../../src/change/immutable-fields';
import type { JsonObject } from '../../src/kube/json';

/** The fields of an object whose change the API server refuses, or may refuse. */
export const changes = (kind: string, apiVersion: string, before: object, after: object) => {
  const object = (more: object) =>
    ({ apiVersion, kind, metadata: { name: 'a' }, ...more }) as unknown as JsonObject;
  return immutableChanges(object(before), object(after)).map(({ path, doubt }) =>
    doubt === undefined ? path : `may ${path}`,
  );
};

export const spec = (value: object) => ({ spec: value });
export const template = (image: string) => ({
  template: { spec: { containers: [{ name: 'a', image }] } },
});
export const pod = (more: object) => spec({ containers: [{ name: 'a', image: 'a:1' }], ...more });
export const local = (path: string, more: object = {}) =>
  spec({ local: { path }, nodeAffinity: { required: 1 }, ...more });
