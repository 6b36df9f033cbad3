import { join } from 'node:path';
import type { Context } from './context';
import type { Seen } from './observation';
import { exampleNames, foldersOf } from '../scripts/examples';
import { readFiles } from '../src/read/input-files';

const DIST = join(__dirname, '..', 'dist');

/**
 * kubectl reads all of an output folder that ends in .yaml, .yml or .json: it must find the
 * manifests there, and nothing else.
 */
export async function outputFolders(context: Context): Promise<Seen[]> {
  const seen = [];
  for (const name of exampleNames().flatMap(example => foldersOf(example))) {
    const { code, stdout, stderr } = await context.kubectl.try([
      'apply',
      '--dry-run=client',
      '-f',
      join(DIST, name),
    ]);
    const taken = stdout.split('\n').filter(line => line.includes('(dry run)')).length;
    const there = readFiles([join(DIST, name)]).manifests.length;
    seen.push({
      name,
      ok: code === 0 && taken === there,
      words: code === 0 ? `${taken} of ${there} objects` : stderr.trim(),
    });
  }
  const wrong = seen.filter(({ ok }) => !ok).map(({ name, words }) => `${name}: ${words}`);
  return [
    {
      observed: `\`kubectl apply --dry-run=client -f\` takes the ${seen.length} folders of dist/, reports beside the manifests and all${wrong.length === 0 ? '' : `; but ${wrong.join('; ')}`}`,
      ok: wrong.length === 0,
    },
  ];
}
