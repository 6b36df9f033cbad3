import { podLimit, podRequest } from '../../src/read/pod-memory';
import { setOf } from '../rules/findings';

const MEBIBYTE = 1024n * 1024n;

/** What the scheduler and the kubelet count for a pod with these init containers and containers. */
function memoryOf(init: string[], containers: string[]) {
  const text = (each: string, i: number, prefix: string) => {
    const [amount, always] = each.split(' ');
    return `{ name: ${prefix}${i}, image: i${always ? ', restartPolicy: Always' : ''}, resources: { limits: { memory: ${amount} }, requests: { memory: ${amount} } } }`;
  };
  const [pod] = setOf(`
apiVersion: v1
kind: Pod
metadata: { name: p }
spec:
  initContainers: [${init.map((each, i) => text(each, i, 'init')).join(', ')}]
  containers: [${containers.map((each, i) => text(each, i, 'c')).join(', ')}]
`).pods;
  expect(podRequest(pod)).toBe(podLimit(pod));
  return Number((podLimit(pod) as bigint) / MEBIBYTE);
}

// https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
test.each([
  ['containers together', [], ['10Mi', '20Mi'], 30],
  ['an init container alone, if it is larger', ['40Mi'], ['10Mi', '20Mi'], 40],
  ['the containers, if the init container is smaller', ['30Mi'], ['10Mi', '21Mi'], 31],
  ['a sidecar with the containers', ['5Mi always'], ['10Mi', '20Mi'], 35],
  ['an init container with the sidecar before it', ['5Mi always', '40Mi'], ['10Mi'], 45],
  ['an init container without the sidecar after it', ['40Mi', '5Mi always'], ['10Mi'], 40],
  ['the largest of several init containers', ['20Mi', '50Mi', '30Mi'], ['10Mi'], 50],
])('the memory of a pod: %s', (_, init, containers, mebibytes) => {
  expect(memoryOf(init, containers)).toBe(mebibytes);
});
