import { ApiObject, Size, Testing } from 'cdk8s';
import { Access, Backing, SharedMemory } from '../../src';
import type { JsonObject } from '../../src/kube/json';
import { messageOf } from '../bad-input/message';
import { chart, contract, type Rendered } from '../yaml';

export const size = Size.mebibytes(64);

/** The contract of an agent that has its objects in the node's /dev/shm. */
export const devShm = (clients = Access.READ_ONLY) =>
  contract({
    name: 'cache',
    clients,
    memory: [SharedMemory.posix({ name: 'objects', size, backing: Backing.devShm() })],
  });

/** A workload as its YAML has it. */
export function workload(spec: object, kind = 'Deployment', more: object = {}) {
  const c = chart();
  const object = new ApiObject(c, 'worker', {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'worker' },
    spec: {
      ...more,
      selector: { matchLabels: { app: 'worker' } },
      template: {
        metadata: { labels: { app: 'worker' } },
        spec: { containers: [{ name: 'app', image: 'i:1' }], ...spec },
      },
    },
  } as never);
  const pod = (): Rendered => (Testing.synth(c) as Rendered[])[0].spec.template.spec;
  const fails = () => messageOf(() => Testing.synth(c));
  return { c, object, pod, fails };
}

const limits = { resources: { limits: { memory: '4Gi' } } };
export const mounting = (name: string, volume = 'dshm', mount: JsonObject = {}): JsonObject => ({
  name,
  image: 'i:1',
  ...limits,
  volumeMounts: [{ name: volume, mountPath: '/dev/shm', ...mount }],
});
export const memory = { name: 'dshm', emptyDir: { medium: 'Memory', sizeLimit: '2Gi' } };
