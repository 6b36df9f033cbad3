import type { PodParts } from './pod-parts';
import {
  at,
  isObject,
  keysOf,
  objectsOf,
  pointer,
  textOf,
  valueAt,
  type Json,
  type JsonObject,
} from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { cleanPath, isAtOrBelow } from '../kube/path';
import { containersOf, type Container } from '../kube/pod-template';

/** A volume of a pod. `path` is its JSON pointer in the manifest. */
export interface Volume {
  readonly name: string;
  readonly json: JsonObject;
  readonly path: string;
}

/** A volume mount of a container. */
export interface Mount {
  readonly container: Container;
  readonly json: JsonObject;
  /** JSON pointer of the mount in the manifest. */
  readonly path: string;
  /**
   * The mount path, cleaned as containerd does. A relative path is relative to /, as for the
   * kubelet.
   */
  readonly at: string;
  readonly volume?: Volume;
  readonly readOnly: boolean;
  /**
   * The mounted path on the node, cleaned and including the subPath. Absent if the volume is not a
   * hostPath, or if only its pod knows the `subPathExpr`.
   */
  readonly hostPath?: string;
  /** The same, up to the first part of a `subPathExpr` that only its pod knows. */
  readonly hostDirectory?: string;
}

/**
 * Memory limit and request that a container gets from the LimitRange of its namespace if it sets
 * none.
 */
export interface MemoryDefaults {
  /** The name of the LimitRange that sets the default limit. */
  readonly limitRange?: string;
  readonly limit: string | undefined;
  readonly request: string | undefined;
}

/** A pod spec in any kind of object, as the kubelet would see it. */
export class Pod {
  public readonly spec: JsonObject;
  /** Metadata of the pod template, or of the Pod itself. */
  public readonly metadata: JsonObject;
  public readonly containers: readonly Container[];
  public readonly volumes: readonly Volume[];
  public readonly mounts: readonly Mount[];

  /** JSON pointer of the pod spec. */
  public readonly path: string;
  /** Another object that is merged with this one, and that may set what is missing here. */
  public readonly joinedWith?: string;
  /** Whether only parts of the pod are known, so that rules must not report a field as missing. */
  public readonly isPartial: boolean;

  /**
   * @param json the object with the pod, if it is not the one of the manifest: see `admittedAs`
   */
  public constructor(
    public readonly manifest: Manifest,
    private readonly parts: PodParts,
    public readonly defaults: MemoryDefaults,
    json: JsonObject = manifest.json,
  ) {
    this.path = parts.path;
    this.joinedWith = parts.joinedWith;
    this.isPartial = parts.partial === true;
    const keys = keysOf(parts.path);
    this.spec = valueAt(json, keys) as JsonObject;
    this.metadata = metadataBeside(json, keys);
    this.containers = containersIn(this.spec, parts).map(named);
    this.volumes = volumesOf(manifest, this.spec, parts);
    this.mounts = this.containers.flatMap(container => this.mountsOf(container));
  }

  /** Returns the pod as the API server makes it when it is created, from the object with it. */
  public admittedAs(json: JsonObject): Pod {
    return new Pod(this.manifest, this.parts, this.defaults, json);
  }

  /** Returns the JSON pointer of a container. */
  public pathOf(container: Container): string {
    return this.path + pointer(...container.path);
  }

  /** Returns a field of the pod spec. */
  public at(...path: (string | number)[]): Json | undefined {
    return at(this.spec, ...path);
  }

  public is(field: string): boolean {
    return this.spec[field] === true;
  }

  public get labels(): JsonObject {
    return isObject(this.metadata.labels) ? this.metadata.labels : {};
  }

  /** Returns all mounts of a volume. */
  public mountsOfVolume(volume: Volume): Mount[] {
    return this.mounts.filter(mount => mount.volume === volume);
  }

  /** Returns the mount of a container in which a path is: the deepest one. */
  public mountOf(container: Container, path: string): Mount | undefined {
    return this.mounts
      .filter(each => each.container === container && isAtOrBelow(path, each.at))
      .sort((a, b) => b.at.length - a.at.length)
      .at(0);
  }

