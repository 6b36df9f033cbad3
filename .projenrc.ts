import { cdk8s, javascript, TextFile } from 'projen';
import { addIntegrations, INTEGRATIONS } from './projenrc/integrations';
import { addLanguages, PACKAGE_TASKS, PYTHON } from './projenrc/languages';
import { addRepositoryFiles, RELEASE } from './projenrc/release';

const project = new cdk8s.ConstructLibraryCdk8s({
  name: 'cdk8s-shared-memory',
  description:
    'Shared memory between pods on one Kubernetes node: one contract, both sides, review-ready YAML.',
  author: 'cdk8s-shared-memory contributors',
  authorAddress: 'contributors@example.com',
  authorOrganization: true,
  repositoryUrl: 'https://git.example.com/cdk8s-shared-memory.git',
  keywords: [
    'cdk8s',
    'kubernetes',
    'shared-memory',
    'daemonset',
    'hostipc',
    'dev-shm',
    'posix',
    'sysv',
  ],
  defaultReleaseBranch: 'main',
  license: 'Apache-2.0',
  projenrcTs: true,
  packageManager: javascript.NodePackageManager.NPM,
  ...RELEASE,
  minNodeVersion: '20.0.0',
  cdk8sVersion: '2.68.12',
  constructsVersion: '10.5.0',
  peerDeps: ['cdk8s-plus-27@^2.9.0'],
  // of the command `lint`; bundled, as jsii demands, so that all languages get it
  bundledDeps: ['commander@^14', 'diff@^8', 'js-yaml@^4', 'yaml@^2'],
  bin: { 'cdk8s-shared-memory': 'bin/cdk8s-shared-memory' },
  jsiiVersion: '~6.0.0',
  typescriptVersion: '~6.0.0',
  artifactsDirectory: 'artifacts', // dist/ is the rendered YAML of the examples
  devDeps: [
    '@lezer/highlight@^1', // a peer of lezer-promql, as is the next
    '@lezer/lr@^1',
    '@marcbachmann/cel-js@^8', // evaluates the expressions of admission policies
    '@microsoft/jest-sarif@1.0.0-beta.0', // for the JSON Schema of SARIF that it carries
    '@prometheus-io/lezer-promql@^0.315.0', // the grammar of PromQL, of Prometheus itself
    // `npm run mutation`; version 10 needs Node.js 22
    '@stryker-mutator/api@^9',
    '@stryker-mutator/core@^9',
    '@stryker-mutator/instrumenter@^9',
    '@stryker-mutator/jest-runner@^9',
    '@types/js-yaml@^4',
    'ajv@^8',
    'ajv-draft-04@^1', // the draft in which that of SARIF is written
    'cdk8s-cli@^2',
    // the byte-equality fuzz runs against the lowest and the newest
    'cdk8s-newest@npm:cdk8s@2.70.106',
    // The matrix of test/matrix/ attaches to workloads of all of them. Not 26: its newest release
    // cannot make a workload beside cdk8s 2.68 or newer.
    'cdk8s-plus-25@^2.22.79',
    'cdk8s-plus-28@^2.5.6',
    'cdk8s-plus-29@^2.6.0',
    'cdk8s-plus-30@^2.4.10',
    'cdk8s-plus-31@^2.6.43',
    'cdk8s-plus-32@^2.5.92',
    'cdk8s-plus-33@^2.5.57',
    'cdk8s-plus-34@^2.0.54',
    'fast-check@^4',
    'pnpm@^10', // its strict layout is one that the package must work in
    'tsx@^4',
  ],
  jestOptions: {
    passWithNoTests: false,
    junitReporting: false,

    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    configFilePath: 'jest.config.json',
    jestConfig: {
      moduleNameMapper: { '^cdk8s-shared-memory$': '<rootDir>/src/index.ts' },
      collectCoverage: false,
      testTimeout: 60_000,
      modulePathIgnorePatterns: ['<rootDir>/.stryker-tmp/'], // copies of this project
      // the CEL evaluator of the tests is an ES module, which jest has to translate
      transformIgnorePatterns: ['/node_modules/(?!@marcbachmann/cel-js/)'],
      transform: {
        '/cel-js/.+\\.js$': new javascript.Transform('ts-jest', {
          diagnostics: false,
          tsconfig: { allowJs: true, module: 'commonjs', target: 'es2022', isolatedModules: true },
        }),
      },
    },
  },
  prettier: true,
  prettierOptions: {
    settings: {
      printWidth: 100,
      singleQuote: true,
      trailingComma: javascript.TrailingComma.ALL,
      arrowParens: javascript.ArrowParens.AVOID,
    },
    ignoreFile: false,
  },
  eslintOptions: {
    dirs: ['src'],
    devdirs: ['test', 'examples', 'e2e', 'scripts', 'bench'],
    commandOptions: { fix: false },
    tsconfigPath: './test/tsconfig.json',
  },
  tsconfigDev: {
    include: ['../examples/**/*.ts', '../e2e/**/*.ts', '../scripts/**/*.ts', '../bench/**/*.ts'],
    compilerOptions: { paths: { 'cdk8s-shared-memory': ['../src/index.ts'] } },
  },
  gitignore: ['/artifacts/', '/.kube/', '/.stryker-tmp/', '/reports/', '*.log'],
  publishToPypi: { distName: 'cdk8s-shared-memory', module: 'cdk8s_shared_memory' },
  publishToMaven: {
    javaPackage: 'com.example.cdk8s.sharedmemory',
    mavenGroupId: 'com.example',
    mavenArtifactId: 'cdk8s-shared-memory',
  },
});

