import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { anchorsOf, isOfTheWeb, titleOf, withLinks } from './markdown';

/**
 * Which pages of the project the site has, where they are in it, and where their links lead. No
 * text is copied by hand: the site is made of the files that GitHub shows, too.
 */

export const ROOT = join(__dirname, '..', '..');

const below = (folder: string, wanted: RegExp) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => wanted.test(file) && !file.includes('node_modules'))
    .map(file => join(folder, file))
    .sort();

/** The path of a page in the site, by the path of its file in the project. */
export function pages(): Map<string, string> {
  const files = [
    'README.md',
    'CONTRIBUTING.md',
    'API.md',
    'e2e/README.md',
    ...below('docs', /\.md$/),
    ...below('examples', /README\.md$/),
    ...below('dist', /(REVIEW|RUNBOOK)\.md$/),
  ];
  return new Map(files.map(file => [file, siteOf(file)]));
}

function siteOf(file: string): string {
  if (file === 'README.md') {
    return 'index.md';
  }
  return file
    .replace(/^(CONTRIBUTING|API)\.md$/, name => name.toLowerCase())
    .replace(/\/README\.md$/, '.md')
    .replace(/^docs\//, '')
    .replace(/^dist\//, 'rendered/'); // VitePress takes no page below a folder `dist`
}

export interface Link {
  /** Where the link leads in the site. */
  readonly to: string;
  /** The file of the page to which it leads. */
  readonly page?: string;
  /** A file of the project that the site must have: a picture, or a file that is shown as text. */
  readonly file?: string;
  /** A folder of the project that the site must list. */
  readonly folder?: string;
}

/** Where a link of a page leads. Throws if it leads nowhere. */
export function linkOf(page: string, link: string, all: ReadonlyMap<string, string>): Link {
  if (isOfTheWeb(link)) {
    return { to: link };
  }
  const [path, anchor] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), path)).replace(/\/$/, '');
  const site = all.get(target);
  if (site !== undefined) {
    return { to: toPage(page, link, target, site, anchor), page: target };
  }
  if (!existsSync(join(ROOT, target)) || target.startsWith('..')) {
    throw new Error(`${page}: ${link} leads nowhere`);
  }
  if (statSync(join(ROOT, target)).isDirectory()) {
    return { to: `/${listing(target).replace(/index\.md$/, '')}`, folder: target };
  }
  return { to: `/${fileInSite(target)}`, file: target };
}

function toPage(page: string, link: string, target: string, site: string, anchor?: string) {
  if (anchor === undefined) {
    return `/${site === 'index.md' ? '' : site}`;
  }
  if (!anchorsOf(readFileSync(join(ROOT, target), 'utf8')).includes(anchor)) {
    throw new Error(`${page}: ${link} leads to a page without that heading`);
  }
  return page === target ? `#${anchor}` : `/${site}#${anchor}`;
}

/** The page that lists a folder. */
export const listing = (folder: string) =>
  join('files', folder.replace(/^dist(?=\/|$)/, 'rendered'), 'index.md');

/** Where a file is in the site that is no page. Browsers show text, and not each kind of source. */
export function fileInSite(file: string): string {
  return /\.(svg|png)$/.test(file) ? file : join('files', `${file}.txt`);
}

/** A page that lists the files of a folder. */
export function listingOf(folder: string, all: ReadonlyMap<string, string>): string {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .sort((a, b) => a.name.localeCompare(b.name));
  const lines = entries.map(({ name }) => {
    const { to } = linkOf(join(folder, 'x'), name, all);
    return `- [${name}](${to})`;
  });
  return ['---', 'search: false', '---', '', `# ${folder}`, '', ...lines, ''].join('\n');
}

export interface SiteFiles {
  /** The text of each page, by its path in the site. */
  readonly texts: ReadonlyMap<string, string>;
  /** Files of the project that the site must have beside the pages. */
  readonly files: ReadonlySet<string>;
}

/** Pages that record what was seen or rendered, word for word: a search would find little else. */
const RECORDS = /^(verified|rendered)\//;

/**
 * All that the site is made of. Throws if a link leads nowhere.
 *
 * @param titles the titles of pages, by their files: on the site, a link does not read `guide.md`
 */
export function siteFiles(titles: ReadonlyMap<string, string>): SiteFiles {
  const all = pages();
  const texts = new Map<string, string>();
  const files = new Set<string>();
  const folders: string[] = [];
  for (const [page, site] of all) {
    const text = withLinks(readFileSync(join(ROOT, page), 'utf8'), (link, shown) => {
      const { to, file, folder, page: target } = linkOf(page, link, all);
      if (file !== undefined) {
        files.add(file);
      }
      if (folder !== undefined) {
        folders.push(folder);
      }
      return /^[\w./-]+\.md$/.test(shown) && target !== undefined
        ? { to, text: titles.get(target) }
        : { to };
    });
    texts.set(site, RECORDS.test(site) ? `---\nsearch: false\n---\n\n${text}` : text);
  }
  for (const folder of folders) {
    addListing(folder, all, texts, files);
  }
  return { texts, files };
}

function addListing(
  folder: string,
  all: ReadonlyMap<string, string>,
  texts: Map<string, string>,
  files: Set<string>,
): void {
  if (texts.has(listing(folder))) {
    return;
  }
  texts.set(listing(folder), listingOf(folder, all));
  for (const { name } of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const link = linkOf(join(folder, 'x'), name, all);
    if (link.file !== undefined) {
      files.add(link.file);
    }
    if (link.folder !== undefined) {
      addListing(link.folder, all, texts, files);
    }
  }
}

/** The title of a page in the sidebar. */
export function sidebarTitle(page: string): string {
  const title = titleOf(readFileSync(join(ROOT, page), 'utf8'));
  return title === '' ? basename(page, '.md') : title;
}
