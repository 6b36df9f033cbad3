import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { screenshot } from './pictures/chromium';
import { demoPicture } from './pictures/demo-terminal';

/**
 * `npm run pictures` draws the pictures of the pages: docs/demo.svg, the terminal of the demo, and
 * docs/review.png, REVIEW.md of the example node-agents as a browser shows it. The second needs
 * Chromium ($CHROMIUM, or on the PATH), pngquant, and `site/node_modules`, which it installs if it
 * is absent. docs/architecture.svg is written by hand. Not part of `npm test`: a picture of text
 * depends on the fonts of the machine.
 */
const ROOT = join(__dirname, '..');
const SITE = join(ROOT, 'site');

function main(): void {
  writeFileSync(join(ROOT, 'docs', 'demo.svg'), demoPicture());
  if (!existsSync(join(SITE, 'node_modules'))) {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: SITE, stdio: 'inherit' });
  }
  const review = join(ROOT, 'docs', 'review.png');
  screenshot({
    html: asGitHubShows(join(ROOT, 'dist', 'node-agents', 'REVIEW.md')),
    until: 'aria-roledescription="flowchart', // Mermaid has drawn it
    file: review,
    width: 1012,
    height: 1320,
  });
  // a picture of text needs few colors, and it is in the package
  execFileSync('pngquant', ['--force', '--speed', '1', '--output', review, review]);
}

/** A Markdown page as HTML, in the style of GitHub, with its diagrams. */
function asGitHubShows(page: string): string {
  const require = createRequire(join(SITE, 'package.json'));
  const markdown = require('markdown-it')({ html: false });
  const { fence } = markdown.renderer.rules;
  markdown.renderer.rules.fence = (
    tokens: { info: string; content: string }[],
    i: number,
    ...more: unknown[]
  ) =>
    tokens[i].info === 'mermaid'
      ? `<pre class="mermaid">${markdown.utils.escapeHtml(tokens[i].content)}</pre>`
      : fence(tokens, i, ...more);
  const style = readFileSync(
    require.resolve('github-markdown-css/github-markdown-light.css'),
    'utf8',
  );
  const mermaid = join(SITE, 'node_modules', 'mermaid', 'dist', 'mermaid.min.js');
  return [
    '<!doctype html><meta charset="utf-8">',
    `<style>${style} body { margin: 24px; background: #ffffff } .mermaid { background: none !important }</style>`,
    `<article class="markdown-body">${markdown.render(readFileSync(page, 'utf8'))}</article>`,
    `<script src="file://${mermaid}"></script>`,
    '<script>mermaid.initialize({ startOnLoad: false }); mermaid.run();</script>',
  ].join('\n');
}

main();
