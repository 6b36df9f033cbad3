import type { ObjectRef } from './set-changes';
import type { NodePermission } from '../sharing/node-permissions';
import type { PodPermission } from '../sharing/pod-permissions';

/** What RBAC lets somebody do with nodes. */
export interface NodePermissionChange extends Pick<NodePermission, 'subject' | 'verbs'> {
  readonly kind: 'nodePermission';
  readonly of: ObjectRef;
}

/** What RBAC lets somebody do where pods share memory, or have host privileges. */
export interface PodPermissionChange extends Pick<
  PodPermission,
  'subject' | 'namespace' | 'powers' | 'unknownRole'
> {
  readonly kind: 'podPermission';
  readonly of: ObjectRef;
}
