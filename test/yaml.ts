import { App, Chart, Testing, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AgentContract, AgentNodes, SharedMemory, type AgentContractProps } from '../src';

let latest: Chart | undefined;

/** A chart of its own app, without name hashes. */
export function chart(id = 'test', namespace?: string): Chart {
  latest = new Chart(new App({ outdir: '/nonexistent' }), id, {
    namespace,
    disableResourceNameHashes: true,
  });
  return latest;
}

/** The chart that `chart()` returned last. */
export const latestChart = () => latest;

/**
 * Rendered objects are looked into freely: what is not there is undefined, and the comparison
 * fails.
 */
export type Rendered = any;

/** The rendered objects of a chart, of one kind. */
export function rendered(scope: Chart, kind: string): Rendered[] {
  return (Testing.synth(scope) as Rendered[]).filter(o => o.kind === kind);
}

/** A Deployment of cdk8s-plus with one small container. */
export function deployment(
  scope: Chart,
  id = 'api',
  container: Partial<kplus.ContainerProps> = {},
): kplus.Deployment {
  return new kplus.Deployment(scope, id, {
    containers: [
      {
        name: 'api',
        image: 'registry.example.com/api:1',
        resources: { memory: { request: Size.mebibytes(128), limit: Size.mebibytes(128) } },
        ...container,
      },
    ],
  });
}

/** A contract with one memory of files at /run/routes. */
export function contract(props: Partial<AgentContractProps> = {}): AgentContract {
  return new AgentContract({
    name: 'routes',
    namespace: 'node-agents',
    version: 'v1',
    memory: [
      SharedMemory.files({ name: 'table', size: Size.mebibytes(256), mountPath: '/run/routes' }),
    ],
    nodes: AgentNodes.dedicated('example.com/routes-agent', 'yes'),
    ownerId: 10001,
    groupId: 2000,
    ...props,
  });
}

/** The container of an agent with enough memory for the contract above. */
export const AGENT: kplus.ContainerProps = {
  name: 'agent',
  image: 'registry.example.com/routes-agent:1',
  resources: { memory: { request: Size.mebibytes(384), limit: Size.mebibytes(384) } },
};

/** The image of init steps. */
export const TOOLS = 'registry.example.com/busybox:1.36';
