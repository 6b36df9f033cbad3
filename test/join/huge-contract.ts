import { Size } from 'cdk8s';
import {
  AgentContract,
  ContractGrant,
  HugePages,
  NodeAgent,
  SharedMemory,
  type AgentContractProps,
  type AttachOptions,
} from '../../src';
import { AGENT, chart, contract, deployment, rendered, TOOLS, type Rendered } from '../yaml';

export const table = (size = Size.mebibytes(64), hugePages: HugePages = HugePages.SIZE_2MI) =>
  SharedMemory.files({ name: 'table', size, mountPath: '/run/routes', hugePages });
export const huge = (props: Partial<AgentContractProps> = {}) =>
  contract({ memory: [table()], ...props });
export const SMALL = { memory: { request: Size.mebibytes(64), limit: Size.mebibytes(64) } };
export const MARK = 'cdk8s-shared-memory/contract.routes';
export const LEAF = '/run/cdk8s-shared-memory/node-agents.routes/v1/table.hugepages-2Mi/shared';

export interface Both {
  readonly agent: Rendered;
  readonly client: Rendered;
  readonly volume: Rendered;
  readonly text: string;
}
export function both(of: AgentContract, options: AttachOptions = {}): Both {
  const c = chart();
  new NodeAgent(c, 'agent', {
    contract: of,
    toolImage: TOOLS,
    containers: [{ ...AGENT, resources: SMALL }],
  });
  if (!of.toJson().includes('hostPath')) {
    new ContractGrant(c, 'grant', { contract: of, namespace: 'shop' });
  }
  of.attachTo(deployment(c), options);
  const [agent, client, volume] = ['DaemonSet', 'Deployment', 'PersistentVolume'].map(
    kind => rendered(c, kind)[0],
  );
  const text = [agent, client, volume].map(o => JSON.stringify(o)).join('\n---\n');
  return { agent, client, volume, text };
}
export const containerOf = (object: Rendered) => object.spec.template.spec.containers[0];
