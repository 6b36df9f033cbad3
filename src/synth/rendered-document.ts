import type { CommentedWriter } from './commented-writer';
import { isObject } from '../kube/json';
import { manifestsOf, type Manifest, type ManifestDocument, type Place } from '../kube/manifest';
import { reasonsOf, type Reasons } from '../wire/reasons';

const NOTHING: ReadonlySet<string> = new Set();

/**
 * A rendered object on its way to a file: what is found in it must be said before it is written,
 * and stands somewhere after that.
 */
export class RenderedDocument implements ManifestDocument {
  /** The object, or the items of a List; nothing for what is no object. */
  public readonly manifests: readonly Manifest[];
  private acknowledged?: Map<string, string[]>;
  private asked?: Set<string>;
  private places?: ReadonlyMap<string, Place>;
  private above = 0;

  /**
   * @param json what was rendered
   * @param source the file, as reports call it
   */
  public constructor(
    private readonly json: unknown,
    public readonly source: { readonly name: string },
  ) {
    this.manifests = isObject(json) ? manifestsOf(json, this) : [];
  }

  /** Says that the place of a field will be asked for. */
  public ask(pointer: string): void {
    (this.asked ??= new Set()).add(pointer);
  }

  public get isAsked(): boolean {
    return this.asked !== undefined;
  }

  /** A comment at a field. */
  public explain(pointer: string, comment: string): void {
    const acknowledged = (this.acknowledged ??= new Map<string, string[]>());
    const known = acknowledged.get(pointer);
    if (known) {
      known.push(comment);
    } else {
      acknowledged.set(pointer, [comment]);
    }
  }

  /** The text of the document; `above` is the number of lines before it in its file. */
  public write(writer: CommentedWriter, above: number): string {
    const { text, places } = writer.write(this.json, this.reasons(), this.asked ?? NOTHING);
    this.places = places;
    this.above = above;
    return text;
  }

  /** Where a field stands that was asked for before the document was written. */
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
