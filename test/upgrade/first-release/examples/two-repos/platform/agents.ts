import { Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { type Construct } from 'constructs';
import { prices } from './contract';
import { AgentNamespace, ContractGrant, NodeAgent } from 'cdk8s-shared-memory';

export class Agents extends Chart {
  public constructor(scope: Construct, images: { tools: string; agent: string }) {
    super(scope, 'agents', { disableResourceNameHashes: true });
    new AgentNamespace(this, 'namespace', { name: prices.namespace });
    new NodeAgent(this, 'agent', {
      contract: prices,
      toolImage: images.tools,
      containers: [
        {
          name: 'agent',
          image: images.agent,
          resources: {
            cpu: { request: kplus.Cpu.millis(50) },
            memory: { request: Size.mebibytes(96), limit: Size.mebibytes(96) },
          },
        },
      ],
    });
    new ContractGrant(this, 'shop', { contract: prices, namespace: 'two-repos' });
  }
}
