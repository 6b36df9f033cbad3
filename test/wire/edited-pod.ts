import type { JsonObject } from '../../src/kube/json';
import type { Edit, Operation } from '../../src/wire/edit';

/** A pod with one container, and what else is in its spec. */
export const pod = (spec: object = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'm', image: 'i' }], ...spec },
});

/** One edit of contract routes. */
export const edit = (...operations: Operation[]): Edit => ({
  owner: 'contract routes',
  key: JSON.stringify(operations),
  template: '',
  operations,
});
