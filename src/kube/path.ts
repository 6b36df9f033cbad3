/**
 * A path as containerd cleans it before it compares mounts: no doubled or trailing slashes, no `.`,
 * `..` resolved.
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

/** Whether two cleaned paths are the same, or one lies below the other. */
export function overlaps(a: string, b: string): boolean {
  const below = (inner: string, outer: string) =>
    inner === outer || inner.startsWith(outer === '/' ? outer : `${outer}/`);
  return below(a, b) || below(b, a);
}