  /**
   * Returns the user that a container runs as, if the manifest says it. The container's own field
   * takes precedence over the pod's.
   */
  public userOf({ json }: Container): Json | undefined {
    return at(json, 'securityContext', 'runAsUser') ?? this.at('securityContext', 'runAsUser');
  }

  /**
   * Checks whether a container is certain not to run as root. The container's own fields take
   * precedence over the pod's.
   */
  public isNonRoot(container: Container): boolean {
    const { json } = container;
    const user = this.userOf(container);
    if (typeof user === 'number') {
      return user !== 0;
    }
    return (
      (at(json, 'securityContext', 'runAsNonRoot') ??
        this.at('securityContext', 'runAsNonRoot')) === true
    );
  }

  private mountsOf(container: Container): Mount[] {
    return objectsOf(container.json.volumeMounts).map((json, i) => {
      const volume = this.volumes.find(({ name }) => name === json.name);
      const base = at(volume?.json, 'hostPath', 'path');
      const { subPath, isWhole } = knownSubPath(json);
      const hostDirectory = typeof base === 'string' ? cleanPath(`${base}/${subPath}`) : undefined;
      return {
        container,
        json,
        path: `${this.pathOf(container)}/volumeMounts/${i}`,
        at: cleanPath(textOf(json.mountPath ?? '')),
        volume,
        readOnly:
          json.readOnly === true || at(volume?.json, 'persistentVolumeClaim', 'readOnly') === true,
        ...(hostDirectory === undefined ? {} : { hostDirectory }),
        ...(hostDirectory !== undefined && isWhole ? { hostPath: hostDirectory } : {}),
      };
    });
  }
}

/**
 * Returns the directory of a volume that a mount shows, as far as its manifest says it: a variable
 * in `subPathExpr` has its value only in the pod, and cannot lead upwards.
 */
export function knownSubPath({ subPath, subPathExpr }: JsonObject): {
  readonly subPath: string;
  readonly isWhole: boolean;
} {
  if (typeof subPathExpr !== 'string') {
    return { subPath: typeof subPath === 'string' ? subPath : '', isWhole: true };
  }
  const parts = subPathExpr.split('/');
  const unknown = parts.findIndex(part => part.includes('$'));
  return unknown < 0
    ? { subPath: subPathExpr, isWhole: true }
    : { subPath: parts.slice(0, unknown).join('/'), isWhole: false };
}

/** Returns the metadata next to a pod spec. Empty if the pod spec is not part of a pod template. */
function metadataBeside(json: JsonObject, spec: readonly string[]): JsonObject {
  const metadata =
    spec.at(-1) === 'spec' ? at(valueAt(json, spec.slice(0, -1)), 'metadata') : undefined;
  return isObject(metadata) ? metadata : {};
}

/** Gives a container without a name its path as the name. */
function named(container: Container): Container {
  return container.name === '' ? { ...container, name: container.path.join('/') } : container;
}

function containersIn(spec: JsonObject, { containers, partial }: PodParts): readonly Container[] {
  if (!containers) {
    return containersOf(spec);
  }
  return partial ? containers : [...containers, ...containersOf(spec)];
}

function volumesOf(
  manifest: Manifest,
  spec: JsonObject,
  { path, volumes }: PodParts,
): readonly Volume[] {
  const own = volumesIn(manifest, spec.volumes, `${path}/volumes`);
  return volumes
    ? [
        ...own,
        ...volumes.flatMap(each => volumesIn(manifest, at(manifest.json, ...keysOf(each)), each)),
      ]
    : own;
}

/**
 * Returns the volumes of the list at a JSON pointer. Leaves out volumes that have the same name as
 * a claim of a StatefulSet, because the claim takes precedence.
 */
function volumesIn(manifest: Manifest, list: Json | undefined, path: string): Volume[] {
  if (!Array.isArray(list)) {
    return [];
  }
  const claims = objectsOf(at(manifest.json, 'spec', 'volumeClaimTemplates')).map(claim =>
    at(claim, 'metadata', 'name'),
  );
  return list.flatMap((json, i) =>
    isObject(json) && !claims.includes(json.name)
      ? [{ name: textOf(json.name), json, path: `${path}/${i}` }]
      : [],
  );
}
