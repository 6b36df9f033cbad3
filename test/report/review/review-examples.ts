import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../../../src/kube/json';
import { manifestsOf } from '../../../src/kube/manifest';
import { inOrder } from '../../../src/kube/object-order';
import { ManifestSet } from '../../../src/read/manifest-set';
import { isKubernetes, readDocuments, Source } from '../../../src/read/source';
import { reviewPage } from '../../../src/report/review/review-page';
import { findingsInSet } from '../../../src/rules/engine';
import { MarkedManifests } from '../../../src/sharing/marked-manifests';

export const ROOT = join(__dirname, '..', '..', '..');
export const DIST = join(ROOT, 'dist');

/** REVIEW.md of manifests. */
export function page(...files: string[]): string {
  const manifests = files.flatMap((text, i) =>
    readDocuments(new Source(`${i}.yaml`, text)).documents.flatMap(document =>
      isObject(document.value) && isKubernetes(document.value)
        ? manifestsOf(document.value, document)
        : [],
    ),
  );
  const marked = new MarkedManifests(new ManifestSet(inOrder(manifests)));
  return reviewPage(marked, findingsInSet(marked));
}

export const ROUTES = readFileSync(join(DIST, 'node-agents', 'platform.k8s.yaml'), 'utf8');
export const SHOP = readFileSync(join(DIST, 'node-agents', 'shop.k8s.yaml'), 'utf8');
export const LEDGER = readFileSync(join(DIST, 'node-agents', 'ledger.k8s.yaml'), 'utf8');
export const section = (text: string, title: string) =>
  text
    .slice(text.indexOf(`## ${title}`))
    .slice(3)
    .split('\n## ')[0];

/** Objects as the text of one file. */
export const yaml = (objects: readonly object[]) =>
  objects.map(each => JSON.stringify(each)).join('\n---\n');

/** The rows of the tables of a section, without the head of the first. */
export const rows = (text: string, title: string) =>
  section(text, title)
    .split('\n')
    .filter(line => line.startsWith('| '))
    .slice(2);
