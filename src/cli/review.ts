import { relative } from 'node:path';
import type { Out } from './lint';
import { readFiles, UsageError } from '../kube/files';
import type { Manifest } from '../kube/manifest';
import { ManifestSet } from '../kube/manifest-set';
import type { Unreadable } from '../kube/source';
import { reviewPage } from '../report/review/page';
import { runbookPage } from '../report/runbook/page';
import type { Pack } from '../rules/catalog';
import { judge, unreadable } from '../rules/engine';
import { Subjects } from '../rules/subjects';

/** The command `review`: the page of a folder of manifests, whose links begin in that folder; 2 where something in it could not be read. */
export function reviewFolder(folder: string, { pack }: { readonly pack?: Pack }, out: Out): number {
  return page(folder, out, (subjects, problems) => reviewPage(subjects, [...problems.map(unreadable), ...judge(subjects, { pack })]));
}

/** The command `runbook`: the steps of the rollout of a folder of manifests. */
export function runbookFolder(folder: string, out: Out): number {
  return page(folder, out, subjects => runbookPage(subjects) ?? 'No node, no wave and no workload in these manifests is to be brought over step by step.\n');
}

function page(folder: string, out: Out, write: (subjects: Subjects, problems: readonly Unreadable[]) => string): number {
  const { manifests, problems } = readFiles([folder]);
  if (manifests.length === 0 && problems.length === 0) { throw new UsageError(`${folder}: no Kubernetes manifests (.yaml, .yml, .json) there`); }
  out.stdout.write(write(new Subjects(new ManifestSet(manifests.map(manifest => seenFrom(folder, manifest)))), problems));
  for (const { source, place, message } of problems) { out.stderr.write(`${source.name}:${place?.line ?? 1}:${place?.column ?? 1}: ${message}\n`); }
  return problems.length > 0 ? 2 : 0;
}

function seenFrom(folder: string, manifest: Manifest): Manifest {
  const { document } = manifest;
  if (!document || document.source.name === folder) { return manifest; }
  return { ...manifest, document: { source: { name: relative(folder, document.source.name).replaceAll('\\', '/') }, place: pointer => document.place(pointer) } };
}