// After the constructor: the `gitignore` option is written before projen's own /dist/ line and
// would lose.
project.gitignore.include('/dist/', '/package-lock.json');
for (const path of [
  '/artifacts/',
  '/examples/',
  '/e2e/',
  '/scripts/',
  '/bench/',
  '/docs/',
  '/site/',
  '/.ci/',
  '/.kube/',
  '/.stryker-tmp/',
  '/reports/',
  'cdk8s.yaml',
  'jest.config.json',
  'CONTRIBUTING.md',
]) {
  project.npmignore?.exclude(path);
}
// otherwise jsii-pacmak edits the tracked .npmignore at every build
project.addPackageIgnore('artifacts');
project.eslint?.addIgnorePattern('test/upgrade/first-release/'); // as it was
project.eslint?.addRules({
  'import/no-cycle': ['error', { ignoreExternal: true }],
  // What prettier cannot break is exempt: strings, templates and regular expressions.
  'max-len': [
    'error',
    {
      code: 100,
      ignoreUrls: true,
      ignoreStrings: true,
      ignoreTemplateLiterals: true,
      ignoreRegExpLiterals: true,
      ignorePattern: '^import ',
    },
  ],
});
for (const dir of ['examples', 'e2e', 'scripts', 'bench']) {
  new javascript.TypescriptConfig(project, {
    fileName: `${dir}/tsconfig.json`,
    extends: javascript.TypescriptConfigExtends.fromPaths(['../tsconfig.json']),
    compilerOptions: {
      noEmit: true,
      rootDir: '..',
      paths: { 'cdk8s-shared-memory': ['../src/index.ts'] },
    },
    include: ['**/*.ts'],
  });
}

const tsx = (file: string) => `tsx --tsconfig examples/tsconfig.json ${file}`;
// jsii's own checks; the packaging test packs what it wrote
project.testTask.prependSpawn(project.tasks.tryFind('compile')!);
// ts-jest does not check types under isolatedModules
project.testTask.prependExec('tsc --noEmit -p test/tsconfig.json');
project.testTask.exec(tsx('scripts/check-dist.ts')); // dist/ is golden
project.testTask.exec(tsx('scripts/docs.ts --check')); // so are the generated pages
project.addScripts({
  synth: tsx('scripts/synth.ts'),
  e2e: tsx('e2e/run.ts'),
  docs: tsx('scripts/docs.ts'),
  alerts: tsx('scripts/alerts.ts'),
  mutation: tsx('scripts/mutation.ts'),
  site: tsx('scripts/site.ts'),
  pictures: tsx('scripts/pictures.ts'),
  'record-demo': tsx('scripts/record-demo.ts'),
  'bench:injection': tsx('bench/injection.ts'),
  'bench:lint': tsx('bench/lint.ts'),
  'bench:synth': tsx('bench/synth.ts'),
});
// What is published, and nothing else that lies in the folder. npm adds README.md, LICENSE and
// package.json.
addIntegrations(project);
addRepositoryFiles(project);
project.package.addField('files', [
  'assets/*.yaml',
  'bin/cdk8s-shared-memory',
  'lib/**/*.js',
  'lib/**/*.d.ts',
  '.jsii',
  'API.md',
  'CHANGELOG.md',
  'NOTICE',
  'sbom.cdx.json',
  // what links and messages point to; test/package.test.ts follows each link of a page
  'CONTRIBUTING.md',
  'docs/*.md',
  'docs/agent-protocol/*.[ch]',
  'docs/agent-protocol/*.py',
  'docs/*.png',
  'docs/*.schema.json',
  'docs/*.svg',
  'docs/diff/*.yaml',
  'docs/verified/*.md',
  'dist/**/*.md',
  'dist/**/*.yaml',
  'e2e/README.md',
  'e2e/images/recipes/*.sh',
  'e2e/probe/main.c',
  'e2e/restart-node.sh',
  'test/languages/java/src/main/java/com/example/shop/Everything.java',
  'test/languages/python/everything.py',
  'test/languages/typescript/everything.ts',
  ...['contract.json', 'md', 'py', 'sql', 'ts', 'yaml'].map(end => `examples/**/*.${end}`),
  ...INTEGRATIONS,
]);
// The command needs none of them, so that who only checks YAML does not install them.
project.package.addField(
  'peerDependenciesMeta',
  Object.fromEntries(
    ['cdk8s', 'cdk8s-plus-27', 'constructs'].map(name => [name, { optional: true }]),
  ),
);
// Maps from lib/*.js to files that are not in the package help nobody, and were half of its size.
for (const option of ['inlineSourceMap', 'inlineSources']) {
  project.tryFindObjectFile('tsconfig.json')?.addDeletionOverride(`compilerOptions.${option}`);
}
// its newest release names bindings that a lockfile cannot resolve everywhere
project.package.addField('overrides', { 'unrs-resolver': '1.12.2' });
addLanguages(project);
for (const name of ['compile', 'docgen', ...PACKAGE_TASKS]) {
  project.tasks.tryFind(name)?.env('JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION', '20');
}
project.packageTask.reset(); // outside CI it would run every language's tool chain
project.packageTask.spawn(project.tasks.tryFind('package:js')!);

new TextFile(project, '.ci/run', {
  executable: true,
  lines: [
    '#!/usr/bin/env bash',
    `# ${project.name}: what must pass on a clean checkout of a new machine with Node.js 20 or newer`,
    'set -euo pipefail',
    'cd "$(dirname "$0")/.."',
    '# what the tests compile and run beside Node.js: the programs of docs/agent-protocol.md, and',
    '# what makes the package for Python',
    `if ! command -v gcc >/dev/null || ! ${PYTHON} >/dev/null 2>&1; then`,
    '  apt-get update -qq && apt-get install -y -qq gcc libc6-dev python3 python3-venv',
    'fi',
    'npm ci',
    'npm test',
  ],
});

project.synth();
