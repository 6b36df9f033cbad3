import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/* What projen makes of the release on GitHub, which nobody runs before it is needed. */

interface Step {
  readonly id?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}
const { jobs } = parse(
  readFileSync(join(__dirname, '../../.github/workflows/release.yml'), 'utf8'),
) as { jobs: Record<string, { steps: Step[]; permissions: Record<string, string> }> };
const all = Object.entries(jobs).flatMap(([job, { steps }]) =>
  steps.map(step => ({ job, ...step })),
);

test('all jobs that publish are there', () => {
  expect(Object.keys(jobs)).toEqual([
    'release',
    'release_github',
    'release_npm',
    'release_maven',
    'release_pypi',
  ]);
});

test('artifacts are downloaded to the folder in which they are looked for', () => {
  const downloads = all.filter(({ uses }) => uses?.startsWith('actions/download-artifact'));
  expect(downloads.map(({ job, with: given }) => [job, given?.path])).toEqual([
    ['release_github', 'artifacts'],
    ['release_npm', 'artifacts'],
    ['release_maven', 'artifacts'],
    ['release_pypi', 'artifacts'],
  ]);
  expect(all.filter(({ run }) => /(^|[ /])dist( |\/|$)/m.test(run ?? ''))).toEqual([]);
});

test('what is published to npm says where it was built, and no host is written down', () => {
  expect(jobs.release_npm.permissions['id-token']).toBe('write');
  const { env } = all.find(({ job, id }) => job === 'release_npm' && id === 'release')!;
  expect(env).toEqual({
    NPM_CONFIG_PROVENANCE: 'true',
    NPM_DIST_TAG: 'latest',
    NPM_TOKEN: '${{ secrets.NPM_TOKEN }}',
    PUBLIB_DRYRUN: '${{ inputs.dry_run }}',
  });
});
