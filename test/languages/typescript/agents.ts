import { Chart, Size } from 'cdk8s';
import type { Construct } from 'constructs';
import { routes } from './contract';
import { AgentNamespace, ContractGrant, NodeAgent } from 'cdk8s-shared-memory';

export class Agents extends Chart {
  public constructor(scope: Construct) {
    super(scope, 'platform');
    new AgentNamespace(this, 'namespace', { name: 'node-agents' });
    new NodeAgent(this, 'agent', {
      contract: routes,
      toolImage: 'registry.example.com/busybox:1.36',
      containers: [
        {
          name: 'agent',
          image: 'registry.example.com/routes-agent:1.8.2',
          resources: { memory: { request: Size.mebibytes(384), limit: Size.mebibytes(384) } },
        },
      ],
    });
    new ContractGrant(this, 'shop', { contract: routes, namespace: 'shop' });
  }
}
