/**
 * Cleans an absolute path as containerd does before it compares mounts: removes doubled and
 * trailing slashes and `.`, and resolves `..`.
 */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') {
      continue;
    }
    if (part === '..') {
      parts.pop();
    } else {
      parts.push(part);
    }
  }
  return `/${parts.join('/')}`;
}

/** Checks whether two cleaned paths are equal, or one is below the other. */
export function overlaps(a: string, b: string): boolean {
  const below = (inner: string, outer: string) =>
    inner === outer || inner.startsWith(outer === '/' ? outer : `${outer}/`);
  return below(a, b) || below(b, a);
}

/** Returns a cleaned path with /run instead of /var/run, which is a link to it in most systems. */
export function realPath(path: string): string {
  return cleanPath(path).replace(/^\/var\/run(?=\/|$)/, '/run');
}

/**
 * Checks whether a text is a path below a directory: relative, without `..` and control characters.
 */
export function isPathBelow(path: unknown): boolean {
  return (
    typeof path === 'string' &&
    path !== '' &&
    !path.startsWith('/') &&
    !path.split('/').includes('..') &&
    !/\p{Cc}/u.test(path)
  );
}
