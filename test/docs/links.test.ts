import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { anchorsOf, isOfTheWeb, linksOf, textOf } from '../../scripts/site/markdown';
import { siteFiles } from '../../scripts/site/pages';
import { sidebar } from '../../scripts/site/sidebar';

const ROOT = join(__dirname, '..', '..');
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');
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

test.each(PAGES)('%s links to what is there', page => {
  const dead = linksOf(read(page)).filter(link => {
    if (isOfTheWeb(link)) {
      return false;
    }
    const [file, anchor] = link.split('#');
    const to = file === '' ? page : normalize(join(dirname(page), file));
    if (!existsSync(join(ROOT, to))) {
      return true;
    }
    return anchor !== undefined && to.endsWith('.md') && !anchorsOf(read(to)).includes(anchor);
  });
  expect(dead).toEqual([]);
});

test.each(readdirSync(join(ROOT, 'docs')).filter(file => file.endsWith('.md')))(
  'docs/%s is reached from another page',
  file => {
    const others = PAGES.filter(page => page !== `docs/${file}`);
    expect(others.some(page => textOf(read(page)).includes(file))).toBe(true);
  },
);

test('the site has all pages, and each of their links leads to a page or a file of it', () => {
  const { titles } = sidebar();
  const { texts, files } = siteFiles(titles);
  expect(texts.get('guide.md')).toContain('[Concepts](/concepts.md#the-contract)');
  expect(texts.get('examples/pytorch.md')).toContain('[dist/pytorch](/files/rendered/pytorch/)');
  expect(texts.get('files/rendered/pytorch/index.md')).toContain(
    '[pytorch.k8s.yaml](/files/dist/pytorch/pytorch.k8s.yaml.txt)',
  );
  expect([...files]).toEqual(
    expect.arrayContaining(['docs/architecture.svg', 'dist/pytorch/pytorch.k8s.yaml']),
  );
});
