import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const PROJECT = join(__dirname, '..', '..');

const TSX = join(PROJECT, 'node_modules', '.bin', 'tsx');

/** The YAML that the apps of all languages read. */
export const WORKLOAD = join(__dirname, 'workload.yaml');

/** The apps, by the names of their files. Each language has the same ones. */
export const APPS = ['main', 'everything', 'errors'] as const;

/** Writes the examples of doc comments in all languages, as the packages have them. */
export function translateExamples(file: string): void {
  const script = join(PROJECT, 'scripts', 'tablet.ts');
  run(PROJECT, TSX, '--tsconfig', join('examples', 'tsconfig.json'), script, file);
}

/** The examples in a language: pairs of a class and the code. */
export function examplesIn(file: string, language: string): [of: string, code: string][] {
  interface Tablet {
    readonly snippets: Record<
      string,
      {
        readonly location: { readonly api: { readonly fqn: string } };
        readonly translations: Record<string, { readonly source: string }>;
      }
    >;
  }
  const { snippets } = JSON.parse(readFileSync(file, 'utf8')) as Tablet;
  return Object.values(snippets).map(({ location, translations }) => [
    location.api.fqn,
    translations[language].source,
  ]);
}

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
  return runApps(folder, app => [TSX, '--tsconfig', 'tsconfig.json', `${app}.ts`]);
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
 * the lines of the user's code, which only an app in JavaScript or TypeScript can know. Nor with
 * the folder of the app.
 */
export function withoutLanguage(printed: string): string {
  return printed
    .replace(/^(Input)?Error: (?=SHM|Validation)/gm, '')
    .replace(/ \((contract [^()]+ at [^()]+|[^()\s]+:\d+)\)$/gm, '')
    .replace(/\(tried (\S+)\/([^/,\s]+), working folder \1\)/g, '(tried $2)');
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
