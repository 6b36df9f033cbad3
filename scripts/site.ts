import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileInSite, ROOT, siteFiles } from './site/pages';
import { sidebar } from './site/sidebar';

/**
 * `npm run site` builds the documentation as a site, in site/.vitepress/dist; `npm run site --
 * --serve` builds it and shows it at http://localhost:4173. It needs `site/node_modules`, which it
 * installs if it is absent.
 */
const SITE = join(ROOT, 'site');
const PAGES = join(SITE, 'pages'); // ignored by git, as is what is built

function main(): void {
  rmSync(PAGES, { recursive: true, force: true });
  const { groups, titles } = sidebar();
  const { texts, files } = siteFiles(titles);
  for (const [page, text] of texts) {
    write(join(PAGES, page), text);
  }
  for (const file of files) {
    const to = join(PAGES, 'public', fileInSite(file));
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(join(ROOT, file), to);
  }
  write(join(SITE, '.vitepress', 'sidebar.json'), JSON.stringify(groups));
  if (!existsSync(join(SITE, 'node_modules'))) {
    run('npm', 'ci', '--no-audit', '--no-fund');
  }
  run(join(ROOT, 'node_modules', '.bin', 'tsc'), '--noEmit', '-p', '.');
  run(join(SITE, 'node_modules', '.bin', 'vitepress'), 'build');
  if (process.argv.includes('--serve')) {
    run(join(SITE, 'node_modules', '.bin', 'vitepress'), 'preview');
  }
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function run(program: string, ...args: string[]): void {
  const { status, error } = spawnSync(program, args, { cwd: SITE, stdio: 'inherit' });
  if (status !== 0) {
    process.stderr.write(
      `${program} ${args.join(' ')}: ${error?.message ?? `ended with ${status}`}\n`,
    );
    process.exit(1);
  }
}

try {
  main();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`); // a link that leads nowhere
  process.exitCode = 1;
}
