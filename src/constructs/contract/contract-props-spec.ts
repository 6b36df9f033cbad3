import { Access } from './access';
import { acknowledgementOf } from './acknowledgements';
import { AGENT_CONTRACT_PROPS, type AgentContractProps } from './agent-contract-props';
import { AgentNodes } from './agent-nodes';
import type { SharedMemory } from './shared-memory';
import { InputChecks, InputError, show } from '../../errors';
import { checkSpec } from '../../model/contract/contract-check';
import type { ContractSpec } from '../../model/contract/contract-spec';
import { withApiVersion } from '../../model/contract/contract-version';
import { meantOptions } from '../../options';
import { byName } from '../support/by-name';
import { partOf } from '../support/input-values';

/** Returns the contract that the properties describe. Throws an error with all of its problems. */
export function specOfProps(given: AgentContractProps): ContractSpec {
  const where = given?.name === undefined ? 'AgentContract' : `contract ${given.name}`;
  const checks = new InputChecks(where);
  if (typeof given === 'object' && given !== null && 'apiVersion' in given) {
    throw new InputError(where, {
      code: 'SHM007',
      field: 'properties',
      given: `the JSON form of a contract, of apiVersion ${show(given.apiVersion)}`,
      allowed: 'the properties of a contract',
      fix: 'read the file with AgentContract.fromFile(), or its text with AgentContract.fromJson()',
    });
  }
  const props = meantOptions(given, checks, AGENT_CONTRACT_PROPS);
  const { clientUser, clientVolume, env, nodes = AgentNodes.all(), readyWhen } = props;
  const unread: (keyof ContractSpec)[] = [];
  // What cannot be read is a problem, and left out, so that the rest is checked as well.
  const read = <T>(field: keyof ContractSpec, reading: () => T): T | undefined => {
    const value = checks.try(reading);
    if (value === undefined) {
      unread.push(field);
    }
    return value;
  };
  const part = <K extends '_spec' | '_kind', T>(
    field: keyof ContractSpec,
    from: { readonly [key in K]: T },
    key: K,
    allowed: string,
    name: string = field,
  ): T | undefined => read(field, () => partOf<K, T>(from, key, name, allowed, where));
  const spec = withApiVersion({
    name: props.name,
    namespace: props.namespace,
    version: props.version,
    memory: (read('memory', () => listOf(props.memory ?? [], where)) ?? []).flatMap(
      each => part('memory', each, '_spec', 'SharedMemory.files(), .posix() or .systemV()') ?? [],
    ),
    nodes:
      part('nodes', nodes, '_spec', 'AgentNodes.all(), .labeled() or .dedicated()') ??
      AgentNodes.all()._spec,
    ownerId: props.ownerId,
    groupId: props.groupId,
    clients: props.clients ?? Access.READ_ONLY,
    clientVolume:
      clientVolume &&
      part(
        'clientVolume',
        clientVolume,
        '_kind',
        'ClientVolume.persistentVolumeClaim() or .hostPath()',
      ),
    readyWhen:
      readyWhen &&
      part('readyWhen', readyWhen, '_spec', 'ReadyWhen.file(), .socket() or .systemVKey()'),
    chargedTo: props.chargedTo,
    hostPid: props.hostPid,
    hostNetwork: props.hostNetwork,
    seLinux: props.seLinux,
    env:
      env &&
      Object.fromEntries(
        Object.entries(byName(env)).flatMap(([name, each]) => {
          const value = part('env', each, '_spec', VARIABLES, `env ${name}`);
          return value === undefined ? [] : [[name, value]];
        }),
      ),
    umask: props.umask,
    servedBy: props.servedBy,
    team: props.team,
    dataClass: props.dataClass,
    allowedNodePaths: props.allowedNodePaths?.map(({ path, reason }) => ({ path, reason })),
    clientUser:
      clientUser && part('clientUser', clientUser, '_kind', 'ClientUser.own() or .owner()'),
    acknowledgements: props.acknowledgements?.flatMap(
      each => read('acknowledgements', () => acknowledgementOf(each, where)) ?? [],
    ),
  });
  checkSpec(spec, false, checks, unread);
  checks.end({});
  return spec;
}

const VARIABLES = 'ContractEnv.path(), .file() or .sizeInBytes()';

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
