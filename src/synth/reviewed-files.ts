import { CommentedWriter } from './commented-writer';
import type { OutputFile } from './output';
import { RenderedDocument } from './rendered-document';
import type { Manifest } from '../kube/manifest';
import { compare, inOrder } from '../kube/object-order';
import { ManifestSet } from '../read/manifest-set';
import { findingsJson } from '../report/finding-json';
import { sarif } from '../report/findings-sarif';
import { reviewPage } from '../report/review/review-page';
import { runbookPage } from '../report/runbook/runbook-page';
import type { Pack } from '../rules/catalog';
import { findingsInSet, inOrderOf, type RuleFinding } from '../rules/engine';
import { MarkedManifests } from '../sharing/marked-manifests';

/** An output file with its name in reports, which is its path relative to the reports. */
export interface NamedFile extends OutputFile {
  readonly name: string;
}

/**
 * The files of an app together with the findings of the rules. Returns them as text with comments,
 * and as reports.
 */
export class ReviewedFiles {
  private readonly documents: readonly (readonly RenderedDocument[])[];
  private readonly manifests: readonly Manifest[];
  private readonly marked: MarkedManifests;
  private readonly found: readonly RuleFinding[];

  public constructor(files: readonly NamedFile[], pack: Pack) {
    this.documents = files.map(({ name, documents }) =>
      documents.map(({ json }) => new RenderedDocument(json, { name })),
    );
    const byName = files
      .map(({ name }, i) => ({ parts: name.split('/'), documents: this.documents[i] }))
      .sort((a, b) => compare(a.parts, b.parts)); // in this order, `lint` reads them
    this.manifests = byName.flatMap(({ documents }) =>
      documents.flatMap(({ manifests }) => manifests),
    );
    this.marked = new MarkedManifests(new ManifestSet(inOrder(this.manifests)));
    this.found = findingsInSet(this.marked, { pack });
    for (const found of this.found) {
      note(found);
    }
  }

  /** Returns the text of each file. */
  public texts(isHelm: boolean): string[] {
    const writer = new CommentedWriter(isHelm);
    return this.documents.map(documents => {
      const isAsked = documents.some(document => document.isAsked);
      let above = 0;
      return documents
        .map(document => {
          const text = document.write(writer, above);
          if (isAsked) {
            above += linesOf(text) + 1;
          } // the separator `---`
          return text;
        })
        .join('---\n');
    });
  }

  /**
   * Returns the reports by name. Must be called after `texts()`, which determines the positions.
   */
  public reports(): [name: string, text: string][] {
    const runbook = runbookPage(this.marked);
    return [
      ['REVIEW.md', reviewPage(this.marked, this.found)],
      ...(runbook === undefined ? [] : [['RUNBOOK.md', runbook] satisfies [string, string]]),
      ['review.sarif', sarif(findingsJson(inOrderOf(this.manifests, this.found)))],
    ];
  }
}

function linesOf(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    lines++;
  }
  return lines;
}

/**
 * Requests the position of a finding. If it is acknowledged, adds the reason as a comment to the
 * field.
 */
function note({ rule, manifest, path, acknowledged }: RuleFinding): void {
  if (!(manifest?.document instanceof RenderedDocument)) {
    return;
  }
  manifest.document.ask(manifest.base + path);
  if (!acknowledged) {
    return;
  }
  const until = acknowledged.until === undefined ? '' : ` (until ${acknowledged.until})`;
  manifest.document.explain(
    manifest.base + path,
    `${rule.id} acknowledged${until}: ${acknowledged.reason}`,
  );
}
