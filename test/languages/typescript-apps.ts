import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const PROJECT = join(__dirname, '..', '..');

/** The YAML that the apps of all languages read. */
export const WORKLOAD = join(__dirname, 'workload.yaml');

/** The apps, by the names of their files. Each language has the same ones. */
export const APPS = ['main', 'everything', 'errors'] as const;

/** What the apps of a language print and write: by name of the app, and by path of the file. */
export interface Written {
  readonly printed: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
}

/** Fills a folder with the files of a language, and the YAML that the apps of all of them read. */
export function copyApps(language: string, folder: string): void {
  const from = join(__dirname, language);
  for (const name of readdirSync(from)) {
    copyFileSync(join(from, name), join(folder, name));
  }
  copyFileSync(WORKLOAD, join(folder, 'workload.yaml'));
}

/** Runs the apps in a folder, each by a command. */
export function runApps(
  folder: string,
  command: (app: (typeof APPS)[number]) => readonly [string, ...string[]],
): Written {
  const printed = APPS.map(app => {
    const [program, ...args] = command(app);
    return [app, run(folder, program, ...args)];
  });
  return { printed: Object.fromEntries(printed), files: filesBelow(folder) };
}

/** Runs the apps of TypeScript with the sources of the library, as `typescript/` has them. */
export function runTypeScript(folder: string): Written {
  copyApps('typescript', folder);
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(PROJECT, 'tsconfig.json'),
      compilerOptions: { paths: { 'cdk8s-shared-memory': [join(PROJECT, 'src', 'index.ts')] } },
    }),
  );
  const tsx = join(PROJECT, 'node_modules', '.bin', 'tsx');
  return runApps(folder, app => [tsx, '--tsconfig', 'tsconfig.json', `${app}.ts`]);
}

const { CDK8S_OUTDIR: _outdir, ...OTHERS } = process.env;

/** The environment of the apps: the caller's, which must not say where they write. */
export const ENV = { ...OTHERS, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20' };

/** Runs a program, and returns what it prints. */
export function run(cwd: string, program: string, ...args: string[]): string {
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: ENV,
  });
  if (error || status !== 0) {
    throw new Error(`${[program, ...args].join(' ')} ended with ${error ?? status}:\n${stderr}`);
  }
  return stdout;
}

/**
 * What an app printed, without what differs between languages: the class in front of a message, and
 * the lines of the user's code, which only an app in JavaScript or TypeScript can know.
 */
export function withoutLanguage(printed: string): string {
  return printed
    .replace(/^(Input)?Error: (?=SHM|Validation)/gm, '')
    .replace(/ \(contract [^()]+ at [^()]+\)$/gm, '');
}

/** The folders that the apps write, and the contract. */
function filesBelow(folder: string): Record<string, string> {
  const text = (path: string) => readFileSync(join(folder, path), 'utf8');
  const written = ['dist', 'everything'].flatMap(dir =>
    readdirSync(join(folder, dir))
      .sort()
      .map(name => join(dir, name)),
  );
  return Object.fromEntries([...written, 'routes.contract.json'].map(path => [path, text(path)]));
}
