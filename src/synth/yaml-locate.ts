import { Yaml } from 'cdk8s';
import type { LocatedLines, FieldToLocate } from './field-to-locate';
import { isTree } from './plain-tree';

/**
 * Finds the lines of fields in a text that cdk8s wrote, without parsing YAML. Writes the document
 * again with a marker before each requested field or item, and then removes the markers. If the
 * result differs from the text, the markers have changed something else, and no lines are returned
 * instead of wrong ones.
 */
export function locate(document: unknown, text: string, wanted: FieldToLocate): LocatedLines {
  let mark = 'mark-';
  while (text.includes(mark)) {
    mark = 'x' + mark;
  }
  const places: FieldToLocate[] = [];
  const marked = new Marker(place => `${mark}${places.push(place) - 1}`).copy(document, wanted);
  return unmark(Yaml.stringify(marked).split('\n'), mark, places, text);
}

/**
 * Copies a document and adds markers. An object that occurs twice, which YAML writes as an alias,
 * also occurs twice in the copy.
 */
class Marker {
  private readonly copies = new Map<object, unknown>();

  public constructor(private readonly markFor: (place: FieldToLocate) => string) {}

  public copy(value: unknown, wanted: FieldToLocate | undefined): unknown {
    if (!isTree(value)) {
      return value;
    }
    const known = this.copies.get(value);
    if (known) {
      return known;
    } // written as an alias, so its fields have no lines here
    return Array.isArray(value) ? this.copyList(value, wanted) : this.copyMap(value, wanted);
  }

  private copyList(list: unknown[], wanted: FieldToLocate | undefined): unknown[] {
    const copy: unknown[] = [];
    this.copies.set(list, copy);
    for (const [i, item] of list.entries()) {
      const at = wanted?.inside.get(String(i));
      if (at) {
        copy.push(this.markFor(at));
      }
      copy.push(this.copy(item, at));
    }
    return copy;
  }

  private copyMap(map: Record<string, unknown>, wanted: FieldToLocate | undefined): unknown {
    const fields: Record<string, unknown> = Object.create(null);
    const keys: string[] = [];
    // JavaScript objects list integer-like keys first, but a marker must come right before its
    // field
    const copy = new Proxy(fields, { ownKeys: () => keys });
    this.copies.set(map, copy);
    for (const key of Object.keys(map)) {
      const at = wanted?.inside.get(key);
      if (at) {
        const mark = this.markFor(at);
        fields[mark] = 0;
        keys.push(mark);
      }
      fields[key] = this.copy(map[key], at);
      keys.push(key);
    }
    return copy;
  }
}

/**
 * Removes the markers, starting with the last line. Each marker passes its place, which can be
 * after a dash, to the line below it.
 */
function unmark(
  marked: readonly string[],
  mark: string,
  places: readonly FieldToLocate[],
  text: string,
): LocatedLines {
  const below: string[] = []; // the lines, starting with the last one
  const found: [place: FieldToLocate, fromEnd: number][] = [];
  for (const line of [...marked].reverse()) {
    const at = line.indexOf(mark);
    if (at < 0) {
      below.push(line);
      continue;
    }
    const column = line.endsWith(': 0') ? at : at - '- '.length;
    below.push(line.slice(0, column) + (below.pop() ?? '').slice(column));
    found.push([places[Number.parseInt(line.slice(at + mark.length), 10)], below.length]);
  }
  if (below.reverse().join('\n') !== text) {
    return new Map();
  }
  return new Map(found.reverse().map(([place, fromEnd]) => [place, below.length - fromEnd]));
}
