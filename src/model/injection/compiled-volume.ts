import { add, celPath, celString, celValue, onlyIf, type CelJson } from './cel-values';
import { inContainers, WIRED_BY_OTHERS } from './wired-containers';
import { at, type JsonObject } from '../../kube/json';
import { cleanPath } from '../../kube/path';
import type { AddVolume, Mount } from '../../wire/edit';
import { namesOf, type Refusal } from '../policy/cel';

/** A volume of an edit, with its mount, in CEL. */
export interface CompiledVolume {
  readonly variables?: undefined;
  readonly conflicts: readonly Refusal[];
  /** The list of JSON patch operations that add the volume. */
  readonly volume: string;
  /** The list of JSON patch operations that add its mounts. */
  readonly mounts: string;
  readonly missing: readonly Refusal[];
}

/** Compiles a volume that is a claim, and its mount. */
export function compiledVolume(
  { volume, mounts: [mount] }: AddVolume,
  owner: string,
  i: number,
): CompiledVolume {
  const claim = volume.persistentVolumeClaim as JsonObject;
  const [name, claimName] = [volume.name, String(claim.claimName)].map(celString);
  const { containers: _, reason: __, ...fields } = mount;
  const isOurs = `v.name == ${name}`;
  const hasClaim = `has(v.persistentVolumeClaim) && v.persistentVolumeClaim.claimName == ${claimName}`;
  const isExact = `${hasClaim} && v.persistentVolumeClaim.?readOnly.orValue(false) == ${at(claim, 'readOnly') === true}`;
  const mounts = 'c.?volumeMounts.orValue([])';
  const exact = exactMount(mount, name);
  return {
    conflicts: [
      {
        name: `otherVolumes${i}`,
        refused: namesOf('variables.volumes', 'v', `${isOurs} ? !(${isExact}) : ${hasClaim}`),
        says: celString(
          `volumes of the pod have the name or the claim of ${owner}, which adds its own; remove them: `,
        ),
      },
      {
        name: `otherMounts${i}`,
        refused: namesOf(
          'variables.used',
          'c',
          `${mounts}.exists(m, ${isInTheWay(mount.mountPath)} && !(${exact}))`,
        ),
        says: celString(
          `${owner} mounts its memory at ${mount.mountPath}, where something else is mounted; remove that mount in containers: `,
        ),
      },
      {
        name: `unnamed${i}`,
        refused: namesOf(
          'variables.all',
          'c',
          `!(c.name in variables.names) && !(c.name in variables.steps) && ${mounts}.exists(m, m.name == ${name})`,
        ),
        says: celString(
          `containers mount the volume of ${owner} and are not named in the annotation; name them, or remove the mount: `,
        ),
      },
    ],
    volume: onlyIf(
      `!variables.volumes.exists(v, ${isOurs})`,
      add(celPath('spec', 'volumes', '-'), volume),
    ),
    mounts: inContainers('volumeMounts', `!${mounts}.exists(m, ${exact})`, {
      name: volume.name,
      ...(fields as { readonly [key: string]: CelJson }),
    }),
    missing: [
      {
        name: `missingVolume${i}`,
        refused: `variables.volumes.exists(v, ${isOurs} && ${isExact}) ? [] : [${celString(`volume ${volume.name}`)}]`,
        says: WIRED_BY_OTHERS,
      },
      {
        name: `missingMount${i}`,
        refused: namesOf(
          'variables.used',
          'c',
          `${mounts}.filter(m, ${exact}).size() != 1`,
          `${celString(`mount at ${mount.mountPath} in container `)} + c.name`,
        ),
        says: WIRED_BY_OTHERS,
      },
    ],
  };
}

/** Checks whether a mount `m` is exactly the one that the contract adds. */
function exactMount({ readOnly = false, mountPath }: Mount, volumeName: string): string {
  return [
    `m.name == ${volumeName}`,
    `m.mountPath == ${celString(mountPath)}`,
    `m.?readOnly.orValue(false) == ${readOnly}`,
    "m.?subPath.orValue('') == ''",
    "m.?subPathExpr.orValue('') == ''",
    "m.?mountPropagation.orValue('None') == 'None'",
  ].join(' && ');
}

/**
 * Checks whether a mount is at a path or below it, however the path is written: the kubelet puts a
 * slash before a relative path, and container runtimes clean it. A path with `..` is refused,
 * because CEL cannot resolve it.
 */
function isInTheWay(path: string): string {
  const separator = '/+([.]/+)*';
  const segments = cleanPath(path).split('/').slice(1);
  const run = segments[0] === 'run' ? `(var${separator})?` : '';
  const regex = `^/*([.]/+)*${run}${segments.map(literalRegex).join(separator)}(/|$)`;
  return `(m.mountPath.matches(${celValue(regex)}) || m.mountPath.matches('(^|/)[.][.](/|$)'))`;
}

function literalRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
