import { compiledClient } from './injection-policies';
import type { ContractSpec } from '../contract/contract-spec';
import { claimableMemories } from '../contract/node-layout';

/** Why admission cannot wire the clients of a contract, in the words of an input error. */
export interface NotInjected {
  readonly given: string;
  readonly allowed: string;
  readonly fix: string;
}

const ATTACH = 'use attachTo() for the workloads of this contract';

/** Returns why admission cannot wire the clients of a contract. Absent if it can. */
export function whyNotInjected(spec: ContractSpec): NotInjected | undefined {
  const claims = claimableMemories(spec);
  const other = spec.memory.find(memory => !claims.includes(memory));
  if (other !== undefined) {
    return {
      given: other.api === 'systemV' ? 'System V memory' : "the node's own /dev/shm",
      allowed: 'memory that clients reach by claim: a label must not carry a host privilege',
      fix: ATTACH,
    };
  }
  for (const [field, given] of [
    ['clientVolume', spec.clientVolume === 'hostPath' ? 'ClientVolume.hostPath()' : undefined],
    ['hostPid', spec.hostPid === true ? 'hostPid: true' : undefined],
    ['hostNetwork', spec.hostNetwork === true ? 'hostNetwork: true' : undefined],
  ] as const) {
    if (given !== undefined) {
      return {
        given,
        allowed: `a contract without it: a label must not carry a host privilege`,
        fix: `leave ${field} out of the contract, or ${ATTACH}`,
      };
    }
  }
  const [missing] = compiledClient(spec, spec.clients).notCompiled;
  return (
    missing && {
      given: FIELDS[missing.operation] ?? missing.operation,
      allowed: 'a contract without it: the expressions of a policy cannot do this to a pod',
      fix: ATTACH,
    }
  );
}

const FIELDS: { readonly [operation: string]: string } = {
  hugePages: 'huge pages that clients pay for',
  runAs: 'clientUser: ClientUser.owner()',
  umask: 'a umask',
};
