import type { WordedGuardrail, WordedPrivilege } from './diff-document';
import { policyChangeWords } from './policy-change-words';
import type { HostPathUse } from '../../change/host-path-changes';
import type { PolicyChange } from '../../change/policy-change';
import type {
  PodPrivilegeChange,
  PodSecurityChange,
  PolicyUseChange,
  PrivilegeChange,
  PrivilegeExplanation,
} from '../../change/set-changes';
import { realPath } from '../../kube/path';
import type { AccessKind } from '../../model/contract/contract-spec';
import type { HostPrivilege } from '../../read/host-privileges';
import { SHM320 } from '../../rules/shm320-privilege-without-reason';
import { hardeningWords } from '../hardening-words';
import { accessWords, privilegeWords, reasonWords } from '../privilege-words';
import { nodeVerbWords, placeWords, powerWords, subjectWords } from '../rbac-words';

/** Returns the words for a privilege that is gained or lost. */
export function privilegeChangeWords(
  change: PrivilegeChange,
  side: 'gained' | 'lost',
): WordedPrivilege {
  const words = wordsOf(change, side === 'gained');
  return {
    of: change.of,
    container: null,
    instead: null,
    reason: null,
    lostReason: false,
    image: null,
    guardrail: null,
    fields: [],
    ...words,
  };
}

type Words = Partial<WordedPrivilege> & Pick<WordedPrivilege, 'what'>;

function wordsOf(change: PrivilegeChange, isGain: boolean): Words {
  switch (change.kind) {
    case 'pod':
      return ofPod(change);
    case 'hardening':
      return {
        container: change.container,
        what: `${isGain ? 'no longer has' : 'now has'} ${hardeningWords(change.fields)}`,
        guardrail: { kind: 'hardening', policy: null, certain: true },
      };
    case 'imageSource':
      return {
        container: change.container,
        what: `image ${change.to}, from another repository, runs with ${change.privileges.map(privilegeWords).join('; ')}`,
        instead: change.from,
        image: { from: change.from, to: change.to },
      };
    case 'podSecurity':
      return ofPodSecurity(change);
    case 'grant': {
      const { to, access, memory, contract, instead } = change;
      return {
        what: `namespace ${to} may ${mayDo(access)} memory ${memory} of contract ${contract}`,
        instead: instead === undefined ? null : mayDo(instead),
      };
    }
    case 'nodePath': {
      const { path, access, to, instead } = change;
      const whom = to === undefined ? 'any namespace' : `namespace ${to}`;
      return {
        what: `${whom} may ${mayDo(access)} directory ${path} of the node through a claim, at every Pod Security level`,
        instead: instead === undefined ? null : mayDo(instead),
      };
    }
    case 'policyUse':
      return ofPolicyUse(change);
    case 'nodePermission':
      return { what: `${subjectWords(change.subject)} may ${nodeVerbWords(change.verbs)}` };
    case 'podPermission':
      return {
        what: `${subjectWords(change.subject)} may ${powerWords(change).join(', ')} in ${placeWords(change)}`,
      };
    default:
      return { ...policyChangeWords(change, isGain), guardrail: policyOf(change) };
  }
}

function policyOf(change: PolicyChange): WordedGuardrail {
  return {
    kind: 'policy',
    policy: change.kind === 'policyBinding' ? change.policy : change.of.name,
    certain:
      change.kind !== 'policyFields' &&
      !(change.kind === 'policyEntry' && change.means === 'unknown'),
  };
}

function ofPod({ privilege, instead, lostReason, explanations }: PodPrivilegeChange): Words {
  const reasons = [...new Set(explanations.map(explanationWords))];
  return {
    container: privilege.container ?? null,
    what: privilegeWords(privilege),
    instead: instead === undefined ? null : insteadWords(privilege, instead),
    reason: reasons.length === 0 ? null : reasons.join('; '),
    lostReason: lostReason === true,
  };
}

/** Says what the other side has of a hostPath: only the access if it is the same directory. */
function insteadWords(privilege: HostPrivilege, instead: HostPathUse): string {
  const isSame =
    privilege.kind === 'hostPath' && realPath(privilege.path) === realPath(instead.path);
  return isSame
    ? (accessWords(instead.access) ?? 'writable')
    : privilegeWords({ kind: 'hostPath', ...instead });
}

function explanationWords(explanation: PrivilegeExplanation): string {
  if (explanation.by !== 'acknowledgement') {
    return reasonWords(explanation);
  }
  const { rule, reason, until } = explanation;
  return `acknowledged (${rule}${rule === SHM320.id ? ' for all of the object' : ''}${until === undefined ? '' : ` until ${until}`}): ${reason}`;
}

const CLUSTER_DEFAULT = "the cluster's default";

function ofPodSecurity({ level, instead, isOnBothSides }: PodSecurityChange): Words {
  const isDefault = level === undefined || (instead === undefined && isOnBothSides);
  return {
    what: `Pod Security enforces ${level ?? CLUSTER_DEFAULT}`,
    instead: isOnBothSides ? (instead ?? CLUSTER_DEFAULT) : null,
    reason: isDefault
      ? `${CLUSTER_DEFAULT} is privileged, unless its administrator has set another one`
      : null,
  };
}

function mayDo(access: AccessKind): string {
  return access === 'readWrite' ? 'write' : 'read';
}

function ofPolicyUse(change: PolicyUseChange): Words {
  const what =
    change.use === 'hostPath'
      ? privilegeWords({ kind: 'hostPath', path: change.path, access: change.access })
      : change.use;
  return {
    what: `namespace ${change.namespace} may use ${what}`,
    instead: change.instead === 'readOnly' ? 'read-only' : null,
  };
}
