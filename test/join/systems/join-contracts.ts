import { Size } from 'cdk8s';
import {
  Access,
  AgentNodes,
  Backing,
  ClientUser,
  ContractEnv,
  NodeContent,
  PodSharedMemory,
  ReadyWhen,
  SharedMemory,
} from '../../../src';
import { contract, TOOLS } from '../../yaml';

const { mebibytes, gibibytes } = Size;

/** What a platform offers to every workload: a table that an agent writes, at a path of its own. */
export const routes = contract({ env: { ROUTES_DIR: ContractEnv.path() } });

/** Objects in the node's own /dev/shm, which servers and clients of a system already share. */
export const nodeShm = contract({
  name: 'node-shm',
  clients: Access.READ_WRITE,
  memory: [
    SharedMemory.posix({ name: 'objects', size: mebibytes(256), backing: Backing.devShm() }),
  ],
  nodes: AgentNodes.all(),
});

/** What processes of one user write together. */
const ofOneUser = {
  ownerId: 1000,
  groupId: 1000,
  clients: Access.READ_WRITE,
  clientUser: ClientUser.owner(),
  nodes: AgentNodes.all(),
};

export const tensors = contract({
  ...ofOneUser,
  name: 'tensors',
  memory: [SharedMemory.posix({ size: gibibytes(1) })],
});

export const aeron = contract({
  ...ofOneUser,
  name: 'aeron',
  memory: [SharedMemory.files({ size: mebibytes(256), mountPath: '/dev/shm/aeron' })],
});

export const queue = contract({
  ...ofOneUser,
  name: 'queue',
  memory: [SharedMemory.files({ size: mebibytes(512), mountPath: '/data/queue' })],
});

/** Segments and sockets, at the two fixed paths of the software. */
export const iceoryx = contract({
  ...ofOneUser,
  name: 'iceoryx',
  ownerId: 10001,
  groupId: 2000,
  memory: [
    SharedMemory.posix({ name: 'segments', size: mebibytes(256) }),
    SharedMemory.files({ name: 'sockets', size: mebibytes(1), mountPath: '/tmp' }),
  ],
});

export const vineyard = contract({
  name: 'vineyard',
  memory: [SharedMemory.descriptors({ size: mebibytes(256), mountPath: '/var/run/vineyard' })],
  nodes: AgentNodes.all(),
  umask: '007',
});

/** A bigger /dev/shm. */
export const shm = (size: Size) => new PodSharedMemory({ size });

/** The sockets of an agent that keeps its own directory, with its own owner and modes. */
const sockets = (name: string) =>
  contract({
    name,
    ownerId: undefined,
    groupId: undefined,
    memory: [
      SharedMemory.files({
        name: 'sockets',
        size: mebibytes(1),
        mountPath: `/var/run/${name}`,
        backing: Backing.existing(`/run/${name}`, { contains: NodeContent.SOCKETS }),
      }),
    ],
    readyWhen: ReadyWhen.socket('agent.sock', { toolImage: TOOLS }),
    acknowledgements: [{ rule: 'SHM310', reason: 'clients talk to the agent over its sockets' }],
  });

export const datadog = sockets('datadog');
export const cilium = sockets('cilium');
