/**
 * Suites that the first attempt leaves out, as regular expressions of their paths below test/:
 * golden files, manifests of the wild, properties, and all that starts processes. Survivors meet
 * them in the second attempt.
 */
export const SLOW_SUITES = [
  'adopt/adopted-apps',
  'adopt/random',
  'any-value',
  'change/diff-properties',
  'cli/',
  'examples\\.test',
  'kubernetes/examples\\.test',
  'matrix/',
  'model/.*-scripts?\\.test',
  'model/injection/',
  'report/runbook/runbook-page',
  'rules/own-house',
  'rules/properties',
  'rules/wild',
  'synth/cli\\.test',
  'synth/same-as',
];

/**
 * Suites that cannot see a mutant: they test the compiled lib/, the text of src/, programs in C or
 * tools of the project. In a sandbox with changed sources some of them fail by themselves.
 */
export const BLIND_SUITES = [
  'agent-protocol\\.test',
  'architecture\\.test',
  'e2e/',
  'languages/',
  'package\\.test',
  'readme\\.test',
  'scripts/',
];

/** Suites that run the sources in other processes, which tell Stryker nothing of their coverage. */
export const SPAWNING_SUITES = ['synth/cli\\.test'];

/** Patterns for jest of what it must not run: `not`, and with `only` whatever is not in there. */
export function ignorePatterns(not: readonly string[], only?: readonly string[]): string[] {
  return [
    '/node_modules/',
    ...not.map(pattern => `<rootDir>/test/${pattern}`),
    ...(only ? [`^(?!<rootDir>/test/(?:${only.join('|')}))`] : []),
  ];
}
