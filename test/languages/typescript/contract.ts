import { Size } from 'cdk8s';
import { AgentContract, AgentNodes, SharedMemory } from 'cdk8s-shared-memory';

export const routes = new AgentContract({
  name: 'routes',
  namespace: 'node-agents', // of the agent
  version: 'v1', // of the data layout
  memory: [
    SharedMemory.files({ name: 'table', size: Size.mebibytes(256), mountPath: '/run/routes' }),
  ],
  nodes: AgentNodes.dedicated('example.com/routes-agent', 'yes'), // label and taint
  ownerId: 10001, // the user that writes
  groupId: 2000, // the group that may read
});
