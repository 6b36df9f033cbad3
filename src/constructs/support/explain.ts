import type { ApiObject } from 'cdk8s';
import { addEdit } from '../../wire/hook';

/**
 * Writes into the YAML why an object is there: a comment above it.
 *
 * @param owner the construct that made it, which the comment names
 */
export function explain(object: ApiObject, owner: string, reason: string): void {
  addEdit(object, {
    owner,
    key: owner,
    operations: [{ do: 'explain', reason: `${owner}: ${reason}` }],
  });
}
