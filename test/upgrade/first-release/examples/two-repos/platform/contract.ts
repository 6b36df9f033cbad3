import { Size } from 'cdk8s';
import { AgentContract, SharedMemory } from 'cdk8s-shared-memory';

/** What the platform team shares. Its JSON form is what other repos get: `npx tsx platform/publish.ts`. */
export const prices = new AgentContract({
  name: 'prices',
  namespace: 'two-repos-agents',
  version: 'v1',
  memory: [
    SharedMemory.files({ name: 'book', size: Size.mebibytes(32), mountPath: '/run/prices' }),
  ],
  ownerId: 10007,
  groupId: 2007,
});
