import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Yaml } from 'cdk8s';
import type { Rendered } from '../yaml';

/**
 * A pod as people write it: comments, an anchor, an octal mode, quantities in several spellings, a
 * native sidecar.
 */
const POD = `
nodeSelector: {disk: ssd}
tolerations:
  - {key: spot, operator: Exists, effect: NoSchedule}
securityContext: {supplementalGroups: [4000]}
initContainers:
  - name: proxy # a native sidecar
    image: registry.example.com/proxy:1
    restartPolicy: Always
    resources: {limits: {memory: 64Mi}}
    startupProbe: {tcpSocket: {port: http}, failureThreshold: 30}
    ports: [{name: http, containerPort: 8080}]
  - {name: migrate, image: 'registry.example.com/migrate:1', command: [sh, -c, "echo 0775 'n' yes"]}
containers:
  - name: api
    image: registry.example.com/api:1
    env: [{name: TABLE, value: "0123"}, {name: EMPTY, value: ""}]
    resources:
      requests: {cpu: 0.5, memory: 0.5Gi, nvidia.com/gpu: &gpus 1}
      limits: {cpu: "2", memory: 536870912, nvidia.com/gpu: *gpus}
    volumeMounts: [{name: conf, mountPath: /etc/shop, readOnly: true}, {name: scratch, mountPath: /tmp}]
  - {name: log, image: 'registry.example.com/log:1', resources: {limits: {memory: 128M}}, volumeMounts: [{name: scratch, mountPath: /logs, subPath: api}]}
volumes:
  - {name: conf, configMap: {name: shop, defaultMode: 0440}}
  - {name: scratch, emptyDir: {}}
`;

const pod = (spaces: number, more = '') =>
  (POD + more).replaceAll('\n', `\n${' '.repeat(spaces)}`).trimEnd();
const template = (spaces: number) => `
${' '.repeat(spaces)}metadata: {labels: {app: shop}, annotations: {scrape/port: "8080"}}
${' '.repeat(spaces)}spec:${pod(spaces + 2)}`;

/** Workloads as they stand in somebody's YAML file. */
export const VENDORED: Record<string, string> = {
  Pod: `apiVersion: v1
kind: Pod
metadata: {name: shop, namespace: node-agents}
spec:${pod(2, 'restartPolicy: Never')}`,
  Deployment: `apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, namespace: node-agents, annotations: {team: shop}}
spec:
  replicas: 3
  selector: {matchLabels: {app: shop}}
  strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}}
  template:${template(4)}`,
  DaemonSet: `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  updateStrategy: {rollingUpdate: {maxUnavailable: 10%}}
  template:${template(4)}`,
  StatefulSet: `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: shop, namespace: node-agents}
spec:
  serviceName: shop
  selector: {matchLabels: {app: shop}}
  volumeClaimTemplates:
    - {metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}
  template:${template(4)}`,
  Job: `apiVersion: batch/v1
kind: Job
metadata: {name: shop, namespace: node-agents}
spec:
  backoffLimit: 0
  template:
    spec:${pod(6, 'restartPolicy: Never')}`,
  CronJob: `apiVersion: batch/v1
kind: CronJob
metadata: {name: shop, namespace: node-agents}
spec:
  schedule: "*/5 * * * *"
  jobTemplate:
    spec:
      template:
        spec:${pod(10, 'restartPolicy: Never')}`,
};

/** What a Helm chart prints whose values are empty: keys without a value. */
export const EMPTY_KEYS: Rendered = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'shop', annotations: null, labels: {} },
  spec: {
    selector: { matchLabels: { app: 'shop' } },
    template: {
      metadata: { annotations: null, labels: { app: 'shop' } },
      spec: {
        nodeSelector: null,
        tolerations: [],
        affinity: {},
        securityContext: null,
        initContainers: null,
        containers: [
          {
            name: 'api',
            image: 'registry.example.com/api:1',
            env: null,
            securityContext: {},
            volumeMounts: null,
            resources: { limits: { memory: '512Mi' }, requests: {} },
          },
        ],
        volumes: null,
      },
    },
  },
};

/** Where the files are; whoever imports this removes it. */
export const SCRATCH = mkdtempSync(join(tmpdir(), 'vendored-'));

/** The file with all of them. */
export const FILE = join(SCRATCH, 'vendored.yaml');
writeFileSync(FILE, `${Object.values(VENDORED).join('\n---\n')}\n`);

const PARSED: Rendered[] = Yaml.load(FILE);

/** One vendored workload, as the YAML reader of cdk8s reads it: YAML 1.1. */
export const parsed = (kind: string): Rendered =>
  structuredClone(PARSED.find(object => object.kind === kind));

const SPEC: Rendered = parsed('Pod').spec;
const meta = { name: 'shop', namespace: 'node-agents' };

/**
 * Custom resources, as the projects that define them show them; the pod template that is meant is
 * the second value.
 */
export const CUSTOM: Record<string, [object: Rendered, template: string]> = {
  MPIJob: [
    {
      apiVersion: 'kubeflow.org/v2beta1',
      kind: 'MPIJob',
      metadata: meta,
      spec: {
        mpiReplicaSpecs: {
          Launcher: { replicas: 1, template: { spec: SPEC } },
          Worker: { replicas: 2, template: { spec: SPEC } },
        },
      },
    },
    '/spec/mpiReplicaSpecs/Worker/template',
  ],
  RayCluster: [
    {
      apiVersion: 'ray.io/v1',
      kind: 'RayCluster',
      metadata: meta,
      spec: {
        headGroupSpec: { rayStartParams: { 'num-cpus': '0' }, template: { spec: SPEC } },
        workerGroupSpecs: [
          { groupName: 'small', replicas: 1, template: { spec: SPEC } },
          { groupName: 'big', replicas: 2, template: { spec: SPEC } },
        ],
      },
    },
    '/spec/workerGroupSpecs/1/template',
  ],
  Rollout: [
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: meta,
      spec: {
        replicas: 3,
        strategy: { canary: { steps: [{ setWeight: 20 }, { pause: {} }] } },
        template: { metadata: { labels: { app: 'shop' } }, spec: SPEC },
      },
    },
    '/spec/template',
  ],
  JobSet: [
    {
      apiVersion: 'jobset.x-k8s.io/v1alpha2',
      kind: 'JobSet',
      metadata: meta,
      spec: {
        replicatedJobs: [
          {
            name: 'workers',
            replicas: 2,
            template: { spec: { parallelism: 4, template: { spec: SPEC } } },
          },
        ],
      },
    },
    '/spec/replicatedJobs/0/template/spec/template',
  ],
  LeaderWorkerSet: [
    {
      apiVersion: 'leaderworkerset.x-k8s.io/v1',
      kind: 'LeaderWorkerSet',
      metadata: meta,
      spec: {
        replicas: 2,
        leaderWorkerTemplate: {
          size: 4,
          leaderTemplate: { spec: SPEC },
          workerTemplate: { spec: SPEC },
        },
      },
    },
    '/spec/leaderWorkerTemplate/workerTemplate',
  ],
  AdvancedDaemonSet: [
    { ...parsed('DaemonSet'), apiVersion: 'apps.kruise.io/v1alpha1' },
    '/spec/template',
  ],
};
