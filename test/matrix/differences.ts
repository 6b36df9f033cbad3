import type { Rendered } from '../yaml';

/**
 * What changed between two JSON values, leaf by leaf: path to what is there now. `undefined` says
 * that it is gone, `{ was, is }` that it is another, an entry `order` that the items of a list
 * changed places. Items of lists go by their name, mount path or key, so what was added before them
 * changes nothing.
 */
export function differences(before: Rendered, after: Rendered, path = ''): Record<string, unknown> {
  if (Object.is(before, after)) {
    return {};
  }
  if (after === undefined) {
    return { [path]: undefined };
  }
  const list = Array.isArray(after);
  const changed = () => ({ [path]: before === undefined ? after : { was: before, is: after } });
  if (typeof after !== 'object' || after === null || Object.keys(after).length === 0) {
    return same(before, after) ? {} : changed();
  }
  if (
    before !== undefined &&
    (typeof before !== 'object' || before === null || Array.isArray(before) !== list)
  ) {
    return changed();
  }

  const [was, is] = [entries(before ?? (list ? [] : {})), entries(after)];
  const found: Record<string, unknown> = {};
  for (const key of new Set([...was.keys(), ...is.keys()])) {
    // A new item of a list is one thing; a new object is its leaves.
    Object.assign(
      found,
      list && !was.has(key)
        ? { [path + key]: is.get(key) }
        : differences(was.get(key), is.get(key), path + key),
    );
  }
  const kept = [...is.keys()].filter(key => was.has(key));
  if (list && kept.join('\n') !== [...was.keys()].filter(key => is.has(key)).join('\n')) {
    found[`${path} order`] = kept;
  }
  return found;
}

function entries(value: Rendered): Map<string, unknown> {
  if (!Array.isArray(value)) {
    return new Map(Object.entries(value).map(([key, v]) => [`/${key}`, v]));
  }
  const keys = value.map(item =>
    typeof item === 'object' && item !== null ? (item.mountPath ?? item.name ?? item.key) : item,
  );
  const unique = keys.every((key, i) => key !== undefined && keys.indexOf(key) === i);
  return new Map(value.map((item, i) => [`[${unique ? keys[i] : i}]`, item]));
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
