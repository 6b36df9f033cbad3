import { majorIn, parallelHashJoin, usesPosixMemory, type Settings } from './postgresql';
import type { SoftwareProfile } from './software-profile';
import { at, textOf } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import { formatBytes, parseBytes, roundUpToMebibytes } from '../../kube/quantity';
import { suggestion, type Remedy } from '../remedy';

const cluster = (spec: string, comment = '') => `apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: { name: orders }
spec:${comment}
  instances: 3
  storage: { size: 20Gi }
  resources: { limits: { memory: 4Gi } }
${spec}`;

export const CLOUDNATIVE_PG: SoftwareProfile = {
  id: 'SHM502',
  software: 'CloudNativePG',
  title: 'a CloudNativePG Cluster without a suitable size for shared memory',
  severity: 'note',
  needs: 'ephemeralVolumesSizeLimit.shm: the size of /dev/shm, below the memory limit',
  signs: { kinds: ['postgresql.cnpg.io/Cluster', 'postgresql.k8s.enterprisedb.io/Cluster'] },
  unless: 'a parameter switches the need off, as for PostgreSQL',
  why: 'The operator mounts a memory-medium emptyDir at /dev/shm. Without a size it is as large as the memory limit of the pod: if parallel queries fill it, the instance is OOM-killed. With a size, such a query ends with an error, and the instance stays.',
  fix: 'write ephemeralVolumesSizeLimit.shm, for example 256Mi, and keep the memory limit above it plus what PostgreSQL itself needs',
  fact: 'CloudNativePG: .spec.ephemeralVolumesSizeLimit.shm is the upper bound of the in-memory volume that Postgres uses for shared memory; without it there is none.',
  link: 'https://cloudnative-pg.io/documentation/current/cluster_conf',
  wrong: cluster('', ' # SHM502 note'),
  right: cluster('  ephemeralVolumesSizeLimit: { shm: 256Mi }\n'),
  checkObject: (manifest, found) => {
    const spec = (...path: string[]) => at(manifest.json, 'spec', ...path);
    const setting: Settings = name => {
      const value = spec('postgresql', 'parameters', name);
      return value === undefined ? undefined : textOf(value);
    };
    if (!usesPosixMemory(setting)) {
      return;
    }
    const written = spec('ephemeralVolumesSizeLimit', 'shm');
    const limit = parseBytes(spec('resources', 'limits', 'memory'));
    const shm = parseBytes(written);
    const path = '/spec/ephemeralVolumesSizeLimit/shm';
    if (written === undefined || shm === 0n) {
      const size =
        limit === undefined ? "the node's memory" : `the memory limit, ${formatBytes(limit)}`;
      found({
        manifest,
        path: written === undefined ? '/spec' : path,
        message: `/dev/shm of the instances has no size of its own: it is as large as ${size}`,
      });
      return;
    }
    if (shm !== undefined && limit !== undefined && shm >= limit) {
      found({
        manifest,
        path,
        severity: 'warning',
        message: `shm ${formatBytes(shm)} does not fit into the memory limit, ${formatBytes(limit)}`,
        fix: `lower it below ${formatBytes(limit)}, or raise resources.limits.memory above ${formatBytes(shm)} plus what PostgreSQL itself needs`,
        remedies: () => [
          suggestion('raise the memory limit to the size of shm, and what it had', {
            do: 'set',
            pointer: LIMIT,
            value: formatBytes(roundUpToMebibytes(shm + limit)),
          }),
        ],
      });
    }
    const demand = parallelHashJoin(setting, majorOf(manifest));
    if (demand && shm !== undefined && shm < demand.bytes) {
      found({
        manifest,
        path,
        severity: 'warning',
        message: `${demand.words}, more than shm ${formatBytes(shm)}`,
        fix: `write shm: ${formatBytes(roundUpToMebibytes(demand.bytes))} or more and a memory limit above it, or lower work_mem`,
        remedies: () => [grownShm(demand.bytes, path, limit)],
      });
    }
  },
};

/** The major version of PostgreSQL: of the image, or in a catalog of images. */
function majorOf({ json }: Manifest): number | undefined {
  const image = at(json, 'spec', 'imageName');
  const major = Number(at(json, 'spec', 'imageCatalogRef', 'major') ?? NaN);
  return typeof image === 'string' ? majorIn(image) : Number.isNaN(major) ? undefined : major;
}

const LIMIT = '/spec/resources/limits/memory';

/** Returns the remedy that makes shm larger, and keeps the memory limit above it. */
function grownShm(bytes: bigint, path: string, limit: bigint | undefined): Remedy {
  const size = roundUpToMebibytes(bytes);
  const value = formatBytes(size);
  const room = formatBytes(roundUpToMebibytes((limit ?? 0n) + size));
  return suggestion(
    `write shm: ${value}`,
    { do: 'set', pointer: path, value },
    ...(limit !== undefined && limit <= size
      ? [{ do: 'set' as const, pointer: LIMIT, value: room }]
      : []),
  );
}
