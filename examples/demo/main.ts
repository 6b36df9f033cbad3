import { ApiObject, App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AgentContract,
  AgentNamespace,
  ClientNamespace,
  ContractGrant,
  NodeAgent,
  PodSecurity,
  ReviewApp,
  SharedMemory,
} from 'cdk8s-shared-memory';

/** The images of this example: one public image does all of it. */
export const IMAGES = { busybox: 'busybox:1.36' };

/** The least Kubernetes version that this example is for. */
export const LEAST_KUBERNETES = '1.27';

/** The agent: writes the time into the memory each second, as a new file in place of the old. */
const WRITE =
  'while :; do date > /run/clock/new && mv /run/clock/new /run/clock/now; sleep 1; done';

/** A client: reads it, and tries to write. */
const READ =
  'while :; do echo "the agent says $(cat /run/clock/now)"; touch /run/clock/own; sleep 5; done';

const SMALL = {
  cpu: { request: kplus.Cpu.millis(10) },
  memory: { request: Size.mebibytes(64), limit: Size.mebibytes(64) },
};

export function build(app: App, images = IMAGES): void {
  const clock = new AgentContract({
    name: 'clock',
    namespace: 'shared-memory-demo',
    version: 'v1',
    memory: [
      SharedMemory.files({ name: 'time', size: Size.mebibytes(1), mountPath: '/run/clock' }),
    ],
    ownerId: 10001,
    groupId: 2000,
  });

  const demo = new Chart(app, 'demo', { disableResourceNameHashes: true });
  new AgentNamespace(demo, 'namespace', { name: 'shared-memory-demo' });
  new NodeAgent(demo, 'agent', {
    contract: clock,
    toolImage: images.busybox,
    containers: [
      {
        name: 'agent',
        image: images.busybox,
        imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT, // it can be loaded into a node
        command: ['sh', '-c', `trap exit TERM; ${WRITE}`],
        resources: SMALL,
      },
    ],
  });

  const apps = 'shared-memory-demo-apps';
  new ClientNamespace(demo, 'apps', { name: apps, contracts: [clock] });
  new ContractGrant(demo, 'grant', { contract: clock, namespace: apps });
  const reader = new kplus.Deployment(demo, 'reader', {
    metadata: { name: 'reader', namespace: apps },
    replicas: 1,
    containers: [
      {
        name: 'reader',
        image: images.busybox,
        imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
        command: ['sh', '-c', `trap exit TERM; ${READ}`],
        resources: SMALL,
        securityContext: { user: 20001, group: 20001 },
      },
    ],
  });
  clock.attachTo(reader);
  PodSecurity.restricted().attachTo(reader);

  // It mounts the same claim by itself, and is not in the group of the contract.
  const outsider = new ApiObject(demo, 'outsider', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'outsider',
      namespace: apps,
      annotations: {
        'cdk8s-shared-memory/acknowledge.SHM108': 'the demo shows that the kernel refuses it',
      },
    },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'outsider' } },
      template: {
        metadata: { labels: { app: 'outsider' } },
        spec: {
          containers: [
            {
              name: 'outsider',
              image: images.busybox,
              command: ['sh', '-c', `trap exit TERM; ${READ}`],
              resources: { limits: { memory: '64Mi' }, requests: { cpu: '10m', memory: '64Mi' } },
              securityContext: { runAsUser: 20002, runAsGroup: 20002 },
              volumeMounts: [{ name: 'time', mountPath: '/run/clock', readOnly: true }],
            },
          ],
          volumes: [
            {
              name: 'time',
              persistentVolumeClaim: { claimName: 'clock-time-v1-ro', readOnly: true },
            },
          ],
        },
      },
    },
  });
  PodSecurity.restricted().attachTo(outsider);
}

if (require.main === module) {
  const app = new ReviewApp();
  build(app);
  app.synth();
}
