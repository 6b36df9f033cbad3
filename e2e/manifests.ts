import { parseAllDocuments } from 'yaml';

export interface Container {
  readonly name: string;
  image?: string;
  imagePullPolicy?: string;
  command?: string[];
  args?: string[];
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
  securityContext?: Record<string, unknown>;
  [field: string]: unknown;
}

export interface PodSpec {
  containers: Container[];
  initContainers?: Container[];
  securityContext?: Record<string, unknown>;
  [field: string]: unknown;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  readonly spec?: Record<string, unknown>;
}

/**
 * The only things that the tests change on rendered YAML (docs/verified says so).
 */
export interface Changes {
  readonly image: string;
  readonly imagePullPolicy: string;
  /**
   * By the name of the container, or of the object and the container as in `api/main`; its args go
   * with its command.
   */
  readonly commands: Readonly<Record<string, string[]>>;
  readonly replicas?: number;
  /** The node for all pods but those of DaemonSets. Absent if the cluster has only one. */
  readonly node?: string;
  /** The images of real software, by the images that are rendered. All others become `image`. */
  readonly software?: Readonly<Record<string, string>>;
}

/** Objects of YAML text, read as kubectl reads it: YAML 1.1, empty documents left out. */
export function parse(yaml: string): Manifest[] {
  return parseAllDocuments(yaml, { version: '1.1' })
    .map((document): Manifest | null => {
      if (document.errors.length > 0) {
        throw document.errors[0];
      }
      return document.toJS();
    })
    .filter(object => object !== null);
}

/** The pod of an object, if it has one. */
export function podSpec(object: Manifest): PodSpec | undefined {
  if (object.kind === 'Pod') {
    return object.spec as PodSpec | undefined;
  }
  const job =
    object.kind === 'CronJob'
      ? (object.spec?.jobTemplate as { spec?: Record<string, unknown> } | undefined)?.spec
      : object.spec;
  return (job?.template as { spec?: PodSpec } | undefined)?.spec;
}

/**
 * Rendered YAML with the image, the commands, the pull policy and the replicas of the test; a
 * command for a container that is not there is an error.
 */
export function retarget(yaml: string, changes: Changes): Manifest[] {
  const objects = parse(yaml);
  const unused = new Set(Object.keys(changes.commands));
  for (const object of objects) {
    const pod = podSpec(object);
    if (!pod) {
      continue;
    }
    for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
      container.image = changes.software?.[container.image ?? ''] ?? changes.image;
      container.imagePullPolicy = changes.imagePullPolicy;
      const key = [`${object.metadata.name}/${container.name}`, container.name].find(
        name => changes.commands[name],
      );
      if (key === undefined) {
        continue;
      }
      container.command = changes.commands[key];
      delete container.args;
      unused.delete(key);
    }
    if (changes.node !== undefined && object.kind !== 'DaemonSet') {
      pod.nodeSelector = {
        ...(pod.nodeSelector as Record<string, string> | undefined),
        'kubernetes.io/hostname': changes.node,
      };
    }
    if (changes.replicas !== undefined && object.spec?.replicas !== undefined) {
      object.spec.replicas = changes.replicas;
    }
  }
  if (unused.size > 0) {
    throw new Error(
      `no container ${[...unused].join(', ')} in ${objects.map(o => `${o.kind} ${o.metadata.name}`).join(', ')}`,
    );
  }
  return objects;
}

/** A namespace with a Pod Security level. */
export function namespace(name: string, enforce: 'privileged' | 'restricted'): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': enforce } },
  };
}

/**
 * A pod that no construct made: what a stranger, or an attacker within the rules of its namespace,
 * may run.
 */
export interface AdHocPod {
  readonly namespace: string;
  readonly name: string;
  readonly node?: string;
  readonly uid: number;
  readonly groups: number[];
  readonly hostIPC?: boolean;
  /** The SELinux level. Without it, the runtime chooses one that no other pod has. */
  readonly level?: string;
  /** A volume source, and where it is mounted, without readOnly anywhere. */
  readonly volume?: { readonly source: object; readonly mountPath: string };
}

/** Stays until SIGTERM: what the tests exec into. */
export const HOLD = ['sh', '-c', 'trap "exit 0" TERM; sleep 86400 & wait'];

export function adHocPod(pod: AdHocPod, image: string, imagePullPolicy: string): Manifest {
  const { volume } = pod;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod.name, namespace: pod.namespace },
    spec: {
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      ...(pod.node && { nodeName: pod.node }),
      ...(pod.hostIPC && { hostIPC: true }),
      securityContext: {
        runAsUser: pod.uid,
        runAsGroup: pod.groups[0],
        runAsNonRoot: true,
        supplementalGroups: pod.groups,
        seccompProfile: { type: 'RuntimeDefault' },
        ...(pod.level === undefined ? {} : { seLinuxOptions: { level: pod.level } }),
      },
      containers: [
        {
          name: 'main',
          image,
          imagePullPolicy,
          command: HOLD,
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          resources: { requests: { cpu: '1m', memory: '32Mi' }, limits: { memory: '32Mi' } },
          ...(volume && { volumeMounts: [{ name: 'memory', mountPath: volume.mountPath }] }),
        },
      ],
      ...(volume && { volumes: [{ name: 'memory', ...volume.source }] }),
    },
  };
}

/** A workload without the volume of PodSharedMemory: its containers have the default /dev/shm. */
export function withoutSharedMemory(object: Manifest): Manifest {
  const copy = structuredClone(object);
  const pod = podSpec(copy) as
    (PodSpec & { volumes?: { emptyDir?: { medium?: string }; name: string }[] }) | undefined;
  const names = (pod?.volumes ?? [])
    .filter(({ emptyDir }) => emptyDir?.medium === 'Memory')
    .map(({ name }) => name);
  if (pod === undefined || names.length === 0) {
    return copy;
  }
  pod.volumes = pod.volumes?.filter(({ name }) => !names.includes(name));
  for (const container of pod.containers) {
    container.volumeMounts = container.volumeMounts?.filter(({ name }) => !names.includes(name));
  }
  return copy;
}
