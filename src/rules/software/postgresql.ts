import { examplePod } from './example-pod';
import { roomFix } from './room-words';
import type { SoftwareContainer } from './software-container';
import type { SoftwareProfile } from './software-profile';
import { POSTGRESQL_UNITS, sizeIn } from './written-size';
import { textOf } from '../../kube/json';
import { repositoryName } from '../../read/command-line';

const IMAGE = 'image: docker.io/library/postgres:17';

export const POSTGRESQL: SoftwareProfile = {
  id: 'SHM501',
  software: 'PostgreSQL',
  title: 'PostgreSQL with too little shared memory for parallel queries',
  severity: 'note',
  needs:
    'POSIX shared memory for parallel queries: at /dev/shm, at least what one parallel hash join may take, which is work_mem × hash_mem_multiplier × (workers + 1). hash_mem_multiplier is 2.0 by default from PostgreSQL 15 on, and 1.0 before; the tag of the image tells which',
  signs: {
    images: [
      'postgres',
      'postgresql',
      'postgis',
      'pgvector',
      'timescaledb',
      'timescaledb-ha',
      'citus',
      'postgresql-repmgr',
      'postgresql-13',
      'postgresql-15',
      'postgresql-16',
      'postgresql-17',
      'spilo',
      'spilo-15',
      'spilo-16',
      'spilo-17',
      'crunchy-postgres',
    ],
    programs: ['postgres', 'postmaster'],
    alsoRuns: ['docker-entrypoint.sh', 'pg_ctl', 'patroni', 'run-postgresql'],
  },
  unless:
    'dynamic_shared_memory_type is sysv or mmap, min_dynamic_shared_memory is set, or parallel queries are switched off',
  why: 'Workers of a parallel query exchange rows and hash tables in POSIX shared memory, which is in /dev/shm. If it is full, the query ends with "could not resize shared memory segment ... No space left on device". Without a volume, /dev/shm has 64 MiB.',
  fix: `${roomFix('256Mi')}; or set min_dynamic_shared_memory, which takes this memory from the main segment instead`,
  fact: 'dynamic_shared_memory_type is posix by default on Linux. The hash table of a parallel hash join may be as large as the hash memory of all its processes together, and hash_mem_multiplier is 2.0 by default since PostgreSQL 15 (its release notes). Seen with PostgreSQL 15 on Kubernetes 1.33: a join of 1.5 million rows with 4 workers and work_mem 64MB fails with this error if /dev/shm has 64 MiB, and runs with 512 MiB.',
  link: 'https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-DYNAMIC-SHARED-MEMORY-TYPE',
  wrong: examplePod([
    IMAGE,
    'args: [-c, max_parallel_workers=8, -c, work_mem=64MB] # SHM501 warning',
  ]),
  right: examplePod([IMAGE, 'args: [-c, max_parallel_workers=8, -c, work_mem=64MB]'], '512Mi'),
  check: (container, found) => {
    const settings = settingsOf(container);
    if (!usesPosixMemory(settings)) {
      return;
    }
    const demand = parallelHashJoin(settings, majorOf(container));
    const shortage =
      demand &&
      container.shortage({
        ...demand,
        field: fieldOfWorkMem(container, settings),
        severity: 'warning',
      });
    if (shortage) {
      found(shortage);
      return;
    }
    const room = container.smallRoom();
    if (room !== undefined) {
      found(
        container.match(
          `PostgreSQL in container ${container.name} has ${room} at /dev/shm: parallel queries fail if they need more`,
          // somebody wants parallel queries, who sets how many workers they have
          settings('max_parallel_workers_per_gather') === undefined ? {} : { severity: 'warning' },
        ),
      );
    }
  },
};

/** Parameters of PostgreSQL, as far as a manifest has them. */
export type Settings = (name: string) => string | undefined;

function settingsOf({ command }: SoftwareContainer): Settings {
  const assigned = command
    .valuesOf('-c')
    .concat(command.words.flatMap(word => (/^(--|-c)\w/.test(word) ? [word.slice(2)] : [])));
  const settings = new Map(
    assigned.map(each => {
      const [name, value] = each.split('=', 2);
      return [name.replaceAll('-', '_'), value] as const;
    }),
  );
  return name => settings.get(name);
}

