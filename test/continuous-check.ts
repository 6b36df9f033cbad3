import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const PAGE = readFileSync(join(__dirname, '..', 'docs', 'continuous-check.md'), 'utf8');

/** What a step needs of its platform: the registry, the server of the repository, its API. */
const OFFLINE = (command: string) => !/^(npm ci|git fetch|gh )/.test(command);

/** The commands of docs/continuous-check.md, as the two platforms run them. */
export function documentedCommands(): { github: string[]; gitlab: string[] } {
  const [github, gitlab] = [...PAGE.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(
    ([, text]) => parse(text) as Record<string, never>,
  );
  const { steps } = (github.jobs as { manifests: { steps: { run?: string }[] } }).manifests;
  const { script } = gitlab.manifests as { script: string[] };
  return {
    github: steps.flatMap(({ run }) => run ?? []).filter(OFFLINE),
    gitlab: script.filter(OFFLINE),
  };
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
  write('cdk8s.yaml', 'language: typescript\napp: npx --no-install tsx main.ts\noutput: dist\n');
  return { git, write };
}
