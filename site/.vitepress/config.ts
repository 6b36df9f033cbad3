import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { anchorOf } from '../../scripts/site/markdown';

// scripts/site.ts writes both before it starts VitePress
const sidebar = JSON.parse(
  readFileSync(fileURLToPath(new URL('sidebar.json', import.meta.url)), 'utf8'),
);

export default defineConfig({
  title: 'cdk8s-shared-memory',
  description: 'Shared memory between pods on one Kubernetes node: correct, safe and reviewable.',
  lang: 'en',
  head: [['link', { rel: 'icon', href: 'data:,' }]], // none
  srcDir: 'pages',
  cleanUrls: false, // any web server can serve the files as they are
  metaChunk: true,
  markdown: {
    attrs: { disable: true }, // what stands in { } on a page is text
    anchor: { slugify: anchorOf },
    toc: { slugify: anchorOf },
    config(md) {
      const inline = md.renderer.rules.code_inline!;
      md.renderer.rules.code_inline = (tokens, i, ...more) => {
        tokens[i].attrSet('v-pre', ''); // {{ }} in code is no expression
        return inline(tokens, i, ...more);
      };
      const fence = md.renderer.rules.fence!;
      md.renderer.rules.fence = (tokens, i, ...more) =>
        tokens[i].info.trim() === 'mermaid'
          ? `<Mermaid code="${encodeURIComponent(tokens[i].content)}" />`
          : fence(tokens, i, ...more);
    },
  },
  themeConfig: {
    search: { provider: 'local', options: { detailedView: true } },
    sidebar,
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/guide.md' },
      { text: 'Troubleshooting', link: '/troubleshooting.md' },
      { text: 'Rules', link: '/rules.md' },
      { text: 'API', link: '/api.md' },
    ],
  },
});
