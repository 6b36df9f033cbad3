import type { Json } from '../kube/json';
import { cleanPath, isAtOrBelow, realPath } from '../kube/path';
import type { MarkedPod } from '../sharing/marked-pod';

/** A word before a path that says what it is: `test -S`, `--socket`, the variable API_SOCKET. */
const SAYS_SOCKET = /^(-S|[\w-]*sock[\w-]*)$/i;
const IS_SOCKET = /\.sock(et)?$/;
/** What separates words in commands, addresses and lists of paths. */
const BETWEEN = /[\s"'`=,;:()[\]{}<>|&]+/;

/**
 * Returns a socket in a directory of the node that manifests show, as they name it. Absent if they
 * show none.
 *
 * @param directory the cleaned path on the node
 * @param pods pods that may mount a socket of the directory
 * @param sharing those that mount the directory, and where
 */
export function shownSocket(
  directory: string,
  pods: readonly MarkedPod[],
  sharing: readonly { readonly markedPod: MarkedPod; readonly at: readonly string[] }[],
): string | undefined {
  const mounted = pods
    .flatMap(({ hostPaths }) => hostPaths)
    .find(
      ({ path, type }) =>
        isBelow(path, directory) && (type === 'Socket' || IS_SOCKET.test(realPath(path))),
    );
  if (mounted) {
    return mounted.path;
  }
  for (const { at, markedPod } of sharing) {
    const named = namedIn(markedPod, [directory, ...at]);
    if (named !== undefined) {
      return named;
    }
  }
  return undefined;
}

/** Returns a socket below one of the directories that a pod names in its containers. */
function namedIn({ pod }: MarkedPod, directories: readonly string[]): string | undefined {
  const words = pod.containers.flatMap(({ json }) => textsIn(json).flatMap(wordsOf));
  const found = words.find(
    (word, i) =>
      directories.some(each => isBelow(word, each)) &&
      (IS_SOCKET.test(word) || SAYS_SOCKET.test(words[i - 1] ?? '')),
  );
  return found && cleanPath(found);
}

/** Returns all texts of a value, in their order. The name of a variable comes before its value. */
function textsIn(value: Json | undefined): string[] {
  if (typeof value === 'string') {
    return [value];
  }
  if (value === null || typeof value !== 'object') {
    return [];
  }
  return Object.entries(value)
    .sort(([a], [b]) => Number(a === 'value') - Number(b === 'value'))
    .flatMap(([, each]) => textsIn(each));
}

function wordsOf(text: string): string[] {
  return text.split(BETWEEN).filter(word => word !== '');
}

function isBelow(path: string, directory: string): boolean {
  const real = realPath(path);
  return path.startsWith('/') && real !== directory && isAtOrBelow(real, realPath(directory));
}
