import { type IConstruct } from 'constructs';
import { type ClientPolicyGrant } from './client-policy';
import { InputChecks } from '../../errors';
import type { Granted } from '../../model/policy/policy-grants';
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
        other.spec.namespace === spec.namespace,
    );
    if (twice !== i) {
      fail(
        'SHM007',
        `grants[${i}]`,
        `${namespace}, ${spec.name}`,
        'one grant of a contract for a namespace',
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
  return grants.filter(grant => grant !== undefined);
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
