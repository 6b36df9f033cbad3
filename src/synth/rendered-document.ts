import type { CommentedWriter } from './commented-writer';
import { isObject } from '../kube/json';
import { manifestsOf, type Manifest, type ManifestDocument, type Place } from '../kube/manifest';
import { reasonsOf, type Reasons } from '../wire/reasons';

const NOTHING: ReadonlySet<string> = new Set();

/**
 * A rendered object that will be written to a file. Positions must be requested before it is
 * written, and are known afterwards.
 */
export class RenderedDocument implements ManifestDocument {
  /** The object, or the items of a List. Empty if the document is not an object. */
  public readonly manifests: readonly Manifest[];
  private acknowledged?: Map<string, string[]>;
  private asked?: Set<string>;
  private places?: ReadonlyMap<string, Place>;
  private above = 0;

  /**
   * Creates a document.
   *
   * @param json the rendered object
   * @param source the file, with its name in reports
   */
  public constructor(
    private readonly json: unknown,
    public readonly source: { readonly name: string },
  ) {
    this.manifests = isObject(json) ? manifestsOf(json, this) : [];
  }

  /** Requests the position of a field. */
  public ask(pointer: string): void {
    (this.asked ??= new Set()).add(pointer);
  }

  public get isAsked(): boolean {
    return this.asked !== undefined;
  }

  /** Adds a comment to a field. */
  public explain(pointer: string, comment: string): void {
    const acknowledged = (this.acknowledged ??= new Map<string, string[]>());
    const known = acknowledged.get(pointer);
    if (known) {
      known.push(comment);
    } else {
      acknowledged.set(pointer, [comment]);
    }
  }

  /** Returns the text of the document. `above` is the number of lines before it in its file. */
  public write(writer: CommentedWriter, above: number): string {
    const { text, places } = writer.write(this.json, this.reasons(), this.asked ?? NOTHING);
    this.places = places;
    this.above = above;
    return text;
  }

  /** Returns the position of a field that was requested before the document was written. */
  public place(pointer: string): Place {
    const place = this.places?.get(pointer);
    if (!place) {
      throw new Error(`nobody asked for ${pointer} before it was written`);
    }
    return { line: place.line + this.above, column: place.column };
  }

  private reasons(): Reasons {
    const given = reasonsOf(this.json);
    if (!this.acknowledged) {
      return given;
    }
    const reasons = new Map(given);
    for (const [pointer, comments] of this.acknowledged) {
      reasons.set(pointer, [...(reasons.get(pointer) ?? []), ...comments]);
    }
    return reasons;
  }
}
