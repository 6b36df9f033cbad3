import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { PodSecurity, PodSharedMemory, ReviewApp } from 'cdk8s-shared-memory';

/** The images of this example. */
export const IMAGES = { trainer: 'registry.example.com/pytorch:1.13.0' };

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

export function build(app: App, images = IMAGES): void {
  const chart = new Chart(app, 'pytorch', {
    namespace: 'pytorch',
    disableResourceNameHashes: true,
  });
  const program = new kplus.ConfigMap(chart, 'program', {
    metadata: { name: 'train' },
    data: { 'train.py': readFileSync(join(__dirname, 'train.py'), 'utf8') },
  });
  // The workers of a DataLoader hand tensors to the trainer through /dev/shm, and pass their
  // descriptors over a socket in /tmp. The root filesystem is read-only, so /tmp is a volume.
  const trainer = new kplus.Job(chart, 'trainer', {
    metadata: { name: 'trainer' },
    containers: [
      {
        name: 'trainer',
        image: images.trainer,
        imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
        command: ['python3', '/program/train.py'],
        securityContext: { user: 20001, group: 20001 },
        resources: {
          cpu: { request: kplus.Cpu.millis(500) },
          memory: { request: Size.gibibytes(2), limit: Size.gibibytes(2) },
        },
        volumeMounts: [
          { path: '/tmp', volume: kplus.Volume.fromEmptyDir(chart, 'tmp', 'tmp') },
          {
            path: '/program',
            volume: kplus.Volume.fromConfigMap(chart, 'files', program, { name: 'program' }),
            readOnly: true,
          },
        ],
      },
    ],
  });
  new PodSharedMemory({ size: Size.gibibytes(1) }).attachTo(trainer);
  PodSecurity.restricted().attachTo(trainer);
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
