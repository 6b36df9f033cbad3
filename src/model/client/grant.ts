import { at, textOf, type JsonObject } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import { isMountedReadOnly, nodeDirectoryOf } from '../../kube/persistent-volume';
import { annotationIn, PREFIX, type AnnotationKind } from '../annotation-codec';
import {
  ACCESSES,
  type AccessKind,
  type ContractSpec,
  type MemorySpec,
} from '../contract/contract-spec';
import { API_VERSION_2 } from '../contract/contract-version';
import {
  accessTo,
  claimableMemories,
  claimNameOf,
  parseMemoryDirectory,
  type MemoryDirectory,
} from '../contract/node-layout';

/** The right of a namespace to use the memory of a contract, as read from a PersistentVolume. */
export interface ReadGrant {
  readonly directory: MemoryDirectory;
  /** The client namespace, which the volume's `claimRef` names. */
  readonly to: string;
  /** The claim in this namespace for which the volume is reserved. */
  readonly claim: string;
  /** What the kernel lets pods do: `readOnly` with `mountOptions: [ro]`. */
  readonly access: AccessKind;
  /** Whether the volume is reserved for the claim of clients that only read. */
  readonly isForReading: boolean;
}

/**
 * The annotation of a PersistentVolume whose path does not tell to which contract it belongs. If
 * the path does, there is no annotation.
 */
export const GRANT_ANNOTATION = {
  key: `${PREFIX}grant`,
  schema: {
    type: 'object',
    required: ['apiVersion', 'namespace', 'contract', 'version', 'memory', 'access'],
    properties: {
      apiVersion: { const: API_VERSION_2 },
      namespace: { type: 'string' },
      contract: { type: 'string' },
      version: { type: 'string' },
      memory: { type: 'string' },
      access: { enum: ACCESSES },
    },
    additionalProperties: false,
  },
} as const satisfies AnnotationKind;

/**
 * Reads the grant of a PersistentVolume. Absent for other objects, and if the volume does not
 * contain the memory of a contract or is not reserved for a namespace.
 */
export function readGrant({ kind, json }: Manifest): ReadGrant | undefined {
  if (kind !== 'PersistentVolume') {
    return undefined;
  }
  const directory = parseMemoryDirectory(nodeDirectoryOf(json)) ?? annotated(json);
  const [to, claim] = ['namespace', 'name'].map(field => at(json, 'spec', 'claimRef', field));
  if (!directory || typeof to !== 'string') {
    return undefined;
  }
  return {
    directory,
    to,
    claim: textOf(claim ?? ''),
    access: isMountedReadOnly(json) ? 'readOnly' : 'readWrite',
    isForReading: claim === claimNameOf(directory, 'readOnly'),
  };
}

function annotated(json: JsonObject): MemoryDirectory | undefined {
  const read = annotationIn<Omit<MemoryDirectory, 'backing'>>(
    at(json, 'metadata', 'annotations'),
    GRANT_ANNOTATION,
  );
  return read && { ...read, backing: 'existing' };
}

/**
 * Returns the claims of a grant: to read each memory, and to write it if that is granted. A
 * namespace that may write has a claim for reading, too.
 */
export function claimsOf(
  spec: ContractSpec,
  most: AccessKind,
): { readonly memory: MemorySpec; readonly access: AccessKind }[] {
  return claimableMemories(spec).flatMap(memory =>
    ACCESSES.filter(access => access === 'readOnly' || accessTo(memory, most) === 'readWrite').map(
      access => ({ memory, access }),
    ),
  );
}
