import { Testing } from 'cdk8s';
import { page } from './review-examples';
import { Access, NodeAgent } from '../../../src';
import { AGENT, chart, contract, deployment, TOOLS } from '../../yaml';

const ROUTES = contract({ clients: Access.READ_WRITE });
const [READS, WRITES] = [Access.READ_ONLY, Access.READ_WRITE];

test.each([
  [[READS], '1 workload in 1 namespace, which only reads.'],
  [[WRITES], '1 workload in 1 namespace, which may **write**.'],
  [[READS, READS], '2 workloads in 1 namespace, both of which only read.'],
  [[READS, READS, READS], '3 workloads in 1 namespace, all of which only read.'],
  [[READS, WRITES], '2 workloads in 1 namespace, 1 of which may **write**.'],
  [[WRITES, WRITES], '2 workloads in 1 namespace, 2 of which may **write**.'],
])('the first facts say how many workloads write: %j', (accesses, words) => {
  const c = chart();
  new NodeAgent(c, 'agent', { contract: ROUTES, toolImage: TOOLS, containers: [AGENT] });
  accesses.forEach((access, i) => ROUTES.attachTo(deployment(c, `web-${i}`), { access }));
  const objects = (Testing.synth(c) as object[]).map(each => JSON.stringify(each));
  expect(
    page(objects.join('\n---\n'))
      .split('\n')
      .filter(line => line.startsWith('- Contract')),
  ).toEqual([`- Contract \`routes\` (names no team and no data class): 256Mi, ${words}`]);
});
