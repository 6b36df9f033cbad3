import type { FixedFile } from './fixed-documents';
import type { Place } from '../kube/manifest';
import { Source } from '../read/source';

/** Returns the smallest part of the old text whose replacement makes the new one. */
export function singleSplice({ name, before, after }: FixedFile): {
  start: Place;
  end: Place;
  text: string;
} {
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) {
    head += 1;
  }
  let tail = 0;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) {
    tail += 1;
  }
  const source = new Source(name, before);
  return {
    start: source.place(head),
    end: source.place(before.length - tail),
    text: after.slice(head, after.length - tail),
  };
}
