import { type Change, type Compared, change } from './compared-contract';

/** Returns the differences in what clients wait for before they start. */
export function readyWhenChanges(before: Compared, after: Compared): Change[] {
  const [from, to] = [before, after].map(({ readyWhen }) => JSON.stringify(readyWhen) ?? 'absent');
  if (from === to) {
    return [];
  }
  const [old, now] = [awaited(before), awaited(after)];
  if (old === now) {
    const why = 'clients that were rendered before wait with the image that they have';
    return [change('readyWhen', from, to, false, ['clients'], why)];
  }
  return old === undefined
    ? [
        change(
          'readyWhen',
          from,
          to,
          false,
          ['agent', 'clients'],
          'clients that were rendered before start without waiting for it; the others wait until the agent has made it',
        ),
      ]
    : [
        change(
          'readyWhen',
          from,
          to,
          true,
          now === undefined ? ['clients'] : ['agent', 'clients'],
          'clients that were rendered before still wait for the old object, so new pods of them never start if the agent no longer makes it: let it go on making it until they have followed',
        ),
      ];
}

/** Returns the object that clients wait for, whatever the image that waits. Absent for none. */
function awaited({ readyWhen, memory }: Compared): string | undefined {
  if (readyWhen === undefined) {
    return undefined;
  }
  const { file, socket, systemVKey } = readyWhen;
  const found = memory.filter(m => m.mountPath !== undefined);
  const place = readyWhen.memory ?? (found.length === 1 ? found[0].name : undefined);
  return JSON.stringify({ file, socket, systemVKey, ...(systemVKey ? {} : { place }) });
}
