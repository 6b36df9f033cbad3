import { namesOf, strings, type MapEntry, type Refusal } from './cel';
import type { Granted } from './policy-grants';
import type { Json } from '../../kube/json';
import { DEV_SHM } from '../../kube/well-known';
import { accessTo, backingOf, claimName, memoryDirectory } from '../contract/node-layout';

/**
 * Returns the entries of the CEL map of what namespaces may write: claims and directories, with the
 * user that owns the directory on the node. The owner, and root, could change owner and mode of the
 * directory and so lock out the agent and all other clients. Left out are contracts whose clients
 * run as the owner: nothing is left to protect there.
 */
export function writerEntries(granted: readonly Granted[]): MapEntry[] {
  return entriesOf(granted.filter(({ spec }) => spec.clientUser !== 'owner'));
}

/**
 * Returns what namespaces may write as its owner by one contract, and must not by another: the
 * policy could not tell which of them a pod is of.
 */
export function contradictingWriters(granted: readonly Granted[]): string[] {
  const limited = new Set(writerEntries(granted).map(({ key }) => key));
  const asOwner = entriesOf(granted.filter(({ spec }) => spec.clientUser === 'owner'));
  // whoever writes /dev/shm shares it with the whole node; there, only root is refused
  return [...new Set(asOwner.map(({ key }) => key))].filter(
    key => limited.has(key) && !key.endsWith(` ${DEV_SHM}`),
  );
}

function entriesOf(granted: readonly Granted[]): MapEntry[] {
  return granted.flatMap(({ namespace, spec, access }) =>
    spec.memory
      .filter(memory => memory.api !== 'systemV' && accessTo(memory, access) === 'readWrite')
      .map(memory => {
        if (backingOf(spec, memory) === 'devShm') {
          return { key: `${namespace} ${DEV_SHM}`, value: 0 };
        }
        const what =
          spec.clientVolume === 'hostPath'
            ? memoryDirectory(spec, memory)
            : claimName(spec, memory, 'readWrite');
        return { key: `${namespace} ${what}`, value: spec.ownerId ?? 0 };
      }),
  );
}

const PATH = "variables.client + ' ' + v.hostPath.path";
const CLAIM = "variables.client + ' ' + v.persistentVolumeClaim.claimName";
/** Returns a CEL list with something of each volume that may be written. */
const ofWritten = (path: string, claim: string) =>
  [
    `variables.hostPaths.filter(v, (${PATH}) in variables.writers).map(v, ${path})`,
    `+ variables.volumes.filter(v, has(v.persistentVolumeClaim) && (${CLAIM}) in variables.writers).map(v, ${claim})`,
  ].join('\n');

/** CEL variables about the containers that can write into shared memory. */
export const WRITER_VARIABLES: readonly Json[] = [
  { name: 'written', expression: ofWritten('v.name', 'v.name') },
  {
    name: 'owners',
    expression: ofWritten(`variables.writers[${PATH}]`, `variables.writers[${CLAIM}]`),
  },
  {
    name: 'writing',
    expression:
      'variables.containers.filter(c, c.?volumeMounts.orValue([]).exists(m, m.name in variables.written && !m.?readOnly.orValue(false)))',
  },
];

/** Capabilities with which root takes a directory from its owner, or becomes the owner. */
export const TAKING = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETUID'];

/** The user of a container; -1 if only its image says it. */
const USER =
  'c.?securityContext.?runAsUser.orValue(object.spec.?securityContext.?runAsUser.orValue(-1))';
const NON_ROOT =
  'c.?securityContext.?runAsNonRoot.orValue(object.spec.?securityContext.?runAsNonRoot.orValue(false))';
const OWNS = `${USER} == 0 || ${USER} in variables.owners || (${USER} == -1 && !${NON_ROOT})`;
const DROPPED = 'c.?securityContext.?capabilities.?drop.orValue([])';
const TAKES =
  `c.?securityContext.?capabilities.?add.orValue([]).exists(a, a in ${strings(TAKING)})` +
  ' || (c.?securityContext.?allowPrivilegeEscalation.orValue(true)' +
  ` && !('ALL' in ${DROPPED}) && !${strings(TAKING)}.all(a, a in ${DROPPED}))`;

/** What the policy refuses of containers that can write into shared memory. */
export const WRITER_REFUSALS: readonly Refusal[] = [
  {
    name: 'writesAsOwner',
    refused: namesOf('variables.writing', 'c', OWNS),
    says: "'a container that writes into shared memory must not run as root or as the user that owns the memory, who can lock out everybody else; set runAsUser to another user, or runAsNonRoot: true, in containers: '",
  },
  {
    name: 'writesWithCapabilities',
    refused: namesOf('variables.writing', 'c', TAKES),
    says: `'a container that writes into shared memory must not get the capabilities ${TAKING.join(', ')}, with which it can lock out everybody else; set allowPrivilegeEscalation: false or drop: [ALL], and add none of them, in containers: '`,
  },
];
