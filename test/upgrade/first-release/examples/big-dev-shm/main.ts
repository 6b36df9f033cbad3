import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { PodSecurity, PodSharedMemory, ReviewApp } from 'cdk8s-shared-memory';

/** The images of this example. */
export const IMAGES = {
  trainer: 'registry.example.com/trainer:2.4.0',
  postgres: 'registry.example.com/postgres:16.4',
};

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

export function build(app: App, images = IMAGES): void {
  const chart = new Chart(app, 'big-dev-shm', {
    namespace: 'big-dev-shm',
    disableResourceNameHashes: true,
  });

  // PyTorch: the workers of a DataLoader hand tensors to the trainer through /dev/shm.
  const trainer = new kplus.Job(chart, 'trainer', {
    containers: [
      {
        name: 'trainer',
        image: images.trainer,
        securityContext: { user: 20001, group: 20001 },
        resources: {
          cpu: { request: kplus.Cpu.millis(500) },
          memory: { request: Size.gibibytes(4), limit: Size.gibibytes(4) },
        },
      },
    ],
  });
  new PodSharedMemory({ size: Size.gibibytes(2) }).attachTo(trainer);
  PodSecurity.restricted().attachTo(trainer);

  // PostgreSQL: parallel queries allocate dynamic shared memory in /dev/shm.
  const postgres = new kplus.StatefulSet(chart, 'postgres', {
    replicas: 1,
    service: new kplus.Service(chart, 'service', {
      metadata: { name: 'postgres' },
      clusterIP: 'None',
      ports: [{ port: 5432 }],
    }),
    containers: [
      {
        name: 'postgres',
        image: images.postgres,
        securityContext: { user: 20002, group: 20002 },
        resources: {
          cpu: { request: kplus.Cpu.millis(250) },
          memory: { request: Size.gibibytes(1), limit: Size.gibibytes(1) },
        },
      },
    ],
  });
  new PodSharedMemory({ size: Size.mebibytes(256) }).attachTo(postgres);
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
