import { container, OTHERS, TABLE, type LabeledPod } from './world';
import { containersAnnotation, useLabel } from '../../src/model/injection/use-label';

/** A labelled pod that must be refused, and the sentence for its author. */
export interface HostilePod {
  readonly who: string;
  readonly told: RegExp;
  readonly change: (pod: LabeledPod) => void;
}

const named = (pod: LabeledPod, containers: string) => {
  pod.metadata.annotations = { [containersAnnotation('table')]: containers };
};
const labeled = (pod: LabeledPod, value: string) => {
  pod.metadata.labels[TABLE] = value;
};
const volumes = (pod: LabeledPod, ...list: object[]) => {
  pod.spec.volumes = list;
};
const mounted = (pod: LabeledPod, ...list: { name: string; mountPath: string }[]) => {
  pod.spec.containers[0].volumeMounts = list;
};
const elsewhere = (mountPath: string) => (pod: LabeledPod) => {
  volumes(pod, { name: 'cache', emptyDir: {} });
  mounted(pod, { name: 'cache', mountPath });
};
const ours = (more: object = {}) => ({
  name: 'table-data',
  persistentVolumeClaim: { claimName: 'table-data-v1-ro', readOnly: true, ...more },
});
/** Brings the volume itself, and mounts it otherwise. */
const mountedSo = (more: object) => (pod: LabeledPod) => {
  volumes(pod, ours());
  mounted(pod, { name: 'table-data', mountPath: '/run/table', ...{ readOnly: true }, ...more });
};
const variable = (more: object) => (pod: LabeledPod) => {
  pod.spec.containers[0].env = [{ name: 'TABLE', ...more }];
};
const pays = (pod: LabeledPod) => {
  pod.metadata.labels = { [useLabel('paid')]: 'readWrite.v1' };
};

const IN_THE_WAY =
  /mounts its memory at \/run\/table, where something else is mounted; remove that mount in containers: web$/m;
const ITS_OWN =
  /volumes of the pod have the name or the claim .* which adds its own; remove them: /;
const NO_SUCH_USE = /contract table has no such use; write one of readOnly\.v1 in the label/;
const OTHER_VALUE = /sets the variable TABLE to \/run\/table; remove the other value in containers/;

/** Pods that are clumsy, or that want more than the label gives. */
export const HOSTILE_PODS: readonly HostilePod[] = [
  {
    who: 'two containers, none named',
    told: /name the containers that share the memory .* The pod has several: web, logs/,
    change: pod => pod.spec.containers.push(container('logs')),
  },
  {
    who: 'an unknown container',
    told: /names containers that the pod does not have: app/,
    change: pod => named(pod, 'web,app'),
  },
  {
    who: 'a list of containers with an empty item',
    told: /names containers that the pod does not have: \(empty\)/,
    change: pod => named(pod, 'web, '),
  },
  {
    who: 'a list of containers that keeps the API server busy',
    told: /names containers that the pod does not have: \(more than 4096 characters\)/,
    change: pod => named(pod, 'web,'.repeat(60_000)),
  },
  { who: 'another mount at the path', told: IN_THE_WAY, change: elsewhere('/run/table') },
  { who: 'a mount below the path', told: IN_THE_WAY, change: elsewhere('/run/table/sub') },
  { who: 'an unclean path', told: IN_THE_WAY, change: elsewhere('//var/run/./table/') },
  { who: 'a relative path', told: IN_THE_WAY, change: elsewhere('run/table') },
  { who: 'a path with ..', told: IN_THE_WAY, change: elsewhere('/srv/../run/table') },
  {
    who: 'a volume with the name of the contract',
    told: ITS_OWN,
    change: pod => volumes(pod, { name: 'table-data', emptyDir: {} }),
  },
  {
    who: 'the claim in a volume with another name',
    told: ITS_OWN,
    change: pod => volumes(pod, { ...ours(), name: 'mine' }),
  },
  {
    who: 'the claim without readOnly',
    told: ITS_OWN,
    change: pod => volumes(pod, ours({ readOnly: false })),
  },
  {
    who: 'the claim of another contract under the name of this one',
    told: ITS_OWN,
    change: pod => volumes(pod, ours({ claimName: 'paid-data-v1-rw' })),
  },
  { who: 'a mount with readOnly: false', told: IN_THE_WAY, change: mountedSo({ readOnly: false }) },
  { who: 'a mount with a subPath', told: IN_THE_WAY, change: mountedSo({ subPath: 'a' }) },
  {
    who: 'a mount with a subPathExpr',
    told: IN_THE_WAY,
    change: mountedSo({ subPathExpr: '$(HOSTNAME)' }),
  },
  {
    who: 'a mount with mountPropagation',
    told: IN_THE_WAY,
    change: mountedSo({ mountPropagation: 'HostToContainer' }),
  },
  {
    who: 'an init container that mounts the volume and is not named',
    told: /containers mount the volume .* and are not named in the annotation; .*: setup/,
    change: pod => {
      volumes(pod, ours());
      const volumeMounts = [{ name: 'table-data', mountPath: '/t' }];
      pod.spec.initContainers = [{ ...container('setup'), volumeMounts }];
    },
  },
  {
    who: 'a container with the name of the step that waits',
    told: /uses this name for its init container; rename the container: wait-for-table/,
    change: pod => {
      pod.spec.initContainers = [container('wait-for-table')];
    },
  },
  {
    who: 'more access than granted',
    told: NO_SUCH_USE,
    change: pod => labeled(pod, 'readWrite.v1'),
  },
  { who: 'an unknown version', told: NO_SUCH_USE, change: pod => labeled(pod, 'readOnly.v2') },
  { who: 'a misspelt access', told: NO_SUCH_USE, change: pod => labeled(pod, 'read-only.v1') },
  {
    who: 'a namespace without an injection',
    told: /namespace e2e-label-other may not use contract table like this; ask the platform team/,
    change: pod => {
      pod.metadata.namespace = OTHERS;
    },
  },
  {
    who: 'the annotation of a mirror pod, by a user who is no kubelet',
    told: /namespace e2e-label-other may not use contract table like this/,
    change: pod => {
      pod.metadata.namespace = OTHERS;
      pod.metadata.annotations = { 'kubernetes.io/config.mirror': 'x' };
      pod.spec.nodeName = 'node-1';
    },
  },
  {
    who: 'a node selector against it',
    told: /needs nodeSelector example\.com\/e2e-label: yes, and the pod has: no/,
    change: pod => {
      pod.spec.nodeSelector = { 'example.com/e2e-label': 'no' };
    },
  },
  { who: 'another value of the variable', told: OTHER_VALUE, change: variable({ value: '/srv' }) },
  {
    who: 'the variable from elsewhere',
    told: OTHER_VALUE,
    change: variable({ valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }),
  },
  {
    who: 'a small limit, where clients pay',
    told: /these containers pay for 64Mi .* and need a memory limit of at least \d+Mi: web/,
    change: pod => {
      pays(pod);
      pod.spec.containers[0].resources = { limits: { memory: '64Mi' } };
    },
  },
  {
    who: 'a small limit of the pod, where clients pay',
    told: /the limit of the pod is too small for them: 64Mi/,
    change: pod => {
      pays(pod);
      delete pod.spec.containers[0].resources;
      pod.spec.resources = { limits: { memory: '64Mi' } };
    },
  },
  {
    who: 'two contracts, one in the path of the other',
    told: /where something else is mounted/,
    change: pod => {
      pod.metadata.labels[useLabel('inner')] = 'readOnly.v1';
    },
  },
];
