import { type IConstruct } from 'constructs';
import { useOf, writtenOptions, type AttachOptions } from './attach-options';
import { checkWriter } from './refused-by-policy';
import { InputError, show, type InputChecks, type Where } from '../../errors';
import { getOrCreate } from '../../kube/group';
import { clientEdit, type Using } from '../../model/client/client-edit';
import type { ContractSpec } from '../../model/contract/contract-spec';
import { ownerOf } from '../../model/contract/node-layout';
import type { Edit } from '../../wire/edit';
import { Access } from '../contract/access';
import { Accounting } from '../contract/accounting';
import { requireSameContract } from '../support/app-registry';
import { type Attachable } from '../support/attaching';
import { allowedAccess, flag } from '../support/input-values';

/** Returns how workloads become clients of a contract, whichever of them a call means. */
export function clientAttachment(
  spec: ContractSpec,
  target: IConstruct,
): Attachable<AttachOptions, Using> {
  return {
    owner: ownerOf(spec),
    target,
    using: (options, checks) => usingOf(spec, options, checks),
    written: writtenOptions,
    edit: ({ object, template }, using) => {
      requireSameContract(object, spec);
      return sharedEdit(spec, template, using);
    },
    check: (each, { access }) => {
      if (access === 'readWrite' && spec.clientUser !== 'owner') {
        checkWriter(spec, each);
      }
    },
  };
}

/** Returns what a client asks for. Absent if that is not clear. */
function usingOf(
  spec: ContractSpec,
  options: AttachOptions,
  checks: InputChecks,
): Using | undefined {
  const { where } = checks;
  const least = Access.READ_ONLY;
  const access = checks.try(() => allowedAccess(spec, options.access ?? least, where)) ?? least;
  const use = useOf(options, checks);
  if (options.accounting === Accounting.ADD_TO_LIMITS && spec.chargedTo !== 'client') {
    checks.add({
      code: 'SHM007',
      field: 'accounting',
      given: 'Accounting.ADD_TO_LIMITS',
      allowed: `nothing: the agent of contract ${spec.name} pays for the memory`,
      fix: 'leave it out, or ask the owner of the contract for chargedTo: Payer.CLIENT',
    });
  }
  const asIs = checks.try(() => asIsOf(options, where));
  return use === undefined || asIs === undefined ? undefined : { ...use, access, asIs };
}

/** Checks that no option contradicts `asIs`. */
export function asIsOf(
  { accounting, asIs, replaces }: Pick<AttachOptions, 'accounting' | 'asIs' | 'replaces'>,
  where: Where,
): boolean {
  const isAsIs = flag(asIs, 'asIs', where);
  const adds = accounting === Accounting.ADD_TO_LIMITS;
  if (isAsIs && (adds || (replaces ?? []).length > 0)) {
    throw new InputError(where, {
      code: 'SHM007',
      field: 'asIs',
      given: `true, with ${adds ? 'Accounting.ADD_TO_LIMITS' : `replaces: ${show(replaces)}`}`,
      allowed: 'one of them: asIs changes nothing in the pods',
      fix: 'leave one of them out',
    });
  }
  return isAsIs;
}

/**
 * What a contract does to its clients is mostly the same for all of them: a thousand workloads need
 * one edit, not a thousand.
 */
const edits = new WeakMap<ContractSpec, Map<string, Edit>>();

function sharedEdit(spec: ContractSpec, template: string, using: Using): Edit {
  const key = `${template} ${JSON.stringify(using)}`;
  return getOrCreate(
    getOrCreate(edits, spec, () => new Map()),
    key,
    () => clientEdit(spec, template, using),
  );
}
