import type { Signs } from '../src/rules/software/software-profile';
import { SOFTWARE } from '../src/rules/software/software-rules';

/** The kinds of signs in docs/software.md, in the order in which they are listed. */
const SIGNS: Readonly<Record<Exclude<keyof Signs, 'alsoRuns'>, string>> = {
  kinds: 'kind',
  images: 'image',
  programs: 'program',
  words: 'argument',
  env: 'variable',
  mounts: 'mount',
  runtimes: 'runtime of KServe',
};

/** Writes docs/software.md: what the profiles of software say. */
export function softwarePage(): string {
  const listed = (signs: Signs) =>
    Object.entries(SIGNS)
      .filter(([kind]) => signs[kind as keyof Signs])
      .map(
        ([kind, name]) =>
          `${name} ${signs[kind as keyof Signs]?.map(sign => `\`${sign}\``).join(', ')}`,
      )
      .join('; ');
  return [
    '# Known software',
    '',
    'What known software needs from shared memory. `lint` recognises the software in any manifest, and says what is missing. Each finding is a rule of its own: `cdk8s-shared-memory explain SHM501` prints its page ([rules.md](rules.md)).',
    '',
    '- Most findings are notes with the number or the field to write. A finding is a warning or an error if a number in the manifest is too small, or if a combination of fields cannot work.',
    '- A pod that has what the software needs gives no finding: a memory-medium emptyDir that is large enough, the /dev/shm of the node, or `hostIPC`.',
    '- An image counts by the last part of its repository, from any registry and with any tag, and only if the container runs the program of the image. Init containers, and containers that run another program of the image (`psql`, `pg_dump`), do not count. A program that another one starts (`tini`, `gosu`, `su-exec`, `sh -c`) counts.',
    '- The `model` of an InferenceService of KServe runs in the container of a ServingRuntime. If the runtime is among the files that are checked, `lint` reads both together. Otherwise the runtime could mount a volume, so a pod without a volume gives no finding.',
    '',
    '| rule | software | what it needs | recognised by | no finding if | source |',
    '| --- | --- | --- | --- | --- | --- |',
    ...SOFTWARE.map(
      ({ id, software: name, needs, signs, unless, link }) =>
        `| [${id}](rules.md#${id.toLowerCase()}) | ${name} | ${needs} | ${listed(signs)} | ${unless ?? ''} | [${new URL(link).hostname}](${link}) |`,
    ),
    '',
  ].join('\n');
}
