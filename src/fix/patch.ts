import type { FixedFile } from './fixed-documents';

/*
 * `diff` is loaded on demand: only `lint --fix --dry-run` and `lint --suggest` need it.
 */
// eslint-disable-next-line @typescript-eslint/no-require-imports
const diff = () => require('diff') as typeof import('diff');

/** Returns a patch that `git apply` and `patch -p1` take. */
export function patchOf({ name, before, after }: FixedFile): string {
  const path = name.replaceAll('\\', '/').replace(/^\.\//, '');
  const patch = diff().createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, '', '', {
    context: 3,
  });
  return patch.replace(/^=+\n/, '').replace(/^(---|\+\+\+) (.*)\t$/gm, '$1 $2');
}
