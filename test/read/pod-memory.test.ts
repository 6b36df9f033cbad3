import { hugePagesLimitOf, podLimit, podRequest, requestOf } from '../../src/read/pod-memory';
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

describe('requests that the API server sets', () => {
  const RANGE = `---
apiVersion: v1
kind: LimitRange
metadata: { name: defaults }
spec: { limits: [{ type: Container, default: { memory: 8Mi }, defaultRequest: { memory: 4Mi } }] }
`;
  const podOf = (pod: string, containers: readonly string[], more = '') =>
    setOf(`
apiVersion: v1
kind: Pod
metadata: { name: p }
spec:
  resources: { ${pod} }
  containers: [${containers.map((each, i) => `{ name: c${i}, image: i, resources: { ${each} } }`).join(', ')}]
${more}`).pods[0];
  const shown = (request: unknown) =>
    typeof request === 'bigint' ? Number(request / MEBIBYTE) : request;

  test.each<[string, string, string, unknown]>([
    ['the request', 'requests: { memory: 1Mi }, limits: { memory: 2Mi }', RANGE, 1],
    ['else the limit', 'limits: { memory: 2Mi }', RANGE, 2],
    ['else the default of the namespace', '', RANGE, 4],
    ['else nothing', '', '', 'absent'],
    ['a request of 0 stays 0', 'requests: { memory: 0 }, limits: { memory: 2Mi }', RANGE, 'absent'],
    ['a limit of 0 makes the request 0', 'limits: { memory: 0 }', RANGE, 'absent'],
    ['what is no quantity', 'requests: { memory: x }, limits: { memory: 2Mi }', '', 'unknown'],
  ])('of a container: %s', (_, container, range, expected) => {
    const pod = podOf('', [container], range);
    expect(shown(requestOf(pod, pod.containers[0]))).toBe(expected);
  });

  test.each<[string, string, string[], unknown]>([
    ['the pod-level request', 'requests: { memory: 9Mi }', ['requests: { memory: 1Mi }'], 9],
    ['a pod-level request of 0', 'requests: { memory: 0 }, limits: { memory: 9Mi }', [''], 0],
    [
      'the requests of containers, if only the limit is pod-level',
      'limits: { memory: 9Mi }',
      ['requests: { memory: 1Mi }', 'limits: { memory: 2Mi }', ''],
      3,
    ],
    ['the pod-level limit, if no container has a request', 'limits: { memory: 9Mi }', ['', ''], 9],
    ['a container request of 0', 'limits: { memory: 9Mi }', ['requests: { memory: 0 }'], 0],
    ['containers without a request count as 0', '', ['requests: { memory: 1Mi }', ''], 1],
    ['what is no quantity', 'limits: { memory: 9Mi }', ['requests: { memory: x }'], 'unknown'],
  ])('of a pod: %s', (_, pod, containers, expected) => {
    expect(shown(podRequest(podOf(pod, containers)))).toBe(expected);
  });
});

describe('the limit of huge pages of a container', () => {
  const limitIn = (resources: string, ofPod: string) => {
    const [pod] = setOf(`apiVersion: v1
kind: Pod
metadata: { name: p }
spec:
  resources: ${ofPod}
  containers:
    - name: c
      image: i
      resources: { limits: ${resources} }
`).pods;
    return hugePagesLimitOf(pod, pod.containers[0], '2Mi');
  };

  test.each<[string, bigint | string, string, string]>([
    ['its own', 4n * MEBIBYTE, '{ hugepages-2Mi: 4Mi }', '{}'],
    ['absent', 'absent', '{ memory: 1Gi }', '{}'],
    ['absent, if it has another size', 'absent', '{ hugepages-1Gi: 1Gi }', '{}'],
    [
      'unknown, if the pod has one',
      'unknown',
      '{ memory: 1Gi }',
      '{ limits: { hugepages-2Mi: 8Mi } }',
    ],
    [
      'its own, if the pod has one, too',
      4n * MEBIBYTE,
      '{ hugepages-2Mi: 4Mi }',
      '{ limits: { hugepages-2Mi: 8Mi } }',
    ],
  ])('is %s', (_, expected, resources, ofPod) => {
    expect(limitIn(resources, ofPod)).toBe(expected);
  });
});
