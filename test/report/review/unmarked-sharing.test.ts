import { page, section } from './review-examples';

const pod = (name: string, volumes: string, mounts: string, spec = '') => `---
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
${spec}  containers:
    - name: ${name}
      image: registry.example.com/${name}:1
      volumeMounts: [${mounts}]
  volumes: [${volumes}]
`;
const at = (path: string) => `{ name: v, hostPath: { path: ${path}, type: Directory } }`;
const agent = pod('agent', at('/run/ring'), '{ name: v, mountPath: /ring }');
const reader = pod('reader', at('/run/ring/a'), '{ name: v, mountPath: /r, readOnly: true }');
const facts = (text: string) => text.split('\n').filter(line => line.startsWith('- '));

test('a directory that two workloads share, one of them inside the other, is listed and drawn', () => {
  const text = section(page(agent + reader), 'What is shared with whom');
  expect(text).toContain(
    '| directory `/run/ring` of the node | Pod agent can **write**, Pod reader reads | [0.yaml](0.yaml) |',
  );
  expect(text).toContain(`flowchart LR
  _run_ring[("/run/ring")]
  Pod_agent["Pod agent"]
  Pod_reader["Pod reader"]
  Pod_agent -->|can write| _run_ring
  _run_ring -->|reads| Pod_reader
`);
  expect(page(agent + reader).split('\n')[2]).toBe(
    '**Look at this: 2 host privileges without a reason in pods that share memory.**',
  );
});

test('what a container has at /dev/shm is memory, whatever the directory is called', () => {
  const text = page(pod('mps', at('/run/mps/shm'), '{ name: v, mountPath: /dev/shm }'));
  expect(text).toContain('| directory `/run/mps/shm` of the node, at `/dev/shm` in containers |');
});

test('several pods with hostIPC are drawn', () => {
  const ipc = (name: string) => pod(name, '', '', '  hostIPC: true\n');
  expect(page(ipc('a') + ipc('b'))).toContain(
    '  Pod_a["Pod a"]\n  Pod_b["Pod b"]\n  Pod_a -->|can write| IPC_namespace_of_the_node',
  );
});

describe('it never says that nothing is shared while something is unexplained', () => {
  test('a directory of the node that only one workload mounts', () => {
    expect(facts(page(agent))).toContain(
      '- These manifests do not show whether a pod shares memory: pods of other manifests can use the same directory of the node: `/run/ring`.',
    );
  });

  test('a PersistentVolume of a directory of the node', () => {
    const volume =
      '---\napiVersion: v1\nkind: PersistentVolume\nmetadata: { name: v }\nspec: { local: { path: /mnt/x } }\n';
    const text = page(pod('a', '', '') + volume);
    expect(facts(text)).toContain(
      '- These manifests do not show whether a pod shares memory: pods of other manifests can use the same directory of the node: `/mnt/x`.',
    );
    expect(text.split('\n')[2]).toBe(
      '**Look at this: 1 PersistentVolume of a directory of the node without a reason.**',
    );
  });

  test('logs and the like are no doubt', () => {
    const logs = pod('logs', at('/var/log'), '{ name: v, mountPath: /logs, readOnly: true }');
    expect(facts(page(logs))).toContain('- No pod shares memory.');
  });

  test('a pod without volumes', () => {
    expect(facts(page(pod('a', '', '')))).toContain('- No pod shares memory.');
  });
});
