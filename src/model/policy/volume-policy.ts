import { coreResource, lines, validationsOf, variablesOf, type Refusal } from './cel';
import { grantedClaims, type Granted } from './policy-grants';
import type { Json, JsonObject } from '../../kube/json';
import {
  claimableMemories,
  contractDirectory,
  guardedMemories,
  memoriesWithDirectory,
  memoryDirectory,
  SUFFIXES,
} from '../contract/node-layout';

/**
 * Returns the spec of a ValidatingAdmissionPolicy that lets PersistentVolumes name the directories
 * of the contracts only as the grants say: the path, the claim, and read-only where the namespace
 * only reads.
 */
export function volumePolicySpec(grants: readonly Granted[]): JsonObject {
  return {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [coreResource('persistentvolumes', ['CREATE', 'UPDATE'], 'Cluster')],
    },
    matchConditions: [
      // An update that removes the last finalizer must succeed, whatever the volume contains.
      { name: 'is-not-being-deleted', expression: '!has(object.metadata.deletionTimestamp)' },
    ],
    variables: [
      { name: 'directories', expression: lines('[', quoted(directories(grants)), ']') },
      { name: 'granted', expression: lines('[', quoted(volumes(grants)), ']') },
      ...VOLUME,
      ...variablesOf(REFUSALS),
    ],
    validations: validationsOf(REFUSALS),
  };
}

/** Returns the directories on the node that only granted volumes may name. */
function directories(grants: readonly Granted[]): string[] {
  return grants.flatMap(({ spec }) => [
    ...(memoriesWithDirectory(spec).length + guardedMemories(spec).length > 0
      ? [contractDirectory(spec)]
      : []),
    ...claimableMemories(spec).flatMap(({ existing }) => existing?.path ?? []),
  ]);
}

/** Returns the granted volumes: directory, claim and access. */
function volumes(grants: readonly Granted[]): string[] {
  return grantedClaims(grants).map(
    ({ namespace, spec, memory, access, name }) =>
      `${memoryDirectory(spec, memory)} ${namespace} ${name} ${SUFFIXES[access]}`,
  );
}

function quoted(entries: readonly string[]): string[] {
  return [...new Set(entries)].sort().map(entry => `'${entry}'`);
}

const RAW = "object.spec.?local.?path.orValue(object.spec.?hostPath.?path.orValue(''))";

/** CEL variables that are computed from the PersistentVolume. */
const VOLUME: readonly Json[] = [
  // Each ends in `/`, so that `/run/a` is not a prefix of `/run/ab/`.
  {
    name: 'clean',
    expression: `('/' + ${RAW}.split('/').filter(s, s != '' && s != '.').join('/') + '/').replace('//', '/')`,
  },
  {
    name: 'path', // /var/run is a link to /run
    expression:
      "variables.clean.startsWith('/var/run/') ? variables.clean.replace('/var/run/', '/run/', 1) : variables.clean",
  },
  {
    name: 'touched',
    expression: `${RAW} == '' ? [] : variables.directories.filter(d, variables.path.startsWith(d + '/') || (d + '/').startsWith(variables.path))`,
  },
  {
    name: 'asked',
    expression: [
      "object.spec.?local.?path.orValue('')",
      "+ ' ' + object.spec.?claimRef.?namespace.orValue('')",
      "+ ' ' + object.spec.?claimRef.?name.orValue('')",
      "+ (object.spec.?mountOptions.orValue([]) == ['ro'] ? ' ro' : object.spec.?mountOptions.orValue([]).size() == 0 ? ' rw' : ' other')",
    ].join('\n'),
  },
];

const REFUSALS: readonly Refusal[] = [
  {
    name: 'notGranted',
    refused: 'variables.asked in variables.granted ? [] : variables.touched',
    says: "'a PersistentVolume may name a directory of a contract only as its ContractGrant renders it: with the local path, the claimRef and the mountOptions of a grant that the ClientPolicy lists; it names, or contains: '",
  },
];
