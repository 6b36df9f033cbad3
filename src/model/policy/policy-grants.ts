import type { MapEntry } from './cel';
import { at } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import { HOST_NAMESPACES } from '../../kube/pod-security';
import { DEV_SHM } from '../../kube/well-known';
import { annotationIn, API_VERSION_SCHEMA, PREFIX, type AnnotationKind } from '../annotation-codec';
import { claimsOf } from '../client/grant';
import type { AccessKind, ContractSpec, MemorySpec } from '../contract/contract-spec';
import { accessTo, backingOf, claimName, memoryDirectory } from '../contract/node-layout';

/** The access of one namespace to one contract. */
export interface Granted {
  readonly namespace: string;
  readonly spec: ContractSpec;
  readonly access: AccessKind;
}

/** A claim through which a namespace uses a memory. */
export interface GrantedClaim {
  readonly namespace: string;
  readonly spec: ContractSpec;
  readonly memory: MemorySpec;
  readonly access: AccessKind;
  readonly name: string;
}

/** Returns the claims through which namespaces use memories, as ContractGrants make them. */
export function grantedClaims(granted: readonly Granted[]): GrantedClaim[] {
  return granted
    .filter(({ spec }) => spec.clientVolume !== 'hostPath')
    .flatMap(({ namespace, spec, access: most }) =>
      claimsOf(spec, most).map(({ memory, access }) => ({
        ...{ namespace, spec, memory, access },
        name: claimName(spec, memory, access),
      })),
    );
}

/** Returns the entries of the CEL map of the claims that may be written, with their group. */
export function writableEntries(granted: readonly Granted[]): MapEntry[] {
  return grantedClaims(granted)
    .filter(({ access }) => access === 'readWrite')
    .map(({ namespace, name, spec }) => ({
      key: `${namespace} ${name}`,
      value: Number(spec.groupId),
    }));
}

/**
 * Something of the node that a ClientPolicy lets a namespace use: a namespace of the node or a
 * directory.
 */
export type PolicyGrant =
  | { readonly namespace: string; readonly use: (typeof HOST_NAMESPACES)[number] }
  | {
      readonly namespace: string;
      readonly use: 'hostPath';
      readonly path: string;
      readonly access: AccessKind;
    };

/**
 * The annotation of a ClientPolicy's ValidatingAdmissionPolicy. It lists what the policy allows
 * pods to use of the node, so that tools and reviewers do not have to parse the CEL expressions.
 */
export const CLIENT_POLICY_ANNOTATION: AnnotationKind = {
  key: `${PREFIX}client-policy`,
  schema: {
    description:
      'The annotation cdk8s-shared-memory/client-policy of the ValidatingAdmissionPolicy of a ClientPolicy.',
    type: 'object',
    required: ['apiVersion', 'grants'],
    properties: {
      apiVersion: API_VERSION_SCHEMA,
      grants: {
        type: 'array',
        items: {
          type: 'object',
          required: ['namespace', 'use'],
          properties: {
            namespace: { type: 'string' },
            use: { enum: [...HOST_NAMESPACES, 'hostPath'] },
            path: { type: 'string' },
            access: { enum: ['readOnly', 'readWrite'] },
          },
          additionalProperties: false,
          if: { properties: { use: { const: 'hostPath' } } },
          then: { required: ['path', 'access'] },
          else: { properties: { path: false, access: false } },
        },
      },
    },
    additionalProperties: false,
  },
};

/**
 * Returns what the grants let namespaces use of the node, without duplicates and in a stable order.
 * If a namespace has both kinds of access to a directory, only `readWrite` is returned.
 */
export function policyGrantsOf(granted: readonly Granted[]): PolicyGrant[] {
  const namespacesOf = granted.flatMap(({ namespace, spec }) =>
    usedNamespaces(spec).map((use): PolicyGrant => ({ namespace, use })),
  );
  const paths = granted.flatMap(({ namespace, spec, access }) =>
    usedPaths(spec, access).map((each): PolicyGrant => ({ namespace, use: 'hostPath', ...each })),
  );
  const isCovered = (grant: PolicyGrant) =>
    grant.use === 'hostPath' &&
    grant.access === 'readOnly' &&
    paths.some(
      other =>
        other.use === 'hostPath' &&
        other.access === 'readWrite' &&
        other.namespace === grant.namespace &&
        other.path === grant.path,
    );
  const all = [...namespacesOf, ...paths.filter(grant => !isCovered(grant))];
  return [...new Map(all.map(grant => [orderOf(grant), grant])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, grant]) => grant);
}

function usedNamespaces(spec: ContractSpec): (typeof HOST_NAMESPACES)[number][] {
  return HOST_NAMESPACES.filter(use => {
    switch (use) {
      case 'hostIPC':
        return spec.memory.some(m => m.api === 'systemV');
      case 'hostPID':
        return spec.hostPid === true;
      case 'hostNetwork':
        return spec.hostNetwork === true;
    }
  });
}

function usedPaths(spec: ContractSpec, access: AccessKind): { path: string; access: AccessKind }[] {
  return spec.memory.flatMap(memory => {
    const backing = backingOf(spec, memory);
    const own = accessTo(memory, access);
    if (backing === 'devShm') {
      return [{ path: DEV_SHM, access: own }];
    }
    return backing === 'hostIpc' || spec.clientVolume !== 'hostPath'
      ? []
      : [{ path: memoryDirectory(spec, memory), access: own }];
  });
}

/**
 * Returns a sort key: host namespaces first, then read-only directories, then writable directories.
 */
function orderOf(grant: PolicyGrant): string {
  if (grant.use !== 'hostPath') {
    return `${HOST_NAMESPACES.indexOf(grant.use)} ${grant.namespace}`;
  }
  return `${grant.access === 'readOnly' ? 8 : 9} ${grant.namespace} ${grant.path}`;
}

/**
 * Reads from a policy's annotation what it lets namespaces use of the node. Empty for any other
 * object, and for a policy without this annotation.
 */
export function readPolicyGrants({ kind, json }: Manifest): readonly PolicyGrant[] {
  if (kind !== 'ValidatingAdmissionPolicy') {
    return [];
  }
  return (
    annotationIn<{ readonly grants: readonly PolicyGrant[] }>(
      at(json, 'metadata', 'annotations'),
      CLIENT_POLICY_ANNOTATION,
    )?.grants ?? []
  );
}
