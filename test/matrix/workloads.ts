import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, Chart, Helm, Include, Size } from 'cdk8s';
import * as plus25 from 'cdk8s-plus-25';
import * as plus27 from 'cdk8s-plus-27';
import * as plus28 from 'cdk8s-plus-28';
import * as plus29 from 'cdk8s-plus-29';
import * as plus30 from 'cdk8s-plus-30';
import * as plus31 from 'cdk8s-plus-31';
import * as plus32 from 'cdk8s-plus-32';
import * as plus33 from 'cdk8s-plus-33';
import * as plus34 from 'cdk8s-plus-34';
import type { IConstruct } from 'constructs';
import { CUSTOM, EMPTY_KEYS, FILE, parsed, SCRATCH, VENDORED } from './vendored';

/**
 * A workload that was there before the library: containers api, with a memory limit of 512Mi, and
 * log; most have the native sidecar proxy.
 */
export interface Workload {
  readonly kind: string;
  /** The JSON pointer of the pod template that is meant. */
  readonly template: string;
  /** Whether it was written with a native sidecar. */
  readonly sidecar: boolean;
  readonly make: (chart: Chart) => IConstruct;
  /** What `only` must say where there are several pod templates below the construct. */
  readonly only?: string;
}

type Plus = typeof plus33;

/**
 * All that exist but 26, of which no release makes a workload beside a cdk8s that the library
 * supports. They are alike in what is used here.
 */
const PLUS = {
  25: plus25,
  27: plus27,
  28: plus28,
  29: plus29,
  30: plus30,
  31: plus31,
  32: plus32,
  33: plus33,
  34: plus34,
} as unknown as Record<number, Plus>;

const TEMPLATE: Record<string, string> = {
  Pod: '',
  Deployment: '/spec/template',
  DaemonSet: '/spec/template',
  StatefulSet: '/spec/template',
  Job: '/spec/template',
  CronJob: '/spec/jobTemplate/spec/template',
};
const KINDS = Object.keys(TEMPLATE);
const METADATA = { name: 'shop', namespace: 'node-agents' };

/** With the classes of cdk8s-plus. */
function ofPlus(plus: Plus, kind: string, sidecar: boolean) {
  return (chart: Chart): IConstruct => {
    const scratch = plus.Volume.fromEmptyDir(chart, 'scratch', 'scratch');
    const memory = (mebibytes: number) => ({
      memory: { request: Size.mebibytes(64), limit: Size.mebibytes(mebibytes) },
    });
    const pod = {
      metadata: METADATA,
      podMetadata: { annotations: { 'scrape/port': '8080' } },
      containers: [
        {
          name: 'api',
          image: 'registry.example.com/api:1',
          portNumber: 8080,
          envVariables: { TABLE: plus.EnvValue.fromValue('0123') },
          resources: memory(512),
          volumeMounts: [{ path: '/tmp', volume: scratch }],
        },
        {
          name: 'log',
          image: 'registry.example.com/log:1',
          resources: memory(128),
          volumeMounts: [{ path: '/logs', volume: scratch }],
        },
      ],
      initContainers: [
        {
          name: 'proxy',
          image: 'registry.example.com/proxy:1',
          resources: memory(64),
          ...(sidecar
            ? {
                restartPolicy: plus.ContainerRestartPolicy.ALWAYS,
                startup: plus.Probe.fromCommand(['true']),
              }
            : {}),
        },
      ],
    };
    switch (kind) {
      case 'Pod':
        return new plus.Pod(chart, 'shop', pod);
      case 'Deployment':
        // with spread, toJson() adds more at each call
        return new plus.Deployment(chart, 'shop', { ...pod, replicas: 3, spread: true });
      case 'DaemonSet':
        return new plus.DaemonSet(chart, 'shop', { ...pod, minReadySeconds: 5 });
      case 'StatefulSet':
        return new plus.StatefulSet(chart, 'shop', {
          ...pod,
          service: new plus.Service(chart, 'service', { ports: [{ port: 80 }] }),
        });
      case 'Job':
        return new plus.Job(chart, 'shop', { ...pod, backoffLimit: 0 });
      default: {
        const cron = { minute: '0', hour: '4', day: '*', month: '*', weekDay: '*' };
        return new plus.CronJob(chart, 'shop', { ...pod, schedule: cron as never });
      }
    }
  };
}

