import { FieldToLocate, type LocatedLines } from './field-to-locate';
import { YamlWriter } from './yaml-writer';
import type { Place } from '../kube/manifest';
import type { Reasons } from '../wire/reasons';

/** A YAML document with comments. */
export interface Commented {
  readonly text: string;
  /**
   * Positions of the requested fields. If a field is absent, this is the position of the innermost
   * existing parent. Lines and columns of the document start at 1.
   */
  readonly places: ReadonlyMap<string, Place>;
}

/**
 * The fields to locate in a document: those with reasons, and those whose position is requested.
 * Most documents of an app have the same fields, so they share an instance.
 */
class CommentedFields {
  public readonly document = new FieldToLocate();
  /**
   * Fields with reasons, outer fields first: the line of a list item is also the line of its first
   * field.
   */
  public readonly explained: readonly (readonly [pointer: string, field: FieldToLocate])[];
  public readonly asked: readonly (readonly [pointer: string, field: FieldToLocate])[];

  public constructor(reasons: Reasons, asked: ReadonlySet<string>) {
    const fields = (pointers: Iterable<string>) =>
      [...pointers].map(pointer => [pointer, this.document.want(pointer)] as const);
    this.explained = fields(reasons.keys()).sort(([, a], [, b]) => a.depth - b.depth);
    this.asked = fields(asked);
  }
}

/** A cache of {@link CommentedFields}, as a tree that is indexed by the pointers of the fields. */
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
 * Writes YAML documents with the reasons for their fields as comments above the fields. Without the
 * comment lines, the output is identical to that of cdk8s, byte by byte.
 */
export class CommentedWriter {
  private readonly yaml = new YamlWriter();
  private readonly plans = new CommentedFieldsCache();
  private readonly comments = new Map<string, string>();

  public constructor(private readonly isHelm: boolean) {}

  /**
   * Writes a document.
   *
   * @param document the object to write
   * @param reasons the reasons for its fields
   * @param asked JSON pointers of the fields whose positions are requested
   */
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

  /** Returns the comments above each line. */
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

  /**
   * Returns the comment for a reason. The results are cached, because most documents of an app have
   * the same reasons.
   */
  private commentOf(reason: string): string {
    let comment = this.comments.get(reason);
    if (comment === undefined) {
      this.comments.set(reason, (comment = commentText(reason, this.isHelm)));
    }
    return comment;
  }
}

/**
 * Returns the comments and the indentation of the line below them. All comments have this
 * indentation. A block scalar above is indented further, so the comments never become part of it.
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

/** Returns the field or, if it is absent, its innermost existing parent. */
function presentOf(field: FieldToLocate, lines: LocatedLines): FieldToLocate {
  let there = field;
  while (there.around && !lines.has(there)) {
    there = there.around;
  }
  return there;
}

/**
 * Returns the position of a field or, if it is absent, of its innermost existing parent. The column
 * is after the dashes of the list items that start on the same line.
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
 * Returns a reason as the text of a comment. Removes everything that is a line break in any version
 * of YAML, which would end the comment, and other control characters and unpaired surrogates.
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
