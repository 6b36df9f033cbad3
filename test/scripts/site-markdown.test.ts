import {
  anchorOf,
  anchorsOf,
  linksOf,
  titleOf,
  withLinks,
  withText,
} from '../../scripts/site/markdown';

const PAGE = [
  '# A *page* of `code`',
  '',
  'A [link](to.md#there), [`code`](x.ts), and `[no](link.md)`.',
  '',
  '```sh',
  '# no heading [no](link.md)',
  '```',
  '',
  '## /dev/shm, SIGBUS & `{{x}}`',
  '## /dev/shm, SIGBUS & `{{x}}`',
  '<a name="x" id="named"></a>',
].join('\n');

test('links are those outside of code', () => {
  expect(linksOf(PAGE)).toEqual(['to.md#there', 'x.ts']);
});

test('anchors are as on GitHub', () => {
  expect(anchorOf("A bigger /dev/shm: what it's for")).toBe('a-bigger-devshm-what-its-for');
  expect(anchorsOf(PAGE)).toEqual([
    'a-page-of-code',
    'devshm-sigbus--x',
    'devshm-sigbus--x-1',
    'named',
  ]);
  expect(titleOf(PAGE)).toBe('A *page* of `code`');
});

test('links get another target, and another text', () => {
  const page = withLinks(PAGE, (link, text) =>
    text === 'link' ? { to: `/${link}`, text: 'Title' } : { to: `/files/${link}` },
  );
  expect(page).toContain('A [Title](/to.md#there), [`code`](/files/x.ts), and `[no](link.md)`.');
  expect(page).toContain('# no heading [no](link.md)');
});

test('code stays', () => {
  expect(withText('a <b> `<c>`\n```\n<d>\n```\n', text => text.replaceAll('<', '&lt;'))).toBe(
    'a &lt;b> `<c>`\n```\n<d>\n```\n',
  );
});
