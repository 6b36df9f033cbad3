import { hostDevShm, hostIpc, placement, servesAs } from './both-sides';
import type { ContractSpec, MemorySpec } from './contract-spec';
import { agentVolumeName, measureStep, prepareStep } from './init-containers';
import { backingOf, contractDirectory, directoriesOf, leafPath, ownerOf } from './layout';
import { contractMark } from './marks';
import { formatBytes } from '../kube/quantity';
import type { ContainerNames, Edit, Mount, Operation } from '../wire/edit';

/** What the workload gets that serves a contract. `agent` is its namespace and name: the owner marker on the node. */
export function agentEdit(spec: ContractSpec, template: string, agent: string, toolImage: string | undefined, containers: ContainerNames): Edit {
  const owner = ownerOf(spec);
  return {
    owner,
    key: `contract ${spec.namespace}/${spec.name} agent`,
    template,
    operations: [
      ...directories(spec, agent, toolImage, containers),
      ...spec.memory.filter(m => backingOf(m) === 'devShm').map(m => hostDevShm(spec, m, {
        containers, mountPath: String(m.mountPath), reason: `${owner}: memory ${m.name}, which this container writes`,
      })),
      ...hostIpc(spec),
      ...servesAs(spec, containers, spec.memory.some(m => backingOf(m) !== 'directory')), // a directory is setgid
      ...placement(spec),
      ...spec.memory.map((m): Operation => paysFor(spec, m, containers)),
      contractMark(spec, 'agent', 'readWrite', containers),
    ],
  };
}

/** The payer of a memory: whoever touches its pages first, and that is the agent. */
export function paysFor(spec: ContractSpec, memory: MemorySpec, containers: ContainerNames): Operation {
  return { do: 'memory', containers, bytes: memory.size, reason: `${ownerOf(spec)}: holds the ${formatBytes(memory.size)} of memory ${memory.name}, which this container touches first and so pays for` };
}

function directories(spec: ContractSpec, agent: string, toolImage: string | undefined, containers: ContainerNames): Operation[] {
  const memories = directoriesOf(spec);
  if (memories.length === 0 || toolImage === undefined) { return []; }
  const owner = ownerOf(spec);
  const name = agentVolumeName(spec);
  return [
    {
      do: 'initContainer',
      container: prepareStep(spec, toolImage, agent),
      reason: `${owner}: makes the directories of the memory on the node; root with no capability but CHOWN, as the agent itself is not root`,
    },
    { do: 'initContainer', container: measureStep(spec, toolImage), reason: `${owner}: refuses to start over leftovers that exceed the size; runs as the agent's user` },
    {
      do: 'volume',
      volume: { name, hostPath: { path: contractDirectory(spec), type: 'DirectoryOrCreate' } },
      mounts: memories.map((m): Mount => ({
        containers, mountPath: String(m.mountPath), subPath: leafPath(spec, m), reason: `${owner}: memory ${m.name}, which this container writes`,
      })),
      reason: `${owner}: the contract's directory on the node, from where the clients' pods mount it`,
    },
  ];
}