function fieldOfWorkMem({ command }: SoftwareContainer, setting: Settings): string {
  const value = setting('work_mem');
  return command.fieldOf(`work_mem=${value}`, `work-mem=${value}`);
}

/** Checks whether parallel queries take memory from /dev/shm. */
export function usesPosixMemory(setting: Settings): boolean {
  const type = setting('dynamic_shared_memory_type') ?? 'posix';
  return (
    type === 'posix' &&
    (setting('min_dynamic_shared_memory') ?? '0') === '0' &&
    setting('max_parallel_workers') !== '0' &&
    setting('max_parallel_workers_per_gather') !== '0'
  );
}

/** Images whose tag begins with the version of PostgreSQL. The others have one of their own. */
const OF_POSTGRESQL = /^(postgres|postgresql|postgis|postgresql-repmgr)$/;

/**
 * Returns the major version of PostgreSQL, as far as an image says it: in its name
 * (`postgresql-15`), as `pg15` in its tag, or at the beginning of its tag (`15.6-alpine`).
 */
export function majorIn(image: string): number | undefined {
  const name = repositoryName(image);
  const [, tag = ''] = /:([^:/@]+)(?:@.*)?$/.exec(image) ?? [];
  const [, major] =
    /-(\d+)$/.exec(name) ??
    /(?:^|[-_.])pg(\d+)/.exec(tag) ??
    /^ubi\d+-(\d+)/.exec(tag) ??
    (OF_POSTGRESQL.test(name) ? /^(\d+)/.exec(tag) : null) ??
    [];
  return major === undefined ? undefined : Number(major);
}

function majorOf({ container }: SoftwareContainer): number | undefined {
  return majorIn(textOf(container.json.image ?? ''));
}

/**
 * Returns how much shared memory the hash table of one parallel hash join may take: work_mem times
 * hash_mem_multiplier for each process. Absent if work_mem is not in the manifest. The defaults are
 * those of PostgreSQL.
 *
 * @param major its major version. If it is not known, it is taken for a new one
 */
export function parallelHashJoin(
  setting: Settings,
  major: number | undefined,
): { readonly bytes: bigint; readonly words: string } | undefined {
  const workMem = setting('work_mem');
  const bytes = sizeIn(workMem, POSTGRESQL_UNITS);
  const whole = (name: string, otherwise: number) => {
    const text = setting(name);
    return text === undefined ? otherwise : /^\d{1,4}$/.test(text) ? Number(text) : undefined;
  };
  const workers = whole('max_parallel_workers_per_gather', 2);
  const most = whole('max_parallel_workers', 8);
  const multiplier = multiplierOf(setting, major);
  if (bytes === undefined || workers === undefined || most === undefined || !multiplier) {
    return undefined;
  }
  const processes = Math.min(workers, most) + 1;
  const total = (bytes * BigInt(processes) * multiplier.thousandths) / 1000n;
  return {
    bytes: total,
    words: `with work_mem ${workMem} and hash_mem_multiplier ${multiplier.words}, a parallel hash join of ${processes} processes may take ${total / 1024n ** 2n}Mi`,
  };
}

/** Returns hash_mem_multiplier. Absent for a value that PostgreSQL refuses. */
function multiplierOf(
  setting: Settings,
  major: number | undefined,
): { readonly thousandths: bigint; readonly words: string } | undefined {
  const written = setting('hash_mem_multiplier');
  if (written === undefined) {
    return major !== undefined && major < 15
      ? { thousandths: 1000n, words: '1.0 (the default before PostgreSQL 15)' }
      : { thousandths: 2000n, words: '2.0 (the default from PostgreSQL 15 on)' };
  }
  const value = Number(written);
  return value >= 1 && value <= 1000
    ? { thousandths: BigInt(Math.floor(value * 1000)), words: written }
    : undefined;
}
