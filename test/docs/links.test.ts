import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const below = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.md'))
    .map(file => join(folder, file));
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'e2e/README.md',
  ...below('docs'),
  ...below('examples'),
];

/** The text of a page without what is shown as code, in which nothing is a link or a heading. */
const textOf = (page: string) =>
  readFileSync(join(ROOT, page), 'utf8').replace(/^```.*\n[^]*?^```$/gm, '');

/** The anchor that GitHub makes of a heading. */
const anchorOf = (heading: string) =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');

function anchorsOf(page: string): string[] {
  const headings = [...textOf(page).matchAll(/^#{1,6} (.*)$/gm)].map(([, text]) => anchorOf(text));
  return headings.map((anchor, i) => {
    const before = headings.slice(0, i).filter(each => each === anchor).length;
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

test.each(PAGES)('%s links to what is there', page => {
  const links = [
    ...textOf(page)
      .replace(/`[^`\n]*`/g, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ].map(([, link]) => link);
  const dead = links.filter(link => {
    if (/^[a-z]+:/.test(link)) {
      return false; // of the web
    }
    const [file, anchor] = link.split('#');
    const to = file === '' ? page : normalize(join(dirname(page), file));
    if (!existsSync(join(ROOT, to))) {
      return true;
    }
    return anchor !== undefined && to.endsWith('.md') && !anchorsOf(to).includes(anchor);
  });
  expect(dead).toEqual([]);
});

test.each(readdirSync(join(ROOT, 'docs')).filter(file => file.endsWith('.md')))(
  'docs/%s is reached from another page',
  file => {
    const others = PAGES.filter(page => page !== `docs/${file}`);
    expect(others.some(page => textOf(page).includes(`${file}`))).toBe(true);
  },
);
