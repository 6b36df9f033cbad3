import { at, itemsOf, textOf } from './json';
import { DEFAULT_CAPABILITIES } from './pod-security';

/**
 * Checks whether root has a capability in a container. As in containerd and CRI-O, `ALL` counts
 * before the names of capabilities, and `drop` after `add`.
 *
 * @param container its JSON
 */
export function hasCapability(container: unknown, given: string): boolean {
  const plain = (text: string) => text.replace(/^CAP_/, '');
  const name = plain(given);
  const list = (key: string) =>
    itemsOf(at(container, 'securityContext', 'capabilities', key)).map(each => plain(textOf(each)));
  const [added, dropped] = [list('add'), list('drop')];
  const isBefore = added.includes('ALL') || DEFAULT_CAPABILITIES.includes(name);
  return (
    at(container, 'securityContext', 'privileged') === true ||
    (((isBefore && !dropped.includes('ALL')) || added.includes(name)) && !dropped.includes(name))
  );
}
