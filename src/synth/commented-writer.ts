import { FieldToLocate, type LocatedLines } from './field-to-locate';
import { YamlWriter } from './yaml-writer';
import type { Place } from '../kube/manifest';
import type { Reasons } from '../wire/reasons';

/** A document with comments in it. */
export interface Commented {
  readonly text: string;
  /**
   * Where the fields stand that were asked for; where one is absent, what holds it. Lines and
   * columns of the document begin at 1.
   */
  readonly places: ReadonlyMap<string, Place>;
}

/**
 * What is looked up in documents that have reasons for the same fields, and are asked for the same:
 * most of an app.
 */
class CommentedFields {
  public readonly document = new FieldToLocate();
  /** Outer fields come first: the head of a list item is also the line of its first field. */
  public readonly explained: readonly (readonly [pointer: string, field: FieldToLocate])[];
  public readonly asked: readonly (readonly [pointer: string, field: FieldToLocate])[];

  public constructor(reasons: Reasons, asked: ReadonlySet<string>) {
    const fields = (pointers: Iterable<string>) =>
      [...pointers].map(pointer => [pointer, this.document.want(pointer)] as const);
    this.explained = fields(reasons.keys()).sort(([, a], [, b]) => a.depth - b.depth);
    this.asked = fields(asked);
  }
}

/** Plans by the pointers that they are for. */
class CommentedFieldsCache {
  private plan?: CommentedFields;
  private readonly explained = new Map<string, CommentedFieldsCache>();
  private readonly asked = new Map<string, CommentedFieldsCache>();

  public of(reasons: Reasons, asked: ReadonlySet<string>): CommentedFields {
    let here: CommentedFieldsCache = this;
    for (const pointer of reasons.keys()) {
      here = below(here.explained, pointer);
    }
    for (const pointer of asked) {
      here = below(here.asked, pointer);
    }
    return (here.plan ??= new CommentedFields(reasons, asked));
  }
}

function below(plans: Map<string, CommentedFieldsCache>, pointer: string): CommentedFieldsCache {
  let next = plans.get(pointer);
  if (!next) {
    plans.set(pointer, (next = new CommentedFieldsCache()));
  }
  return next;
}

const NOWHERE: Commented['places'] = new Map();

/**
 * Writes documents with the reasons for their fields as comments above them. Without the comment
 * lines, these are the bytes of cdk8s.
 */
export class CommentedWriter {
  private readonly yaml = new YamlWriter();
  private readonly plans = new CommentedFieldsCache();
  private readonly comments = new Map<string, string>();

  public constructor(private readonly isHelm: boolean) {}

  /** @param asked pointers of the fields whose places are wanted */
  public write(document: unknown, reasons: Reasons, asked: ReadonlySet<string>): Commented {
    if (asked.size === 0 && reasons.size === 0) {
      return { text: this.yaml.write(document).parts.join(''), places: NOWHERE };
    }
    const plan = this.plans.of(reasons, asked);
    const { parts, lines } = this.yaml.write(document, plan.document);
    this.commentsAbove(plan, reasons, lines).forEach((comments, line) => {
      parts[line] = above(parts[line], comments);
    });
    const text = parts.join('');
    return { text, places: placesOf(plan.asked, lines, parts, text) };
  }

  /** What stands above each line. */
  private commentsAbove(
    { explained }: CommentedFields,
    reasons: Reasons,
    lines: LocatedLines,
  ): Map<number, string[]> {
    const byLine = new Map<number, string[]>();
    for (const [pointer, field] of explained) {
      const line = lines.get(presentOf(field, lines)) ?? 0;
      let comments = byLine.get(line);
      if (!comments) {
        byLine.set(line, (comments = []));
      }
      this.addComments(comments, reasons.get(pointer) ?? []);
    }
    return byLine;
  }

  private addComments(comments: string[], reasons: readonly string[]): void {
    for (const reason of reasons) {
      const comment = this.commentOf(reason);
      if (comment !== '' && !comments.includes(comment)) {
        comments.push(comment);
      }
    }
  }

  /** Documents of one app have most of their reasons in common. */
  private commentOf(reason: string): string {
    let comment = this.comments.get(reason);
    if (comment === undefined) {
      this.comments.set(reason, (comment = commentText(reason, this.isHelm)));
    }
    return comment;
  }
}

/**
 * Comments, and the indentation of the line below them: with that they are never part of a block
 * scalar above, which is indented further.
 */
function above(indent: string, comments: readonly string[]): string {
  let text = '';
  for (const comment of comments) {
    text += `${indent}# ${comment}\n`;
  }
  return text + indent;
}

function placesOf(
  asked: CommentedFields['asked'],
  lines: LocatedLines,
  parts: readonly string[],
  text: string,
): Commented['places'] {
  return new Map(asked.map(([pointer, field]) => [pointer, placeOf(field, lines, parts, text)]));
}

/** What is there of a field: itself, or what is around it where it is absent. */
function presentOf(field: FieldToLocate, lines: LocatedLines): FieldToLocate {
  let there = field;
  while (there.around && !lines.has(there)) {
    there = there.around;
  }
  return there;
}

/**
 * Where a field begins, or what is around it where it is absent: on its line, behind the dashes of
 * the items, with it or around it, that begin there.
 */
function placeOf(
  field: FieldToLocate,
  lines: LocatedLines,
  parts: readonly string[],
  text: string,
): Place {
  const there = presentOf(field, lines);
  const line = lines.get(there) ?? 0;
  const before = parts.slice(0, line + 1).join('');
  let at = before.length;
  for (
    let here: FieldToLocate | undefined = there;
    here && lines.get(here) === line;
    here = here.around
  ) {
    if (!here.isItem || !text.startsWith('- ', at)) {
      continue;
    }
    at += 2;
    while (text[at] === ' ') {
      at++;
    }
  }
  const start = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: 1 + at - start };
}

/**
 * A comment ends at what any version of YAML takes for a line break, and must not contain other
 * control characters or half a surrogate pair.
 */
function commentText(reason: string, isHelm: boolean): string {
  const text = /^[ -~]*$/.test(reason)
    ? reason.trim()
    : reason
        .split(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+/u)
        .map(part => part.trim())
        .filter(part => part !== '')
        .join(' ');
  // Helm evaluates templates in comments too
  return isHelm ? text.replace(/\{(?=\{)/g, '{ ').replace(/\}(?=\})/g, '} ') : text;
}
