import type { cdk8s, Task } from 'projen';

/** Succeeds if Python is there with what makes an environment of its own. */
export const PYTHON = 'python3 -c "import ensurepip, venv"';

/** Where the packages for Java get their dependencies: not in git, and empty after `npm ci`. */
const MAVEN = 'node_modules/.cache/maven';

/** The tasks that run jsii-pacmak. */
export const PACKAGE_TASKS = ['package:js', 'package:python', 'package:java', 'package-all'];

/** The examples of doc comments in all languages. */
const TABLET = 'node_modules/.cache/examples.tabl.json';

const tsx = (script: string) => `tsx --tsconfig examples/tsconfig.json ${script}`;
const translate = tsx(`scripts/tablet.ts ${TABLET}`);
const pacmak = (target: string) => `jsii-pacmak -v --target ${target} --rosetta-tablet ${TABLET}`;

interface Packaging {
  /** Succeeds if the machine has the tools. */
  readonly tools: string;
  /** What to install otherwise. */
  readonly needs: string;
  readonly steps: readonly string[];
}

const PACKAGES: Readonly<Record<string, Packaging>> = {
  python: {
    tools: PYTHON,
    needs: 'Python 3.10 or newer with pip and venv (Debian: python3-venv)',
    steps: [pacmak('python')],
  },
  java: {
    tools: 'javac -version && mvn -version',
    needs: 'a JDK and Maven (Debian: default-jdk-headless and maven)',
    steps: [
      tsx(`scripts/maven.ts ${MAVEN}`),
      `${pacmak('java')} --maven-local-repository ${MAVEN}`,
    ],
  },
};

/**
 * The tasks `package:python`, `package:java` and `package-all`, each of which works in a clean
 * clone after `npm ci`, and says at once if a tool is missing.
 */
export function addLanguages(project: cdk8s.ConstructLibraryCdk8s): void {
  const task = (name: string) => project.tasks.tryFind(name)!;
  const check = (of: Task, { tools, needs }: Packaging) => {
    const script = `(${tools}) >/dev/null 2>&1 || { echo 'This needs ${needs}.' >&2; exit 1; }`;
    of.addSteps({ execArgs: ['sh', '-c', script] });
  };
  project.addScripts({
    'languages:java': 'tsx --tsconfig test/tsconfig.json test/languages/java.ts',
  });
  const all = task('package-all');
  all.reset();
  Object.values(PACKAGES).forEach(each => check(all, each));
  all.spawn(task('compile'));
  all.exec(translate);
  all.spawn(task('package:js'));
  for (const [language, packaging] of Object.entries(PACKAGES)) {
    const alone = task(`package:${language}`);
    alone.reset();
    check(alone, packaging);
    alone.spawn(task('compile'));
    alone.exec(translate);
    for (const step of packaging.steps) {
      alone.exec(step);
      all.exec(step);
    }
  }
}
