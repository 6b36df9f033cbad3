import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const PAGE = readFileSync(join(__dirname, '..', 'docs', 'continuous-check.md'), 'utf8');

/** What a step needs of its platform: the registry, the server of the repository, its API. */
const OFFLINE = (command: string) => !/^(npm ci|git fetch|gh )/.test(command);

/** The commands of docs/continuous-check.md, as the two platforms run them. */
export function documentedCommands(): Record<
  'github' | 'gitlab' | 'plainGithub' | 'plainGitlab',
  string[]
> {
  const [github, gitlab, plainGithub, plainGitlab] = [
    ...PAGE.matchAll(/^```yaml\n([^]*?)^```$/gm),
  ].map(([, text]) => parse(text) as Record<string, never>);
  const steps = ({ jobs }: Record<string, never>) =>
    (jobs as { manifests: { steps: { run?: string }[] } }).manifests.steps
      .flatMap(({ run }) => run ?? [])
      .filter(OFFLINE);
  const script = ({ manifests }: Record<string, never>) =>
    (manifests as { script: string[] }).script.filter(OFFLINE);
  return {
    github: steps(github),
    gitlab: script(gitlab),
    plainGithub: steps(plainGithub),
    plainGitlab: script(plainGitlab),
  };
}

/** A file of the repository, as the page shows it. */
export function documentedFile(language: string, name: string): string {
  const [, text] =
    new RegExp(`^\`\`\`${language}\\n(?://|#) ${name}\\n([^]*?)^\`\`\`$`, 'm').exec(PAGE) ?? [];
  if (text === undefined) {
    throw new Error(`the page does not show ${name}`);
  }
  return text;
}

/** A repository of an app, with a remote that has its branch main. */
export function repository(
  folder: string,
  mainTs: string,
): { git: (...args: string[]) => string; write: (file: string, text: string) => void } {
  mkdirSync(folder);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  git('init', '-q', '-b', 'main');
  git('init', '-q', '--bare', `${folder}.git`);
  git('remote', 'add', 'origin', `${folder}.git`);
  write('main.ts', mainTs);
  write('tsconfig.json', documentedFile('json', 'tsconfig.json'));
  write('.gitignore', documentedFile('', '.gitignore'));
  write('cdk8s.yaml', 'language: typescript\napp: npx --no-install tsx main.ts\noutput: dist\n');
  return { git, write };
}
