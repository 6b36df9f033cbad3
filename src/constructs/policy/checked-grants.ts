import { type IConstruct } from 'constructs';
import { type ClientPolicyGrant } from './client-policy';
import { InputChecks, type Fail } from '../../errors';
import { groupBy } from '../../kube/group';
import type { MapEntry } from '../../model/policy/cel';
import { writableEntries, type Granted } from '../../model/policy/policy-grants';
import { contradictingWriters, writerEntries } from '../../model/policy/writer-checks';
import { meantOptions, type OptionNames } from '../../options';
import { specOf } from '../contract/agent-contract';
import { checkNamespaceName, grantedAccess } from '../support/input-values';

const GRANT: OptionNames<ClientPolicyGrant> = { access: true, contract: true, namespace: true };

/** Returns the grants of a policy. Throws an error with all that is wrong with them. */
export function checkedGrants(
  given: readonly ClientPolicyGrant[],
  construct: IConstruct,
): Granted[] {
  const checks = new InputChecks(construct);
  const { fail } = checks;
  if (!Array.isArray(given) || given.length === 0) {
    fail(
      'SHM007',
      'grants',
      given,
      'a list of one or more grants',
      "write grants: [{ namespace: 'shop', contract: routes }]",
    );
    checks.end({});
  }
  const grants = given.map((grant, i) => checks.try(() => granted(grant, i, construct)));
  for (const [i, grant] of grants.entries()) {
    if (grant === undefined) {
      continue;
    }
    const { namespace, spec } = grant;
    const twice = grants.findIndex(
      other =>
        other?.namespace === namespace &&
        other.spec.name === spec.name &&
        other.spec.namespace === spec.namespace &&
        other.spec.version === spec.version,
    );
    if (twice !== i) {
      fail(
        'SHM007',
        `grants[${i}]`,
        `${namespace}, ${spec.name} ${spec.version}`,
        'one grant of a version of a contract for a namespace',
        `remove it, or grants[${twice}]`,
      );
    }
    if (grants.some(other => other?.spec.namespace === namespace)) {
      fail(
        'SHM007',
        `grants[${i}].namespace`,
        namespace,
        'a namespace of clients',
        'leave it out: it is the namespace of agents, which need more than any client',
      );
    }
  }
  checks.end({});
  const right = grants.filter(grant => grant !== undefined);
  failForTwoValues(writerEntries(right), 'users that own it', fail);
  failForTwoValues(writableEntries(right), 'groups', fail);
  for (const what of contradictingWriters(right)) {
    fail(
      'SHM007',
      'grants',
      `contracts with ClientUser.owner() and without it for ${what}`,
      'one of them for each claim and directory of a namespace',
      'give the contracts that share it one clientUser, or grant one of them to read alone',
    );
  }
  checks.end({});
  return right;
}

/**
 * Adds a problem for each claim or directory of which contracts say two things: the policy could
 * not tell which of them holds, and the API server refuses a map with a key that is there twice.
 */
function failForTwoValues(entries: readonly MapEntry[], what: string, fail: Fail): void {
  for (const [key, alike] of groupBy(entries, each => each.key)) {
    const values = new Set(alike.map(({ value }) => value));
    if (values.size > 1) {
      fail(
        'SHM007',
        'grants',
        `contracts with different ${what} for ${key}: ${[...values].join(', ')}`,
        'one of them for each claim and directory of a namespace',
        'give the contracts that share it one ownerId and one groupId, or another name',
      );
    }
  }
}

function granted(given: ClientPolicyGrant, index: number, construct: IConstruct): Granted {
  const where = construct.node.path;
  const part = `grants[${index}]`;
  const checks = new InputChecks(construct);
  const names = new InputChecks(`${where} ${part}`);
  const grant = meantOptions(given, names, GRANT);
  checks.try(() => names.end({}));
  const spec = checks.try(() => specOf(grant.contract, where, `${part}.contract`));
  checks.try(() =>
    checkNamespaceName(
      grant.namespace,
      `${part}.namespace`,
      where,
      'name the namespace of the clients',
    ),
  );
  const access =
    spec && checks.try(() => grantedAccess(spec, grant.access, where, `${part}.access`));
  return { namespace: grant.namespace, ...checks.end({ access, spec }) };
}
