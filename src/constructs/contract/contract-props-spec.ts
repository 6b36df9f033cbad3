import { Access } from './access';
import { acknowledgementOf } from './acknowledgements';
import { AGENT_CONTRACT_PROPS, type AgentContractProps } from './agent-contract-props';
import { AgentNodes } from './agent-nodes';
import type { ContractEnv } from './contract-env';
import type { SharedMemory } from './shared-memory';
import { InputError, show } from '../../errors';
import { validSpec } from '../../model/contract/contract-check';
import type { ContractSpec, EnvSpec } from '../../model/contract/contract-spec';
import { withApiVersion } from '../../model/contract/contract-version';
import { optionsOf } from '../../options';
import { byName } from '../support/by-name';
import { partOf } from '../support/input-values';

/** Returns the contract that the properties describe. Throws an error with all of its problems. */
export function specOfProps(props: AgentContractProps): ContractSpec {
  const where = props?.name === undefined ? 'AgentContract' : `contract ${props.name}`;
  const { clientUser, clientVolume, readyWhen } = optionsOf(props, where, AGENT_CONTRACT_PROPS);
  return validSpec(
    withApiVersion({
      name: props.name,
      namespace: props.namespace,
      version: props.version,
      memory: listOf(props.memory ?? [], where).map(m =>
        partOf(m, '_spec', 'memory', 'SharedMemory.files(), .posix() or .systemV()', where),
      ),
      nodes: partOf(
        props.nodes ?? AgentNodes.all(),
        '_spec',
        'nodes',
        'AgentNodes.all(), .labeled() or .dedicated()',
        where,
      ),
      ownerId: props.ownerId,
      groupId: props.groupId,
      clients: props.clients ?? Access.READ_ONLY,
      clientVolume:
        clientVolume &&
        partOf(
          clientVolume,
          '_kind',
          'clientVolume',
          'ClientVolume.persistentVolumeClaim() or .hostPath()',
          where,
        ),
      readyWhen:
        readyWhen &&
        partOf(
          readyWhen,
          '_spec',
          'readyWhen',
          'ReadyWhen.file(), .socket() or .systemVKey()',
          where,
        ),
      chargedTo: props.chargedTo,
      hostPid: props.hostPid,
      hostNetwork: props.hostNetwork,
      seLinux: props.seLinux,
      env: props.env && variablesOf(props.env, where),
      umask: props.umask,
      servedBy: props.servedBy,
      team: props.team,
      dataClass: props.dataClass,
      allowedNodePaths: props.allowedNodePaths?.map(({ path, reason }) => ({ path, reason })),
      clientUser:
        clientUser &&
        partOf(clientUser, '_kind', 'clientUser', 'ClientUser.own() or .owner()', where),
      acknowledgements: props.acknowledgements?.map(each => acknowledgementOf(each, where)),
    }),
  );
}

function variablesOf(
  env: { readonly [name: string]: ContractEnv },
  where: string,
): { [name: string]: EnvSpec } {
  const allowed = 'ContractEnv.path(), .file() or .sizeInBytes()';
  return Object.fromEntries(
    Object.entries(byName(env)).map(([name, each]) => [
      name,
      partOf(each, '_spec', `env ${name}`, allowed, where),
    ]),
  );
}

function listOf(memory: SharedMemory[], where: string): SharedMemory[] {
  if (Array.isArray(memory)) {
    return memory;
  }
  throw new InputError(where, {
    code: 'SHM005',
    field: 'memory',
    given: show(memory),
    allowed: 'a list of memories',
    fix: 'write memory: [SharedMemory.files({ ... })]',
  });
}
