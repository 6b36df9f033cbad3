import type { Manifest, PodSpec } from './manifests';

/**
 * A pod that tries to use more than its namespace was granted: what it changes on the rendered
 * client, and what it is told.
 */
export interface Hostile {
  readonly who: string;
  readonly told: RegExp;
  change(spec: PodSpec, pod: Manifest): void;
}

export const addVolume = (spec: PodSpec, name: string, source: object, mountPath = '/mnt') => {
  spec.volumes = [...((spec.volumes as object[] | undefined) ?? []), { name, ...source }];
  spec.containers[0].volumeMounts?.push({ name, mountPath });
};
const FOREIGN = /a hostPath that no contract grants namespace e2e-policy(-path)?-client/;

/** On a client that has a claim, and may write. */
export const HOSTILE: readonly Hostile[] = [
  {
    who: 'a hostPath of its own',
    told: FOREIGN,
    change: spec => addVolume(spec, 'etc', { hostPath: { path: '/etc', type: 'Directory' } }),
  },
  {
    who: "the contract's own directory by hostPath, where a claim was granted",
    told: FOREIGN,
    change: spec =>
      addVolume(spec, 'leaf', {
        hostPath: { path: '/run/cdk8s-shared-memory/e2e-policy.routes/v1/data', type: 'Directory' },
      }),
  },
  {
    who: 'hostIPC',
    told: /namespace of the node that no contract grants .*: hostIPC: true/,
    change: spec => {
      spec.hostIPC = true;
    },
  },
  {
    who: 'hostPID',
    told: /namespace of the node that no contract grants .*: hostPID: true/,
    change: spec => {
      spec.hostPID = true;
    },
  },
  {
    who: 'hostNetwork',
    told: /namespace of the node that no contract grants .*: hostNetwork: true/,
    change: spec => {
      spec.hostNetwork = true;
    },
  },
  {
    who: 'the claim that may be written, with another fsGroup',
    told: /memory of the agent to the fsGroup of the pod/,
    change: spec => {
      addVolume(spec, 'rw', { persistentVolumeClaim: { claimName: 'routes-data-v1-rw' } });
      spec.securityContext = { ...spec.securityContext, fsGroup: 3000 };
    },
  },
  {
    who: 'a memory-medium emptyDir without a size',
    told: /needs a sizeLimit: cache/,
    change: spec => addVolume(spec, 'cache', { emptyDir: { medium: 'Memory' } }),
  },
  {
    who: 'one with a size, beside an init container without a memory limit',
    told: /memory limit on every container, or on the pod: init/,
    change: spec => {
      addVolume(spec, 'cache', { emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } });
      spec.initContainers = [{ name: 'init', image: spec.containers[0].image }];
    },
  },
  {
    who: 'a privileged container',
    told: /a privileged container, or a capability/,
    change: spec => {
      spec.containers[0].securityContext = { privileged: true };
    },
  },
  {
    who: 'the capability SYS_ADMIN',
    told: /a privileged container, or a capability/,
    change: spec => {
      spec.containers[0].securityContext = { capabilities: { add: ['SYS_ADMIN'] } };
    },
  },
];

/** Makes the client write through its claim, with the container otherwise as it is rendered. */
const writes = (context: object) => (spec: PodSpec) => {
  addVolume(spec, 'rw', { persistentVolumeClaim: { claimName: 'routes-data-v1-rw' } });
  const [container] = spec.containers;
  container.securityContext = { ...container.securityContext, ...context };
};
const AS_OWNER = /must not run as root or as the user that owns the memory.*: api/;
const WITH_CAPABILITIES = /must not get the capabilities CHOWN.*: api/;

/** On a client that has a claim, and may write: what lets it lock out everybody else. */
export const HOSTILE_WRITERS: readonly Hostile[] = [
  {
    who: 'a container that writes as root',
    told: AS_OWNER,
    change: writes({ runAsUser: 0, runAsNonRoot: false }),
  },
  {
    who: 'a container that writes as the user of the agent',
    told: AS_OWNER,
    change: writes({ runAsUser: 10001 }),
  },
  {
    who: 'a container that writes as the user of its image',
    told: AS_OWNER,
    change: spec => {
      writes({ runAsUser: undefined, runAsNonRoot: undefined })(spec);
      spec.securityContext = undefined;
    },
  },
  {
    who: 'a container that writes with the capability CHOWN',
    told: WITH_CAPABILITIES,
    change: writes({ capabilities: { drop: ['ALL'], add: ['CHOWN'] } }),
  },
  {
    who: 'a container that writes, and can escalate',
    told: WITH_CAPABILITIES,
    change: writes({ capabilities: undefined, allowPrivilegeEscalation: true }),
  },
  {
    who: 'a generic ephemeral volume that makes the claim',
    told: /give another name to volumes: data-v1-rw/,
    change: (spec, pod) => {
      pod.metadata.name = 'routes';
      addVolume(spec, 'data-v1-rw', EPHEMERAL);
    },
  },
];
const EPHEMERAL = {
  ephemeral: {
    volumeClaimTemplate: {
      spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Mi' } } },
    },
  },
};

