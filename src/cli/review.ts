import { relative } from 'node:path';
import type { Out } from './lint';
import { readFiles, UsageError } from '../kube/files';
import type { Manifest } from '../kube/manifest';
import { ManifestSet } from '../kube/manifest-set';
import { reviewPage } from '../report/review/page';
import type { Pack } from '../rules/catalog';
import { judge, unreadable } from '../rules/engine';
import { Subjects } from '../rules/subjects';

/** The command `review`: the page of a folder of manifests, whose links begin in that folder; 2 where something in it could not be read. */
export function reviewFolder(folder: string, { pack }: { readonly pack?: Pack }, out: Out): number {
  const { manifests, problems } = readFiles([folder]);
  if (manifests.length === 0 && problems.length === 0) { throw new UsageError(`${folder}: no Kubernetes manifests (.yaml, .yml, .json) there`); }
  const subjects = new Subjects(new ManifestSet(manifests.map(manifest => seenFrom(folder, manifest))));
  out.stdout.write(reviewPage(subjects, [...problems.map(unreadable), ...judge(subjects, { pack })]));
  for (const { source, place, message } of problems) { out.stderr.write(`${source.name}:${place?.line ?? 1}:${place?.column ?? 1}: ${message}\n`); }
  return problems.length > 0 ? 2 : 0;
}

function seenFrom(folder: string, manifest: Manifest): Manifest {
  const { document } = manifest;
  if (!document || document.source.name === folder) { return manifest; }
  return { ...manifest, document: { source: { name: relative(folder, document.source.name).replaceAll('\\', '/') }, place: pointer => document.place(pointer) } };
}
