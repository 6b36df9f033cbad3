import type { Json, JsonObject } from '../kube/json';

/**
 * The changes that one owner makes to a rendered object. Plain data without functions, because
 * several copies of the library exchange edits as JSON, and equal edits are applied only once.
 */
export interface Edit {
  /** Name of the owner in errors and reasons: `contract routes`. */
  readonly owner: string;
  /** Identifies the edit. A second edit with the same key must be equal to the first. */
  readonly key: string;
  /** JSON pointer of the pod template in the object. Absent for objects without one. */
  readonly template?: string;
  readonly operations: readonly Operation[];
}

/**
 * The containers that an operation applies to: their names (containers of any role), or `only` for
 * the only ordinary container of the pod.
 */
export type ContainerNames = 'only' | readonly string[];

/**
 * Where the path of an operation starts: at the object, its pod template, its pod spec, or each of
 * the given containers.
 */
export type Root = 'object' | 'template' | 'pod' | { readonly containers: ContainerNames };

/**
 * Sets a field. An absent field gets the value, and so does a `false` field if the value is `true`.
 * An equal value is kept. Any other value is a conflict.
 */
export interface SetField {
  readonly do: 'set';
  readonly in: Root;
  readonly path: readonly string[];
  readonly value: Json;
  /** Values that count as absent: the defaults of Kubernetes or cdk8s-plus. */
  readonly over?: readonly Json[];
  readonly reason: string;
}

/**
 * Adds an item to a list, or to a string that contains a list with separators. Existing items are
 * kept.
 */
export interface Include {
  readonly do: 'include';
  readonly in: Root;
  readonly path: readonly string[];
  readonly item: Json;
  /**
   * Whether the item is the name of a volume that the edit adds. If the workload already has a
   * volume with the same source, its name is included instead.
   */
  readonly isVolume?: boolean;
  readonly separator?: string;
  readonly reason: string;
}

/** Adds a volume to the pod and mounts it in containers. */
export interface AddVolume {
  readonly do: 'volume';
  readonly volume: JsonObject & { name: string };
  readonly mounts: readonly Mount[];
  /**
   * Names of volumes of the workload that this one may replace: those that containers mount at the
   * path of one of the mounts. The new volume takes the place of the first.
   */
  readonly replaces?: readonly string[];
  readonly reason: string;
}

/** A mount of a volume in the given containers. */
export interface Mount {
  readonly containers: ContainerNames;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly subPath?: string;
  readonly reason: string;
}

/**
 * Bytes that are charged to each of the given containers, so its memory limit must be large enough.
 * The limit is the user's and does not change unless `add` is set.
 */
export interface PayFor {
  readonly do: 'memory';
  readonly containers: ContainerNames;
  readonly bytes: number;
  /**
   * Whether the bytes are added to the memory limit and request, which then only cover the
   * container's own needs.
   */
  readonly add?: boolean;
  readonly reason: string;
}

/**
 * Bytes in huge pages that each of the given containers touches first, so its limit of huge pages
 * must be large enough. An absent limit is set. The user's own limit does not change unless `add`
 * is set.
 */
export interface PayInHugePages {
  readonly do: 'hugePages';
  readonly containers: ContainerNames;
  /** The size of the pages, as in the name of the resource `hugepages-2Mi`. */
  readonly pages: string;
  readonly bytes: number;
  readonly add?: boolean;
  readonly reason: string;
}

/**
 * Makes containers run as a user or group. If the field is set on the container or the pod, it must
 * have this ID. If it is set on neither, it is set on the container.
 */
export interface RunAs {
  readonly do: 'runAs';
  readonly containers: ContainerNames;
  readonly field: 'runAsUser' | 'runAsGroup';
  readonly id: number;
  /**
   * Whether a container that is explicitly set to run as root may stay root. Root can access the
   * memory unless the capability DAC_OVERRIDE is dropped.
   */
  readonly orRoot: boolean;
  readonly why: string;
  readonly reason: string;
}

/** Sets an environment variable of containers. Any other value is a conflict. */
export interface SetVariable {
  readonly do: 'env';
  readonly containers: ContainerNames;
  readonly name: string;
  readonly value: string;
  readonly reason: string;
}

/**
 * Runs the command of containers with a umask. A container without a command in the manifest is a
 * problem.
 */
export interface SetUmask {
  readonly do: 'umask';
  readonly containers: ContainerNames;
  /** Three octal digits. */
  readonly umask: string;
  readonly reason: string;
}

/** Adds an init container before the workload's own init containers. */
export interface AddInitContainer {
  readonly do: 'initContainer';
  readonly container: JsonObject & { name: string };
  /**
   * The containers whose user and group the init container takes, if the manifest says that all of
   * them run as one user other than root. It then also gets the variable.
   */
  readonly asUserOf?: {
    readonly containers: ContainerNames;
    readonly variable: { readonly name: string; readonly value: string };
  };
  readonly reason: string;
}

/**
 * Adds an annotation with canonical JSON. Its field `containers` lists the names of the containers
 * to which `containers` resolves.
 */
export interface Mark {
  readonly do: 'mark';
  readonly annotation: string;
  readonly value: JsonObject;
  readonly containers: ContainerNames;
  readonly reason: string;
}

/**
 * Adds an annotation to the object itself. If `where` is set, the annotation is only added if the
 * edited pod uses that host namespace or a `hostPath` volume.
 */
export interface Annotate {
  readonly do: 'annotate';
  readonly annotation: string;
  readonly value: string;
  readonly where?: 'hostIPC' | 'hostPath';
  readonly reason: string;
}

/**
 * Requires that a field is absent or has this value, because any other value would break a promise
 * of the owner.
 */
export interface Require {
  readonly do: 'require';
  readonly in: Root;
  readonly path: readonly string[];
  readonly value: Json;
  /**
   * Whether the field must also be there if the object that it belongs to is, because that object
   * replaces another one as a whole.
   */
  readonly withParent?: boolean;
  readonly why: string;
  readonly fix: string;
}

/**
 * Sets the fields that Pod Security "restricted" requires and the workload does not set. A field
 * that contradicts the level is a conflict.
 */
export interface Restrict {
  readonly do: 'restrict';
  readonly reason: string;
}

/**
 * Requires that the workload already contains everything that the edit would write into its pods.
 * Only annotations of the object itself are added, so no pod restarts.
 */
export interface AsIs {
  readonly do: 'asIs';
}

/**
 * Requires that no two pods of the workload can be on one node at the same time: a StatefulSet with
 * one replica, a required anti-affinity to its own pods on the hostname, or a port of the node.
 */
export interface OneOnNode {
  readonly do: 'oneOnNode';
}

/** Adds a reason for the whole object, which is printed at its top. */
export interface Explain {
  readonly do: 'explain';
  readonly reason: string;
}

/**
 * The names of the operations that this copy of the library can apply. Another copy reads them
 * before it adds an edit.
 */
export const OPERATIONS = Object.keys({
  annotate: true,
  asIs: true,
  env: true,
  explain: true,
  hugePages: true,
  include: true,
  initContainer: true,
  mark: true,
  memory: true,
  oneOnNode: true,
  require: true,
  restrict: true,
  runAs: true,
  set: true,
  umask: true,
  volume: true,
} satisfies Record<Operation['do'], true>) as readonly string[];

/** A single change to an object. */
export type Operation =
  | SetField
  | RunAs
  | SetVariable
  | SetUmask
  | Include
  | AddVolume
  | PayFor
  | PayInHugePages
  | AddInitContainer
  | Mark
  | Annotate
  | Require
  | Restrict
  | AsIs
  | OneOnNode
  | Explain;
