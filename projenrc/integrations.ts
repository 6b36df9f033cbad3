import { YamlFile, type Project } from 'projen';

/** Files of the package that other tools read. They are in the root of it, where the tools look. */
export const INTEGRATIONS = ['.pre-commit-hooks.yaml', 'action.yml'];

/** Adds the hook for pre-commit.com, and the action for GitHub. */
export function addIntegrations(project: Project): void {
  new YamlFile(project, '.pre-commit-hooks.yaml', {
    obj: [
      {
        id: 'cdk8s-shared-memory',
        name: 'cdk8s-shared-memory lint',
        description: 'Checks Kubernetes manifests for what breaks when pods share memory.',
        // the package must be among the dependencies of the repository that is checked
        entry: 'npx --no-install cdk8s-shared-memory lint --skip-other-files',
        language: 'system',
        types: ['yaml'],
        // one run with all files: two sides of one memory can be in two files
        require_serial: true,
      },
    ],
  });
  // The action is used by its path in node_modules, so that it runs the version that is installed.
  // Inputs are variables of the environment, so that no text of an input is run as a script.
  const run = (...lines: string[]) => [
    'mapfile -t paths < <(grep -v \'^[[:space:]]*$\' <<< "$PATHS")',
    'command=(node "$GITHUB_ACTION_PATH/bin/cdk8s-shared-memory")',
    ...lines,
    '',
  ];
  new YamlFile(project, 'action.yml', {
    obj: {
      name: 'cdk8s-shared-memory lint',
      description: 'Checks Kubernetes manifests for what breaks when pods share memory.',
      inputs: {
        paths: { description: 'Files and folders, one a line.', default: 'dist' },
        'fail-on': {
          description: 'The least severity that fails the job: error, warning, note or never.',
          default: 'error',
        },
        since: {
          description:
            'A git revision, REVISION:PATH or a path: only what was not found there is shown and counts. The revision must have been fetched. Empty for everything.',
          default: '',
        },
        'fix-dry-run': {
          description:
            'If true, writes what `lint --fix` would change into the summary of the job, and into a patch file.',
          default: 'false',
        },
      },
      outputs: {
        patch: {
          description: 'The path of the patch, for git apply. Empty unless fix-dry-run is true.',
          value: '${{ steps.fixes.outputs.patch }}',
        },
      },
      runs: {
        using: 'composite',
        steps: [
          {
            name: 'Lint',
            shell: 'bash',
            env: {
              PATHS: '${{ inputs.paths }}',
              FAIL_ON: '${{ inputs.fail-on }}',
              SINCE: '${{ inputs.since }}',
            },
            run: run(
              '"${command[@]}" lint --format github --fail-on "$FAIL_ON" ${SINCE:+"--since=$SINCE"} "${paths[@]}"',
            ).join('\n'),
          },
          {
            name: 'Fixes',
            id: 'fixes',
            // also if there are findings
            if: "!cancelled() && inputs.fix-dry-run == 'true'",
            shell: 'bash',
            env: { PATHS: '${{ inputs.paths }}', SINCE: '${{ inputs.since }}' },
            run: run(
              'patch="$RUNNER_TEMP/cdk8s-shared-memory.patch"',
              '"${command[@]}" lint --fix --dry-run --fail-on never ${SINCE:+"--since=$SINCE"} "${paths[@]}" > "$patch"',
              'echo "patch=$patch" >> "$GITHUB_OUTPUT"',
              'if [ -s "$patch" ]; then',
              "  fence='~~~~~~~~~~~~'",
              '  printf \'%s\\n\' "${fence}diff" "$(cat "$patch")" "$fence" >> "$GITHUB_STEP_SUMMARY"',
              'fi',
            ).join('\n'),
          },
        ],
      },
    },
  });
}
