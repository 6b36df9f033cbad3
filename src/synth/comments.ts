import { Wanted, type Lines } from './wanted';
import { YamlWriter } from './yaml-writer';
import type { Place } from '../kube/source';
import type { Reasons } from '../wire/reasons';

/** A document with comments in it. */
export interface Commented {
  readonly text: string;
  /** Where the fields stand that were asked for; where one is absent, what holds it. Lines and columns of the document begin at 1. */
  readonly places: ReadonlyMap<string, Place>;
}

/** What is looked up in documents that have reasons for the same fields, and are asked for the same: most of an app. */
interface Plan {
  readonly document: Wanted;
  /** Outer fields come first: the head of a list item is also the line of its first field. */
  readonly explained: readonly (readonly [pointer: string, field: Wanted])[];
  readonly asked: readonly (readonly [pointer: string, field: Wanted])[];
}

const NOWHERE: Commented['places'] = new Map();

/** Writes documents with the reasons for their fields as comments above them. Without the comment lines, these are the bytes of cdk8s. */
export class CommentedWriter {
  private readonly yaml = new YamlWriter();
  private readonly plans = new Map<string, Plan>();

  public constructor(private readonly isHelm: boolean) {}

  /** @param asked pointers of the fields whose places are wanted */
  public write(document: unknown, reasons: Reasons, asked: ReadonlySet<string>): Commented {
    if (asked.size === 0 && reasons.size === 0) { return { text: this.yaml.write(document).text, places: NOWHERE }; }
    const plan = this.planOf([...reasons.keys()], [...asked]);
    const { text, lines } = this.yaml.write(document, plan.document);
    const starts = startsOf(text);
    const above = this.commentsAbove(plan, reasons, lines);
    let written = '';
    let end = 0;
    for (const [line, comments] of above) {
      written += text.slice(end, end = starts[line]);
      // A line with the indentation of the field below it is never part of a block scalar above it: that is indented further.
      const indent = indentOf(text, end);
      for (const comment of comments) { written += `${indent}# ${comment}\n`; }
    }
    const moved = (line: number) => above.reduce((sum, [at, comments]) => at <= line ? sum + comments.length : sum, line);
    const places = new Map(plan.asked.map(([pointer, field]) => {
      const { line, items } = startOf(field, lines);
      return [pointer, { line: moved(line) + 1, column: 1 + columnOf(text, starts[line], items) }];
    }));
    return { text: written + text.slice(end), places };
  }

  private planOf(explained: readonly string[], asked: readonly string[]): Plan {
    const key = JSON.stringify([explained, asked]);
    const known = this.plans.get(key);
    if (known) { return known; }
    const document = new Wanted();
    const fields = (pointers: readonly string[]) => pointers.map(pointer => [pointer, document.want(pointer)] as const);
    const plan = { document, explained: fields(explained).sort(([, a], [, b]) => a.depth - b.depth), asked: fields(asked) };
    this.plans.set(key, plan);
    return plan;
  }

  /** What stands above each line, in the order of the lines. */
  private commentsAbove({ explained }: Plan, reasons: Reasons, lines: Lines): [line: number, comments: string[]][] {
    const byLine = new Map<number, string[]>();
    for (const [pointer, field] of explained) {
      const line = lineOf(field, lines);
      for (const reason of reasons.get(pointer) ?? []) {
        const comment = commentText(reason, this.isHelm);
        const known = byLine.get(line);
        if (comment === '' || known?.includes(comment)) { continue; }
        if (known) { known.push(comment); } else { byLine.set(line, [comment]); }
      }
    }
    return [...byLine].sort(([a], [b]) => a - b);
  }
}

function startsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) { starts.push(at + 1); }
  return starts;
}

function indentOf(text: string, start: number): string {
  let end = start;
  while (text[end] === ' ') { end++; }
  return text.slice(start, end);
}

/** A field begins behind the dashes of the items that begin on its line. */
function columnOf(text: string, start: number, items: number): number {
  let at = start + indentOf(text, start).length;
  for (let i = 0; i < items && text.startsWith('- ', at); i++) { at += 2 + indentOf(text, at + 2).length; }
  return at - start;
}

/** What is there of a field: itself, or what is around it where it is absent. */
function presentOf(field: Wanted, lines: Lines): Wanted {
  let there = field;
  while (there.around && !lines.has(there)) { there = there.around; }
  return there;
}

function lineOf(field: Wanted, lines: Lines): number {
  return lines.get(presentOf(field, lines)) ?? 0;
}

/** Where a field begins, or what is around it where it is absent: its line, and the number of items, with it or around it, that begin there. */
function startOf(field: Wanted, lines: Lines): { line: number; items: number } {
  const there = presentOf(field, lines);
  const line = lines.get(there) ?? 0;
  let items = 0;
  for (let here: Wanted | undefined = there; here && lines.get(here) === line; here = here.around) { if (here.isItem) { items++; } }
  return { line, items };
}

/** A comment ends at what any version of YAML takes for a line break, and must not contain other control characters or half a surrogate pair. */
function commentText(reason: string, isHelm: boolean): string {
  const text = /^[ -~]*$/.test(reason) ? reason.trim() : reason.split(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+/u).map(part => part.trim()).filter(part => part !== '').join(' ');
  // Helm evaluates templates in comments too
  return isHelm ? text.replace(/\{(?=\{)/g, '{ ').replace(/\}(?=\})/g, '} ') : text;
}
