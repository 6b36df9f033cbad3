import { approvalsOf, type Approval } from './approvals';
import { privilegesOf, type ExplainedPrivilege } from './explained-privileges';
import { levelsOf, type NamespaceLevel } from './namespaces-section';
import { contractsOf, type SharedContract } from './shared-contracts';
import { unreasonedOf, type Unreasoned } from './unreasoned';
import type { RuleFinding } from '../../rules/engine';
import {
  guardrailsOf,
  namespaceLimits,
  nodePermissions,
  type Guardrail,
  type NamespaceLimit,
  type NodePermission,
} from '../../sharing/guardrails';
import type { MarkedManifests } from '../../sharing/marked-manifests';

/** What a reviewer wants to know of a set of manifests. */
export interface ReviewModel {
  readonly marked: MarkedManifests;
  readonly found: readonly RuleFinding[];
  readonly contracts: readonly SharedContract[];
  readonly privileges: readonly ExplainedPrivilege[];
  readonly approvals: readonly Approval[];
  readonly levels: readonly NamespaceLevel[];
  readonly guardrails: readonly Guardrail[];
  readonly permissions: readonly NodePermission[];
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
    permissions: nodePermissions(marked.set),
    limits: namespaceLimits(
      marked.set,
      levels.map(({ namespace }) => namespace),
    ),
    unreasoned: unreasonedOf(marked, privileges),
  };
}
