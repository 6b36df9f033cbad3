import type { Json, JsonObject } from '../kube/json';

/**
 * What one owner wants of one rendered object. Plain data: it crosses copies of the library as
 * JSON, and two equal edits are one.
 */
export interface Edit {
  /** Who wants it, as errors and reviewers read it: `contract routes`. */
  readonly owner: string;
  /** What it is about; a second edit with the same key must be equal to the first. */
  readonly key: string;
  /** JSON pointer of the pod template in the object; absent for objects without one. */
  readonly template?: string;
  readonly operations: readonly Operation[];
}

/** `only`: the one ordinary container there is; else names, of containers of any role. */
export type ContainerNames = 'only' | readonly string[];

/**
 * Where a path starts: the object, its pod template, the pod spec in that, or each of some
 * containers.
 */
export type Root = 'object' | 'template' | 'pod' | { readonly containers: ContainerNames };

/**
 * A field with one value. Absent or `false` becomes the value, an equal value stays, anything else
 * is a conflict.
 */
export interface SetField {
  readonly do: 'set';
  readonly in: Root;
  readonly path: readonly string[];
  readonly value: Json;
  /** Values that count as absent: what Kubernetes, or cdk8s-plus, takes where nobody chose. */
  readonly over?: readonly Json[];
  readonly reason: string;
}

/** An item of a list, or of a string that lists items between separators; what is there stays. */
export interface Include {
  readonly do: 'include';
  readonly in: Root;
  readonly path: readonly string[];
  readonly item: Json;
  readonly separator?: string;
  readonly reason: string;
}

/** A pod volume and where some containers mount it. */
export interface AddVolume {
  readonly do: 'volume';
  readonly volume: JsonObject & { name: string };
  readonly mounts: readonly Mount[];
  readonly reason: string;
}

/** A mount of a volume in some containers. */
export interface Mount {
  readonly containers: ContainerNames;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly subPath?: string;
  readonly reason: string;
}

/**
 * Bytes that each of some containers pays for: its memory limit must hold them. The limit itself is
 * the user's and stays, unless `add` asks for more.
 */
export interface PayFor {
  readonly do: 'memory';
  readonly containers: ContainerNames;
  readonly bytes: number;
  /** The bytes are added to the memory limit and request that the container has for itself. */
  readonly add?: boolean;
  readonly reason: string;
}

/**
 * A container of one user or group: the container's own field or the pod's must say so; where
 * neither does, the container's is written.
 */
export interface RunAs {
  readonly do: 'runAs';
  readonly containers: ContainerNames;
  readonly field: 'runAsUser' | 'runAsGroup';
  readonly id: number;
  /**
   * Whether a container that says itself that it is root stays root: it reaches the memory unless
   * DAC_OVERRIDE is dropped.
   */
  readonly orRoot: boolean;
  readonly why: string;
  readonly reason: string;
}

/** An init container, before all that the workload itself has. */
export interface AddInitContainer {
  readonly do: 'initContainer';
  readonly container: JsonObject & { name: string };
  readonly reason: string;
}

/**
 * An annotation with canonical JSON; its `containers` are the names that `containers` resolves to.
 */
export interface Mark {
  readonly do: 'mark';
  readonly annotation: string;
  readonly value: JsonObject;
  readonly containers: ContainerNames;
  readonly reason: string;
}

/** An annotation of the object itself; `where`: only if the pod has it in the end. */
export interface Annotate {
  readonly do: 'annotate';
  readonly annotation: string;
  readonly value: string;
  readonly where?: 'hostIPC' | 'hostPath';
  readonly reason: string;
}

/**
 * A field that may be absent or have this value, since anything else breaks what the owner
 * promises.
 */
export interface Require {
  readonly do: 'require';
  readonly in: Root;
  readonly path: readonly string[];
  readonly value: Json;
  readonly why: string;
  readonly fix: string;
}

/**
 * What Pod Security "restricted" asks for, where the workload says nothing; what contradicts it is
 * a conflict.
 */
export interface Restrict {
  readonly do: 'restrict';
  readonly reason: string;
}

/** A reason for the object as a whole, at its head. */
export interface Explain {
  readonly do: 'explain';
  readonly reason: string;
}

/** One change. */
export type Operation =
  | SetField
  | RunAs
  | Include
  | AddVolume
  | PayFor
  | AddInitContainer
  | Mark
  | Annotate
  | Require
  | Restrict
  | Explain;
