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

/** Checks whether a cleaned path is equal to another one, or below it. */
export function isAtOrBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? directory : `${directory}/`);
}

/** Checks whether two cleaned paths are equal, or one is below the other. */
export function overlaps(a: string, b: string): boolean {
  return isAtOrBelow(a, b) || isAtOrBelow(b, a);
}

/** Returns the directories that contain a cleaned path, from the innermost to /. */
export function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let above = path; above !== '/';) {
    above = parentOf(above);
    parents.push(above);
  }
  return parents;
}

/** Returns the directory that contains a cleaned path. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
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
