/**
 * Returns the name of a file relative to the file or folder that the user named. Absent if it is
 * that file itself, or if it has no name.
 */
export function nameBelow(root: string, name: string): string | undefined {
  if (name === root || name === '') {
    return undefined;
  }
  return root !== '' && name.startsWith(root)
    ? name.slice(root.length).replace(/^[\\/]+/, '')
    : name;
}
