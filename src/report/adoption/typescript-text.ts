import { wrapped } from '../wrapped-text';

/** Words that cannot be the name of a constant. */
const RESERVED = new Set(
  `abstract any app arguments as async await boolean break case catch class const continue debugger declare
  default delete do else enum eval export exports extends false finally for from function get if implements import
  in included instanceof interface is join keyof let manifests module namespace never new null number object of
  package private protected public readonly require return set static string super switch symbol this
  throw true try type typeof undefined unknown var void while with yield`.split(/\s+/),
);

/** Returns a string as TypeScript with single quotes. */
export function literal(text: string): string {
  const inside = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inside}'`;
}

/**
 * Returns a comment, on lines of at most 100 characters with their indentation. What would end a
 * line of TypeScript is written as an escape.
 */
export function commentLines(text: string, indent: number): string[] {
  const safe = text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    each => `\\u{${each.codePointAt(0)?.toString(16)}}`,
  );
  return wrapped(safe, 97 - indent, 0)
    .split('\n')
    .map(line => `// ${line}`);
}

/**
 * Returns names of constants for names of Kubernetes, each once, in the same order: `node-agent`
 * becomes `nodeAgent`.
 *
 * @param taken names that the file uses already
 */
export function identifiersOf(names: readonly string[], taken: readonly string[] = []): string[] {
  const used = new Set<string>(taken);
  return names.map(name => {
    const words = name.split(/[^A-Za-z0-9]+/).filter(word => word !== '');
    const camel = words
      .map((word, i) => (i === 0 ? word.toLowerCase() : word[0].toUpperCase() + word.slice(1)))
      .join('');
    const base =
      /^[0-9]/.test(camel) || camel === '' || RESERVED.has(camel)
        ? `the${camel[0]?.toUpperCase() ?? ''}${camel.slice(1)}`
        : camel;
    let found = base;
    for (let i = 2; used.has(found); i += 1) {
      found = `${base}${i}`;
    }
    used.add(found);
    return found;
  });
}
