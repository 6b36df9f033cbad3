import { Size } from 'cdk8s';
import {
  Access,
  AgentNodes,
  Backing,
  ContractEnv,
  NodeContent,
  Payer,
  ReadyWhen,
  SharedMemory,
  type AgentContract,
  type AgentContractProps,
} from '../../../src';
import { at, canonical, itemsOf, objectsOf, type JsonObject } from '../../../src/kube/json';
import { clientEdit } from '../../../src/model/client/client-edit';
import { readContract } from '../../../src/model/contract/contract-json';
import { claimNameOf } from '../../../src/model/contract/node-layout';
import { containersAnnotation } from '../../../src/model/injection/use-label';
import { policyConflicts } from '../../../src/sharing/policy-checks';
import { apply } from '../../../src/wire/apply';
import { contract, TOOLS } from '../../yaml';

/** Contracts with each part that admission can wire. */
const CONTRACTS: Record<string, Partial<AgentContractProps>> = {
  'files that clients read': {},
  'files that clients write': { clients: Access.READ_WRITE },
  'two memories, one in /dev/shm': {
    clients: Access.READ_WRITE,
    memory: [
      SharedMemory.files({ name: 'table', size: Size.mebibytes(64), mountPath: '/run/routes' }),
      SharedMemory.posix({ name: 'ring', size: Size.mebibytes(64) }),
    ],
  },
  'all nodes, variables, and something to wait for': {
    nodes: AgentNodes.all(),
    env: { ROUTES: ContractEnv.path(), BYTES: ContractEnv.sizeInBytes() },
    readyWhen: ReadyWhen.file('table.bin', { toolImage: TOOLS }),
  },
  'clients that pay': { clients: Access.READ_WRITE, chargedTo: Payer.CLIENT },
  'descriptors, with a socket to wait for': {
    memory: [SharedMemory.descriptors({ name: 'table', mountPath: '/run/routes' })],
    readyWhen: ReadyWhen.socket("it's.sock", { toolImage: TOOLS }),
  },
  'clients that write, on nodes with SELinux': { clients: Access.READ_WRITE, seLinux: true },
  'a directory of somebody else': {
    memory: [
      SharedMemory.files({
        name: 'table',
        mountPath: '/run/routes',
        backing: Backing.existing('/run/vendor', {
          contains: NodeContent.FILES,
          clientsWait: false,
        }),
      }),
    ],
    servedBy: 'a vendor',
  },
};

/** A contract that admission wires, and the access that a pod asks for. */
export interface InjectedCase {
  readonly name: string;
  readonly access: Access;
  readonly contract: AgentContract;
  /** The claim of its first memory. */
  readonly claim: string;
}

/** Each contract, with each access that it allows. Each contract has a version of its own. */
export const CASES: readonly InjectedCase[] = Object.entries(CONTRACTS).flatMap(
  ([name, props], i) => {
    const of = contract({ ...props, version: `v${i + 1}` });
    const accesses =
      props.clients === Access.READ_WRITE
        ? [Access.READ_ONLY, Access.READ_WRITE]
        : [Access.READ_ONLY];
    return accesses.map(access => ({ name, access, contract: of, claim: claimOf(of, access) }));
  },
);

function claimOf(of: AgentContract, access: Access): string {
  const { version, memory } = readContract(of.toJson(), 'test');
  const isWriter = access === Access.READ_WRITE && memory[0].api !== 'descriptors';
  return claimNameOf(
    { contract: 'routes', memory: memory[0].name, version },
    isWriter ? 'readWrite' : 'readOnly',
  );
}

/** What `attachTo` makes of the pod, and what the policies refuse besides. */
export function attached(of: AgentContract, access: Access, pod: JsonObject) {
  const asked = at(pod, 'metadata', 'annotations', containersAnnotation('routes'));
  const containers = typeof asked === 'string' ? asked.split(',').map(n => n.trim()) : 'only';
  const spec = readContract(of.toJson(), 'test');
  const edit = clientEdit(spec, '', { access, containers, addToLimits: false });
  const { json, problems } = apply(pod, [edit]);
  const names = objectsOf(at(pod, 'spec', 'containers')).map(({ name }) => String(name));
  const used = containers === 'only' ? names : containers;
  return { json, problems: [...problems, ...policyConflicts(pod, '/spec', edit, used)] };
}

/** The pod spec, apart from the order of lists whose order means nothing. */
export function specOf(pod: object): unknown {
  return JSON.parse(
    JSON.stringify(at(pod, 'spec'), (key, value) =>
      ['volumes', 'tolerations', 'supplementalGroups', 'volumeMounts', 'env'].includes(key)
        ? itemsOf(value)
            // an empty value is none
            .map(item => canonical(at(item, 'value') === '' ? { name: at(item, 'name') } : item))
            .sort()
        : value,
    ),
  );
}
