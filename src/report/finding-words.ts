import type { FindingJson } from './finding-json';

/** Returns what a finding is about: `Deployment shop/api, container web`. */
export function findingTarget({ kind, namespace, name, container }: FindingJson): string {
  if (kind === null) {
    return '';
  }
  const object = `${kind} ${namespace === null ? '' : `${namespace}/`}${name ?? ''}`.trim();
  return container === null ? object : `${object}, container ${container}`;
}

/** `1 error`, `2 errors`. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** Returns what was found, in one line. */
export function summary(records: readonly FindingJson[]): string {
  const open = records.filter(({ acknowledged }) => acknowledged === null);
  const of = (severity: string) => open.filter(each => each.severity === severity).length;
  const parts = (['error', 'warning', 'note'] as const).flatMap(severity =>
    of(severity) === 0 ? [] : [count(of(severity), severity)],
  );
  const acknowledged = records.length - open.length;
  if (acknowledged > 0) {
    parts.push(`${acknowledged} acknowledged`);
  }
  return parts.length === 0 ? 'no findings' : parts.join(', ');
}

/** Returns the text as one line, whatever its source. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}