const inContext = (context: object) => (spec: PodSpec) => {
  const [container] = spec.containers;
  container.securityContext = { ...container.securityContext, ...context };
};
const CONTEXT = /"baseline" refuses hostProcess, .* securityContext of: api/;

/** On any client: the rest of Pod Security "baseline", which its namespace does not enforce. */
export const HOSTILE_BASELINE: readonly Hostile[] = [
  {
    who: 'hostPort',
    told: /"baseline" refuses hostPort, in containers: api/,
    change: spec => {
      Object.assign(spec.containers[0], { ports: [{ containerPort: 80, hostPort: 80 }] });
    },
  },
  {
    who: 'an Unconfined seccomp profile',
    told: CONTEXT,
    change: inContext({ seccompProfile: { type: 'Unconfined' } }),
  },
  {
    who: 'an SELinux type of the node',
    told: CONTEXT,
    change: inContext({ seLinuxOptions: { type: 'spc_t' } }),
  },
  {
    who: 'an AppArmor annotation',
    told: CONTEXT, // the API server copies it to the field
    change: (_, pod) => {
      const key = 'container.apparmor.security.beta.kubernetes.io/api';
      Object.assign(pod.metadata, { annotations: { [key]: 'unconfined' } });
    },
  },
  {
    who: 'a sysctl',
    told: /"baseline" refuses sysctls: kernel.shmmax/,
    change: spec => {
      const sysctls = [{ name: 'kernel.shmmax', value: '1' }];
      spec.securityContext = { ...spec.securityContext, sysctls } as PodSpec['securityContext'];
    },
  },
  {
    who: 'a probe of another host',
    told: /"baseline" refuses probes and lifecycle hooks that name a host, in containers: api/,
    change: spec => {
      const httpGet = { host: '169.254.169.254', port: 80 };
      Object.assign(spec.containers[0], { readinessProbe: { httpGet } });
    },
  },
];

/** On a client that has the directory by hostPath, and may read. */
export const HOSTILE_BY_PATH: readonly Hostile[] = [
  {
    who: 'a directory whose name begins alike',
    told: FOREIGN,
    change: spec => moved(spec, '/run/cdk8s-shared-memory/e2e-policy-path.routes/v1/data-evil'),
  },
  {
    who: 'the parent',
    told: FOREIGN,
    change: spec => moved(spec, '/run/cdk8s-shared-memory/e2e-policy-path.routes/v1'),
  },
  {
    who: 'a path below, which may be a link',
    told: FOREIGN,
    change: spec => moved(spec, '/run/cdk8s-shared-memory/e2e-policy-path.routes/v1/data/link'),
  },
  {
    who: 'type DirectoryOrCreate',
    told: FOREIGN,
    change: spec =>
      moved(spec, '/run/cdk8s-shared-memory/e2e-policy-path.routes/v1/data', 'DirectoryOrCreate'),
  },
  {
    who: 'without readOnly',
    told: /readOnly: true, in containers: api/,
    change: spec => {
      spec.containers[0].volumeMounts?.forEach(m => {
        delete m.readOnly;
      });
    },
  },
  {
    who: 'an init container without readOnly',
    told: /readOnly: true, in containers: init/,
    change: spec => {
      const volumeMounts = spec.containers[0].volumeMounts?.map(m => ({
        ...m,
        readOnly: undefined,
      }));
      spec.initContainers = [{ name: 'init', image: spec.containers[0].image, volumeMounts }];
    },
  },
  {
    who: 'readOnly, with HostToContainer',
    told: /without mountPropagation/,
    change: spec => {
      spec.containers[0].volumeMounts?.forEach(m => {
        Object.assign(m, { mountPropagation: 'HostToContainer' });
      });
    },
  },
  {
    who: 'a pod label that asks for writing',
    told: /readOnly: true, in containers: api/,
    change: (spec, pod) => {
      pod.metadata.labels = { 'cdk8s-shared-memory/access': 'write' };
      spec.containers[0].volumeMounts?.forEach(m => {
        delete m.readOnly;
      });
    },
  },
];

function moved(spec: PodSpec, path: string, type = 'Directory'): void {
  (spec.volumes as { hostPath?: object }[]).forEach(v => {
    if (v.hostPath) {
      v.hostPath = { path, type };
    }
  });
}
