import type { IConstruct } from 'constructs';
import { describeIn, show } from '../../errors';
import type { AccessKind, ContractSpec } from '../../model/contract/contract-spec';
import { guardedMemories } from '../../model/contract/node-layout';
import { hasGuard, isDenied, isOutsidePolicy } from '../support/app-registry';

/** What a grant is for, and where it is in the app. */
interface Grant extends IConstruct {
  readonly namespace: string;
}

/**
 * Returns the errors of a grant beside the rest of its app: what its contract needs there, and what
 * the policy of its namespace must have.
 */
export function grantProblems(grant: Grant, spec: ContractSpec, access: AccessKind): string[] {
  const isGuarded = guardedMemories(spec).length > 0;
  const unlimited = isGuarded && access === 'readWrite' ? unlimitedWriters(grant, spec) : [];
  return [
    ...(isGuarded ? withoutGuard(grant, spec) : []),
    ...(unlimited.length > 0 ? unlimited : outsidePolicy(grant, spec)),
  ];
}

/** Returns the error of a grant whose clients would wait forever. */
function withoutGuard(grant: Grant, spec: ContractSpec): string[] {
  return hasGuard(grant, spec)
    ? []
    : [
        describeIn(grant.node.path, {
          code: 'SHM007',
          field: 'contract',
          given: `contract ${spec.name}, whose directory nothing binds on the nodes`,
          allowed: 'a contract with guardImage, if the same app has a NodeGuard of it',
          fix: "write new NodeGuard(chart, 'guard', { contract }), or leave guardImage out of the contract",
        }),
      ];
}

/**
 * Returns the error of a grant to write into a directory of somebody else, if nothing keeps
 * clients from doing it as root.
 */
function unlimitedWriters(grant: Grant, spec: ContractSpec): string[] {
  return isDenied(grant, grant.namespace, spec)
    ? []
    : [
        describeIn(grant.node.path, {
          code: 'SHM007',
          field: 'access',
          given: `Access.READ_WRITE to a directory of somebody else (contract ${spec.name}), for namespace ${grant.namespace}`,
          allowed:
            'Access.READ_ONLY, or a ClientPolicy with PolicyAction.DENY in the same app that grants the namespace to write this version of the contract: it refuses clients that write as root, who could lock the owner of the directory out',
          fix: `write new ClientPolicy(chart, 'policy', { grants: [{ namespace: ${show(grant.namespace)}, contract }] }), or give the one that you have this grant and PolicyAction.DENY; if no client writes, access: Access.READ_ONLY in this grant`,
        }),
      ];
}

/** Returns the error of a grant that the policy of its namespace does not know. */
function outsidePolicy(grant: Grant, spec: ContractSpec): string[] {
  return isOutsidePolicy(grant, grant.namespace, spec)
    ? [
        describeIn(grant.node.path, {
          code: 'SHM007',
          field: 'contract',
          given: `contract ${spec.name} ${spec.version} for namespace ${grant.namespace}, whose ClientPolicy does not have it`,
          allowed:
            'what the ClientPolicy of the namespace has, too: it does not limit how pods use other claims',
          fix: `add { namespace: ${show(grant.namespace)}, contract } to the grants of the ClientPolicy`,
        }),
      ]
    : [];
}
