import { github, javascript, release, TextFile, type cdk8s } from 'projen';

/** The versions of Node.js with which all tests run. */
export const TESTED_NODES = ['20', '22', '24'];
const NODE = '22';

/** How the project is built, released and kept up on GitHub. */
export const RELEASE = {
  github: true,
  release: true,
  releaseTrigger: release.ReleaseTrigger.workflowDispatch(), // a person decides when
  majorVersion: 1,
  npmAccess: javascript.NpmAccess.PUBLIC,
  npmProvenance: true,
  workflowNodeVersion: NODE,
  buildWorkflow: false, // ours runs .ci/run
  depsUpgradeOptions: {
    workflowOptions: { schedule: javascript.UpgradeDependenciesSchedule.WEEKLY },
  },
  githubOptions: {
    pullRequestLintOptions: {
      semanticTitleOptions: {
        types: ['feat', 'fix', 'perf', 'docs', 'test', 'refactor', 'chore'],
      },
    },
  },
  pullRequestTemplateContents: [
    '## What and why',
    '',
    '## How it was checked',
    '',
    '- [ ] `npm test` passes, and `dist/` and the generated pages were read, not only compared',
    '- [ ] a change of the YAML of unchanged code is in CHANGELOG.md, with what restarts',
    '- [ ] what was seen on a real cluster: `npm run e2e -- --only NAME`',
    '',
  ],
} satisfies Partial<cdk8s.ConstructLibraryCdk8sOptions>;

/** Adds the checks of each change, and what people who use the project look for. */
export function addRepositoryFiles(project: cdk8s.ConstructLibraryCdk8s): void {
  addChecks(project);
  project.addTask('release:dry-run', {
    description: 'Makes every artifact of the next release, and publishes nothing.',
    env: { MAJOR: String(RELEASE.majorVersion) },
    steps: ['bump', 'package-all', 'unbump'].map(spawn => ({ spawn })),
  });
  mendReleaseWorkflow(project);
  new TextFile(project, '.github/CODEOWNERS', {
    lines: [
      '# Who must approve a change. Replace the team with that of your organization.',
      '* @cdk8s-shared-memory/maintainers',
      '# what runs with privileges on nodes',
      '/src/model/agent/ @cdk8s-shared-memory/maintainers @cdk8s-shared-memory/security',
      '/src/model/node/ @cdk8s-shared-memory/maintainers @cdk8s-shared-memory/security',
      '/src/model/policy/ @cdk8s-shared-memory/maintainers @cdk8s-shared-memory/security',
      '/dist/ @cdk8s-shared-memory/maintainers @cdk8s-shared-memory/security',
    ],
  });
  for (const [name, text] of Object.entries(ISSUES)) {
    new TextFile(project, `.github/ISSUE_TEMPLATE/${name}.md`, { lines: text });
  }
}

/** The jobs that publish, and at which of their steps the artifacts are downloaded. */
const PUBLISHING = { release_github: 1, release_npm: 1, release_maven: 2, release_pypi: 2 };

function mendReleaseWorkflow(project: cdk8s.ConstructLibraryCdk8s): void {
  const workflow = project.tryFindObjectFile('.github/workflows/release.yml');
  const folder = project.artifactsDirectory;
  for (const [job, step] of Object.entries(PUBLISHING)) {
    // projen downloads them to dist, and looks for them in the folder of artifacts
    workflow?.addOverride(`jobs.${job}.steps.${step}.with.path`, folder);
    workflow?.addOverride(
      `jobs.${job}.steps.${step + 1}.run`,
      `cd ${folder} && setfacl --restore=permissions-backup.acl`,
    );
  }
  workflow?.addDeletionOverride('jobs.release_npm.steps.9.env.NPM_REGISTRY'); // as by default
}

function addChecks(project: cdk8s.ConstructLibraryCdk8s): void {
  const checks = new github.GithubWorkflow(project.github!, 'checks');
  checks.on({
    pullRequest: {},
    push: { branches: ['main'] },
    schedule: [{ cron: '0 5 * * 1' }],
    workflowDispatch: {},
  });
  const checkout = { uses: 'actions/checkout@v4', with: { 'fetch-depth': 0 } };
  const node = (version: string) => ({
    uses: 'actions/setup-node@v4',
    with: { 'node-version': version },
  });
  const permissions = { contents: github.workflows.JobPermission.READ };
  checks.addJobs({
    test: {
      runsOn: ['ubuntu-latest'],
      permissions,
      strategy: { failFast: false, matrix: { domain: { node: TESTED_NODES } } },
      steps: [checkout, node('${{ matrix.node }}'), { run: '.ci/run' }],
    },
    java: {
      runsOn: ['ubuntu-latest'],
      permissions,
      steps: [
        checkout,
        node(NODE),
        { uses: 'actions/setup-java@v4', with: { distribution: 'temurin', 'java-version': '17' } },
        { run: 'npm ci' },
        { run: 'npm run languages:java' },
      ],
    },
    audit: {
      runsOn: ['ubuntu-latest'],
      permissions,
      steps: [checkout, node(NODE), { run: 'npm audit --omit=dev' }],
    },
  });
}

const ISSUES: Readonly<Record<string, string[]>> = {
  bug: [
    '---',
    'name: Something is wrong',
    'about: YAML that does not work, an error that is not right, a page that says what is not so',
    '---',
    '',
    '**What you did**: the contract and the attached workload, or the YAML that you checked',
    '',
    '**What came out**: the YAML, the finding, or the error, whole',
    '',
    '**What you expected**',
    '',
    '**Where**: versions of cdk8s-shared-memory, cdk8s and Kubernetes; container runtime; cgroup v1 or v2; SELinux',
    '',
    'Do not report here what lets a pod reach more than its contract grants: see SECURITY.md.',
  ],
  rule: [
    '---',
    'name: A finding that is wrong, or one that is missing',
    'about: lint found what an expert would not agree with, or missed what breaks',
    '---',
    '',
    '**The YAML**, as small as it can be',
    '',
    '**What lint says**, with `--format json`',
    '',
    '**What happens on the node**, and how you saw it',
  ],
  software: [
    '---',
    'name: Software that needs shared memory',
    'about: a program that the profiles or examples do not know',
    '---',
    '',
    '**The program**, and where its documentation says what it needs',
    '',
    '**How it shares memory**: /dev/shm, files, System V, descriptors, huge pages',
    '',
    '**YAML with which it runs today**',
  ],
};
