import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, Testing, Yaml } from 'cdk8s';
import type { Construct } from 'constructs';
import type { AgentContract } from '../../../src';
import { isObject, keysOf, valueAt, type JsonObject } from '../../../src/kube/json';
import { containersOf, podTemplates } from '../../../src/kube/pod-template';
import { chart, type Rendered } from '../../yaml';

/** The fields of a pod by which it shares memory, each in few words. */
export interface SharingFields {
  /** All volumes: `a memory 1Gi`, `a emptyDir`, `a hostPath /dev/shm`, `a claim c ro`. */
  readonly volumes: readonly string[];
  /** All mounts of all containers, steps of the library included: `name:/path`, `name:/path:ro`. */
  readonly mounts: Readonly<Record<string, readonly string[]>>;
  /** The supplemental groups. */
  readonly groups: readonly number[];
  readonly fsGroup?: number;
  /** Users of pod and containers, where the manifest says them. The pod is ''. */
  readonly users: Readonly<Record<string, number>>;
  readonly nodes: Readonly<Record<string, string>>;
  /** Keys of tolerated taints. */
  readonly taints: readonly string[];
  /** All variables with a value: `container NAME=value`. */
  readonly env: readonly string[];
  /** Namespaces of the node that the pod is in. */
  readonly host: readonly string[];
}

/** A system, the statement for each of its workloads that joins it, and what must come out. */
export interface JoinedSystem {
  readonly name: string;
  /** Absent for a bigger /dev/shm, which is the pod's own. */
  readonly contract?: AgentContract;
  readonly statements: readonly ((system: Construct) => void)[];
  /** Fields of the pods that differ from `PLAIN`, by `Kind/name`, with the pointer if several. */
  readonly pods: Readonly<Record<string, Partial<SharingFields>>>;
}

/** A system that cannot join yet, and the error that says why. */
export interface RefusedSystem {
  readonly name: string;
  readonly statement: (system: Construct) => void;
  readonly error: RegExp;
  /** What to do instead, in the words of the error. */
  readonly fix: RegExp;
}

/** What a pod has without any of it. */
export const PLAIN: SharingFields = {
  env: [],
  groups: [],
  host: [],
  mounts: {},
  nodes: {},
  taints: [],
  users: {},
  volumes: [],
};

/** The objects of a system, as its YAML has them. */
export function systemOf(name: string) {
  const file = join(__dirname, `${name}.yaml`);
  const c = chart();
  (Yaml.load(file) as JsonObject[]).forEach((object, i) => {
    new ApiObject(c, `object-${i}`, object as never);
  });
  return { c, text: readFileSync(file, 'utf8'), objects: () => Testing.synth(c) as Rendered[] };
}

/** The pods of some objects, by the names that `JoinedSystem` has for them. */
export function podsOf(objects: readonly Rendered[]): Map<string, Rendered> {
  return new Map(
    objects.flatMap(object => {
      const name = `${object.kind}/${object.metadata.name}`;
      const found = podTemplates(object);
      return found.map((template): [string, Rendered] => [
        found.length === 1 ? name : `${name}#${template}`,
        valueAt(object, [...keysOf(template), 'spec']),
      ]);
    }),
  );
}

/** The fields of a pod by which it shares memory. */
export function sharingFields(pod: Rendered): SharingFields {
  const containers = containersOf(pod).map(({ name, json }) => ({ name, json: json as Rendered }));
  const user = (security: Rendered): number | undefined => security?.runAsUser;
  const users = [{ name: '', json: pod }, ...containers].flatMap(({ name, json }) => {
    const id = user(json.securityContext);
    return id === undefined ? [] : [[name, id]];
  });
  return {
    env: containers.flatMap(({ name, json }) =>
      isOurs(json)
        ? []
        : (json.env ?? []).map((each: Rendered) => `${name} ${each.name}=${each.value}`),
    ),
    ...(pod.securityContext?.fsGroup === undefined ? {} : { fsGroup: pod.securityContext.fsGroup }),
    groups: pod.securityContext?.supplementalGroups ?? [],
    host: ['hostIPC', 'hostNetwork', 'hostPID'].filter(field => pod[field] === true),
    mounts: Object.fromEntries(
      containers.map(({ name, json }) => [name, (json.volumeMounts ?? []).map(mountWords)]),
    ),
    nodes: pod.nodeSelector ?? {},
    taints: (pod.tolerations ?? []).map((each: Rendered) => each.key),
    users: Object.fromEntries(users),
    volumes: (pod.volumes ?? []).map(volumeWords),
  };
}

/** Steps of the library have its image of tools, and variables of their own. */
function isOurs({ image }: Rendered): boolean {
  return image === 'registry.example.com/busybox:1.36';
}

function mountWords({ name, mountPath, readOnly, ...more }: Rendered): string {
  const rest = Object.entries(more).map(([key, value]) => ` ${key}=${value}`);
  return `${name}:${mountPath}${readOnly === true ? ':ro' : ''}${rest.join('')}`;
}

function volumeWords({ name, ...source }: Rendered): string {
  const { emptyDir, hostPath, persistentVolumeClaim: claim } = source;
  if (emptyDir?.medium === 'Memory') {
    return [name, 'memory', ...(emptyDir.sizeLimit ? [emptyDir.sizeLimit] : [])].join(' ');
  }
  if (isObject(emptyDir) && Object.keys(emptyDir).length === 0) {
    return `${name} emptyDir`;
  }
  if (hostPath) {
    return [name, 'hostPath', hostPath.path, ...(hostPath.type ? [hostPath.type] : [])].join(' ');
  }
  if (claim) {
    return [name, 'claim', claim.claimName, ...(claim.readOnly === true ? ['ro'] : [])].join(' ');
  }
  return `${name} ${JSON.stringify(source)}`;
}
