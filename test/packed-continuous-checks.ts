import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentedCommands, repository } from './continuous-check';
import { MINUTES, PROJECT, scratch, TYPESCRIPT } from './packed-app';

/** The commands of docs/continuous-check.md, in repositories that have the package. */
export function packedContinuousChecks(): void {
  describe('continuous checks, as docs/continuous-check.md has them', () => {
    const BEFORE = TYPESCRIPT.replace(
      'import { App, Chart',
      "import { ReviewApp } from 'cdk8s-shared-memory';\nimport { Chart",
    ).replace('new App()', 'new ReviewApp()');
    const AFTER = BEFORE.replace('api:3.1.0', 'api:3.2.0');
    const { github, gitlab, plainGithub, plainGitlab } = documentedCommands();
    const shellIn = (folder: string) => {
      const { CDK8S_OUTDIR: _outdir, ...env } = process.env;
      return (command: string) =>
        spawnSync('bash', ['-e', '-c', command], {
          cwd: folder,
          encoding: 'utf8',
          env: {
            ...env,
            GITHUB_BASE_REF: 'main',
            CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main',
            npm_config_offline: 'true',
          },
        });
    };

    test.each([
      ['GitHub', 'github-repo', github],
      ['GitLab', 'gitlab-repo', gitlab],
    ])(
      '%s',
      (_, name, commands) => {
        const folder = join(scratch, name);
        const { git, write } = repository(folder, BEFORE);
        const sh = shellIn(folder);
        const all = () => commands.map(command => sh(command).status);
        expect(sh('npx cdk8s synth --no-check-upgrade').status).toBe(0);
        git('add', '.');
        git('commit', '-q', '-m', 'before');
        git('push', '-q', 'origin', 'main');
        git('fetch', '-q', 'origin');
        expect(all()).toEqual(commands.map(() => 0));

        write('main.ts', AFTER);
        // dist/ is not what the code renders
        expect(all().filter(status => status !== 0)).toEqual([1]);
        git('add', '.');
        git('commit', '-q', '-m', 'after');
        expect(all()).toEqual(commands.map(() => 0));
        expect(readFileSync(join(folder, 'change.md'), 'utf8')).toMatch(/1 workload restarts/);

        write('main.ts', `${AFTER}const wrong: number = 'text';\nvoid wrong;\n`);
        expect(all().filter(status => status !== 0)).toEqual([2]); // of tsc alone: tsx runs it
        write(
          'main.ts',
          AFTER.replace('routes.attachTo(api);', '').replace(
            'const api =',
            "const chart2 = new Chart(app, 'new'); void chart2;\nconst api =",
          ),
        );
        expect(all().filter(status => status !== 0)).toEqual([1]); // so is a file that is new
      },
      3 * MINUTES,
    );

    test.each([
      ['GitHub', 'github-plain', plainGithub],
      ['GitLab', 'gitlab-plain', plainGitlab],
    ])(
      'plain YAML on %s',
      (_, name, commands) => {
        const folder = join(scratch, name);
        const { git, write } = repository(folder, BEFORE);
        const sh = shellIn(folder);
        const all = () => commands.map(command => sh(command).status);
        const yaml = readFileSync(join(PROJECT, 'dist', 'two-repos', 'shop.k8s.yaml'), 'utf8');
        mkdirSync(join(folder, 'k8s'));
        write('k8s/shop.yaml', yaml);
        expect(sh('npx cdk8s-shared-memory review k8s > k8s/REVIEW.md').status).toBe(0);
        git('add', '.');
        git('commit', '-q', '-m', 'before');
        git('push', '-q', 'origin', 'main');
        git('fetch', '-q', 'origin');
        expect(all()).toEqual(commands.map(() => 0));

        write('k8s/shop.yaml', yaml.replaceAll('shop-web', 'shop-site'));
        expect(all().filter(status => status !== 0)).toEqual([1]); // REVIEW.md names the workload
        git('add', '.');
        git('commit', '-q', '-m', 'after');
        expect(all()).toEqual(commands.map(() => 0));
        expect(readFileSync(join(folder, 'change.md'), 'utf8')).toMatch(/shop-site/);
      },
      3 * MINUTES,
    );
  });
}
