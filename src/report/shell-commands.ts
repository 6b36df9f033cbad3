import { at, textOf, type Json } from '../kube/json';
import type { Manifest } from '../kube/manifest';

/** Names may be anybody's: a shell must take them for words. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9./_=,:-]+$/.test(word)
    ? word
    : `'${word.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').replaceAll("'", "'\\''")}'`;
}

/** ` -n shop`, for an object that says its namespace. */
export function inNamespace({ namespace }: Pick<Manifest, 'namespace'>): string {
  return namespace === undefined ? '' : ` -n ${quoted(namespace)}`;
}

/** `deployment/web`. */
export function nameOf({ kind, name }: Manifest): string {
  return quoted(`${kind.toLowerCase()}/${name}`);
}

export function rolloutStatus(manifest: Manifest): string {
  const canRollOut = ['Deployment', 'DaemonSet', 'StatefulSet'].includes(manifest.kind);
  return `kubectl ${canRollOut ? 'rollout status' : 'get'}${inNamespace(manifest)} ${nameOf(manifest)}`;
}

export function deletion(manifest: Manifest): string {
  return `kubectl delete${inNamespace(manifest)} ${nameOf(manifest)}`;
}

/**
 * The pods of a workload, by its selector, but for labels that tell it from others which serve
 * alike.
 */
export function podsOf(manifest: Manifest, without: readonly string[] = []): string {
  const selector = selectorOf(at(manifest.json, 'spec', 'selector', 'matchLabels') ?? {}, without);
  return `kubectl get pods${inNamespace(manifest)}${selector === '' ? '' : ` -l ${selector}`}`;
}

/** Labels as a selector that a shell takes for one word; '' where there are none. */
export function selectorOf(labels: NonNullable<Json>, without: readonly string[] = []): string {
  const words = Object.entries(labels)
    .filter(([key]) => !without.includes(key))
    .map(([key, value]) => `${key}=${textOf(value)}`);
  return words.length === 0 ? '' : quoted(words.join(','));
}

/** A block of commands. */
export function shell(...lines: string[]): string[] {
  return ['```sh', ...lines, '```', ''];
}
