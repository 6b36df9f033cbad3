import { approvalsOf, type Approval } from './approvals';
import { privilegesOf, type ExplainedPrivilege } from './explained-privileges';
import { levelsOf, type NamespaceLevel } from './namespaces-section';
import { contractsOf, type SharedContract } from './shared-contracts';
import { unreasonedOf, type Unreasoned } from './unreasoned';
import type { RuleFinding } from '../../rules/engine';
import {
  guardrailsOf,
  namespaceLimits,
  type Guardrail,
  type NamespaceLimit,
} from '../../sharing/guardrails';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import { nodePermissions, type NodePermission } from '../../sharing/node-permissions';
import {
  otherPermissions,
  podPermissions,
  type OtherPermission,
  type PodPermission,
} from '../../sharing/pod-permissions';

/** What a reviewer wants to know of a set of manifests. */
export interface ReviewModel {
  readonly marked: MarkedManifests;
  readonly found: readonly RuleFinding[];
  readonly contracts: readonly SharedContract[];
  readonly privileges: readonly ExplainedPrivilege[];
  readonly approvals: readonly Approval[];
  readonly levels: readonly NamespaceLevel[];
  readonly guardrails: readonly Guardrail[];
  readonly nodePermissions: readonly NodePermission[];
  readonly podPermissions: readonly PodPermission[];
  readonly otherPermissions: readonly OtherPermission[];
  readonly limits: readonly NamespaceLimit[];
  readonly unreasoned: Unreasoned;
}

export function reviewModel(marked: MarkedManifests, found: readonly RuleFinding[]): ReviewModel {
  const privileges = privilegesOf(marked, found);
  const levels = levelsOf(marked, privileges);
  return {
    marked,
    found,
    contracts: contractsOf(marked),
    privileges,
    approvals: approvalsOf(privileges),
    levels,
    guardrails: guardrailsOf(marked.set),
    nodePermissions: nodePermissions(marked.set),
    podPermissions: podPermissions(marked),
    otherPermissions: otherPermissions(marked),
    limits: namespaceLimits(
      marked.set,
      levels.map(({ namespace }) => namespace),
    ),
    unreasoned: unreasonedOf(marked, privileges),
  };
}