/** With the generated classes, which cdk8s-plus exports too. */
function ofL1({ k8s }: Plus, kind: string, sidecar: boolean) {
  return (chart: Chart): IConstruct => {
    const limits = (memory: string) => ({
      limits: { memory: k8s.Quantity.fromString(memory), cpu: k8s.Quantity.fromNumber(0.5) },
    });
    const spec = {
      nodeSelector: { disk: 'ssd' },
      securityContext: { supplementalGroups: [4000] },
      initContainers: [
        {
          name: 'proxy',
          image: 'registry.example.com/proxy:1',
          resources: limits('64Mi'),
          ...(sidecar
            ? {
                restartPolicy: 'Always',
                startupProbe: { tcpSocket: { port: k8s.IntOrString.fromNumber(80) } },
              }
            : {}),
        },
      ],
      containers: [
        {
          name: 'api',
          image: 'registry.example.com/api:1',
          resources: limits('512Mi'),
          volumeMounts: [{ name: 'scratch', mountPath: '/tmp' }],
          livenessProbe: { httpGet: { port: k8s.IntOrString.fromString('http') } },
        },
        { name: 'log', image: 'registry.example.com/log:1', resources: limits('128M') },
      ],
      volumes: [{ name: 'scratch', emptyDir: { sizeLimit: k8s.Quantity.fromString('1Gi') } }],
    };
    const template = { metadata: { labels: { app: 'shop' } }, spec };
    const selector = { matchLabels: { app: 'shop' } };
    switch (kind) {
      case 'Pod':
        return new k8s.KubePod(chart, 'shop', { metadata: METADATA, spec });
      case 'Deployment':
        return new k8s.KubeDeployment(chart, 'shop', {
          metadata: METADATA,
          spec: { replicas: 3, selector, template },
        });
      case 'DaemonSet': {
        const updateStrategy = {
          type: 'RollingUpdate',
          rollingUpdate: { maxUnavailable: k8s.IntOrString.fromString('10%') },
        };
        return new k8s.KubeDaemonSet(chart, 'shop', {
          metadata: METADATA,
          spec: { selector, template, updateStrategy },
        });
      }
      case 'StatefulSet':
        return new k8s.KubeStatefulSet(chart, 'shop', {
          metadata: METADATA,
          spec: { serviceName: 'shop', selector, template },
        });
      case 'Job':
        return new k8s.KubeJob(chart, 'shop', {
          metadata: METADATA,
          spec: { backoffLimit: 0, template },
        });
      default:
        return new k8s.KubeCronJob(chart, 'shop', {
          metadata: METADATA,
          spec: { schedule: '0 4 * * *', jobTemplate: { spec: { template } } },
        });
    }
  };
}

/**
 * A stand-in for helm that prints the templates of a chart as they are: the library sees the YAML
 * alone, whoever renders it.
 */
const HELM = { helmExecutable: join(SCRATCH, 'helm'), chart: join(SCRATCH, 'chart') };
writeFileSync(
  HELM.helmExecutable,
  '#!/bin/sh\n[ "$1" = template ] && exec cat "$3"/templates/*.yaml\nexit 2\n',
);
chmodSync(HELM.helmExecutable, 0o755);
mkdirSync(join(HELM.chart, 'templates'), { recursive: true });
for (const [kind, yaml] of Object.entries(VENDORED)) {
  writeFileSync(
    join(HELM.chart, 'templates', `${kind}.yaml`),
    `---\n# Source: chart/templates/${kind}.yaml\n${yaml}\n`,
  );
}

/** Of every kind and every origin, by what a test is called. */
export const WORKLOADS: Record<string, Workload> = Object.fromEntries([
  ...Object.entries(PLUS).flatMap(([version, plus]) =>
    KINDS.flatMap((kind): [string, Workload][] => {
      // 25 and 27 know no native sidecar
      const [template, sidecar] = [TEMPLATE[kind], Number(version) >= 28];
      return [
        [
          `cdk8s-plus-${version} ${kind}`,
          { kind, template, sidecar, make: ofPlus(plus, kind, sidecar) },
        ],
        [
          `cdk8s-plus-${version} k8s.Kube${kind}`,
          { kind, template, sidecar, make: ofL1(plus, kind, sidecar) },
        ],
      ];
    }),
  ),
  ...KINDS.flatMap((kind): [string, Workload][] => {
    const common = { kind, template: TEMPLATE[kind], sidecar: true };
    return [
      [
        `ApiObject ${kind}`,
        { ...common, make: chart => new ApiObject(chart, 'shop', parsed(kind)) },
      ],
      [
        `Include ${kind}`,
        {
          ...common,
          make: chart => new Include(chart, 'shop', { url: FILE }),
          only: `${kind}/shop`,
        },
      ],
    ];
  }),
  // An Include too, of what helm prints.
  ...['Deployment', 'DaemonSet'].map((kind): [string, Workload] => [
    `Helm ${kind}`,
    {
      kind,
      template: TEMPLATE[kind],
      sidecar: true,
      make: chart => new Helm(chart, 'shop', HELM),
      only: `${kind}/shop`,
    },
  ]),
  [
    'DaemonSet with empty keys',
    {
      kind: 'DaemonSet',
      template: '/spec/template',
      sidecar: false,
      make: chart => new ApiObject(chart, 'shop', EMPTY_KEYS),
    },
  ],
  ...Object.entries(CUSTOM).map(([name, [object, template]]): [string, Workload] => [
    name,
    {
      kind: object.kind,
      template,
      sidecar: true,
      make: chart => new ApiObject(chart, 'shop', object),
      only: `${object.kind}/shop#${template}`,
    },
  ]),
]);
