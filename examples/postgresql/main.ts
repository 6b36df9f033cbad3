import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { PodSecurity, PodSharedMemory, ReviewApp } from 'cdk8s-shared-memory';

/** The images of this example. */
export const IMAGES = { postgres: 'registry.example.com/postgres:15.18' };

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

export function build(app: App, images = IMAGES): void {
  const chart = new Chart(app, 'postgresql', {
    namespace: 'postgresql',
    disableResourceNameHashes: true,
  });
  const data = new kplus.PersistentVolumeClaim(chart, 'data', {
    metadata: { name: 'postgres-data' },
    accessModes: [kplus.PersistentVolumeAccessMode.READ_WRITE_ONCE],
    storage: Size.gibibytes(10),
  });
  const password = kplus.Secret.fromSecretName(chart, 'password', 'postgres'); // not in this app
  const postgres = new kplus.StatefulSet(chart, 'postgres', {
    metadata: { name: 'postgres' },
    replicas: 1, // they would share the claim
    service: new kplus.Service(chart, 'service', {
      metadata: { name: 'postgres' },
      clusterIP: 'None',
      ports: [{ port: 5432 }],
    }),
    securityContext: {
      fsGroup: 999, // a new volume belongs to root
      fsGroupChangePolicy: kplus.FsGroupChangePolicy.ON_ROOT_MISMATCH,
    },
    containers: [
      {
        name: 'postgres',
        image: images.postgres,
        imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
        securityContext: { user: 999, group: 999 }, // postgres in the image's /etc/passwd
        // by TCP: while the database is made, the server answers only on its socket
        readiness: kplus.Probe.fromCommand(['pg_isready', '-h', '127.0.0.1']),
        resources: {
          cpu: { request: kplus.Cpu.millis(250) },
          memory: { request: Size.gibibytes(1), limit: Size.gibibytes(1) },
        },
        envVariables: {
          PGDATA: kplus.EnvValue.fromValue('/var/lib/postgresql/data/pgdata'),
          POSTGRES_PASSWORD: kplus.EnvValue.fromSecretValue({ secret: password, key: 'password' }),
        },
        volumeMounts: [
          {
            path: '/var/lib/postgresql/data',
            volume: kplus.Volume.fromPersistentVolumeClaim(chart, 'volume', data, { name: 'data' }),
          },
          {
            path: '/var/run/postgresql',
            volume: kplus.Volume.fromEmptyDir(chart, 'postgres-socket', 'socket'),
          },
        ],
      },
    ],
  });
  new PodSharedMemory({ size: Size.mebibytes(256) }).attachTo(postgres);
  PodSecurity.restricted().attachTo(postgres);
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
