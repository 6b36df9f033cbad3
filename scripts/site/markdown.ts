/** What links and headings of a page are, as GitHub reads them. */

const FENCE = /^(```|~~~).*\n[^]*?^\1$/gm;
const CODE = /(`+)[^`][^]*?\1(?!`)/g;

/** The text of a page without what is shown as code, in which nothing is a link or a heading. */
export function textOf(markdown: string): string {
  return markdown.replace(FENCE, '').replace(CODE, code => code.replace(/[[\]()]/g, ''));
}

/** The anchor that GitHub makes of a heading. */
export function anchorOf(heading: string): string {
  return heading
    .replace(/<[^>]*>/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
}

/** All anchors of a page: those of its headings, and those that it names itself. */
export function anchorsOf(markdown: string): string[] {
  const text = textOf(markdown);
  const headings = [...text.matchAll(/^#{1,6} (.*)$/gm)].map(([, heading]) => anchorOf(heading));
  const counted = headings.map((anchor, i) => {
    const before = headings.slice(0, i).filter(each => each === anchor).length;
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
  const named = [...markdown.matchAll(/<a name="[^"]*" id="([^"]*)"/g)].map(([, id]) => id);
  return [...counted, ...named];
}

/** The first heading of a page. */
export function titleOf(markdown: string): string {
  const [, title = ''] = /^# (.*)$/m.exec(textOf(markdown)) ?? [];
  return title.replace(/<[^>]*>/g, '').trim();
}

/** The links and pictures of a page. */
export function linksOf(markdown: string): string[] {
  return [...textOf(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
}

export const isOfTheWeb = (link: string) => /^[a-z]+:/.test(link);

/** What a link becomes: its target, and its text if that changes. */
export interface NewLink {
  readonly to: string;
  readonly text?: string;
}

/** The page with each of its links replaced; what is code stays. */
export function withLinks(
  markdown: string,
  replace: (link: string, text: string) => NewLink,
): string {
  return withText(markdown, text =>
    text.replace(
      /(\[(?:[^[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g,
      (_, before: string, link: string) => {
        const { to, text: after } = replace(link, before.slice(1));
        return `${after === undefined ? before : `[${after}`}](${to})`;
      },
    ),
  );
}

/** The page with all that is not code replaced. */
export function withText(markdown: string, replace: (text: string) => string): string {
  const kept: string[] = [];
  const keep = (code: string) => `\u0000${kept.push(code) - 1}\u0000`;
  const back = (text: string): string =>
    text.replace(/\u0000(\d+)\u0000/g, (_, i) => back(kept[Number(i)]));
  return back(replace(markdown.replace(FENCE, keep).replace(CODE, keep)));
}
