// Makes docs/review.png: REVIEW.md of an example as a browser shows it, the diagram drawn. Not part of `npm test`, as it needs Chromium and, in a folder of
// its own, `npm install markdown-it mermaid github-markdown-css puppeteer-core`:
//   NODE_PATH=<that folder>/node_modules CHROMIUM=$(which chromium) node scripts/picture.mjs dist/node-agents/REVIEW.md docs/review.png
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [page, picture, height = 1150] = process.argv.slice(2);
const require = createRequire(join(process.env.NODE_PATH, 'x.js'));
const markdown = require('markdown-it')({ html: false });
const text = readFileSync(page, 'utf8');
const fence = markdown.renderer.rules.fence;
markdown.renderer.rules.fence = (tokens, i, ...more) => tokens[i].info === 'mermaid'
  ? `<pre class="mermaid">${markdown.utils.escapeHtml(tokens[i].content)}</pre>` : fence(tokens, i, ...more);
const css = readFileSync(require.resolve('github-markdown-css/github-markdown-light.css'), 'utf8');
const mermaid = join(process.env.NODE_PATH, 'mermaid', 'dist', 'mermaid.min.js');

const browser = await require('puppeteer-core').launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
try {
  const tab = await browser.newPage();
  await tab.setViewport({ width: 1012, height: Number(height), deviceScaleFactor: 1 });
  await tab.setContent(`<style>${css} body { margin: 24px } .mermaid { background: none !important }</style><article class="markdown-body">${markdown.render(text)}</article>`);
  await tab.addScriptTag({ path: mermaid });
  await tab.evaluate(async () => {
    mermaid.initialize({ startOnLoad: false });
    await mermaid.run(); // throws where the diagram is not one
  });
  await tab.screenshot({ path: picture });
} finally {
  await browser.close();
}
