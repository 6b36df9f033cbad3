import { Size, Yaml } from 'cdk8s';
import { findingsOf } from './findings';
import { NodeAgent, PodSharedMemory, SharedMemory } from '../../src';
import { AGENT, chart, contract, deployment, rendered, TOOLS } from '../yaml';

const size = Size.mebibytes(1);

test('a /dev/shm of its own hides nothing from a client of System V memory', () => {
  const c = chart();
  const of = contract({ memory: [SharedMemory.systemV({ size })] });
  new NodeAgent(c, 'agent', { contract: of, toolImage: TOOLS, containers: [AGENT] });
  const web = deployment(c);
  of.attachTo(web);
  new PodSharedMemory({ size }).attachTo(web);
  const text = Yaml.stringify(...rendered(c, 'DaemonSet'), ...rendered(c, 'Deployment'));
  const hides = (yaml: string) => findingsOf(yaml).filter(each => each.includes('SHM101'));
  expect(text).toContain('mountPath: /dev/shm');
  expect(hides(text)).toEqual([]);
  // without a mark, nobody can say what hostIPC is for
  expect(hides(text.replaceAll('cdk8s-shared-memory/contract.', 'example.com/'))).toHaveLength(1);
});
