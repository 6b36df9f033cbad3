import { at, textOf } from '../kube/json';
import type { Manifest } from '../kube/manifest';

/** Names may be anybody's: a shell must take them for words. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9./_=,:-]+$/.test(word) ? word : `'${word.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').replaceAll('\'', '\'\\\'\'')}'`;
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

/** The pods of a workload, by its selector, but for labels that tell it from others which serve alike. */
export function podsOf(manifest: Manifest, without: readonly string[] = []): string {
  const labels = Object.entries(at(manifest.json, 'spec', 'selector', 'matchLabels') ?? {}).filter(([key]) => !without.includes(key)).map(([key, value]) => `${key}=${textOf(value)}`);
  return `kubectl get pods${inNamespace(manifest)}${labels.length === 0 ? '' : ` -l ${quoted(labels.join(','))}`}`;
}

/** A block of commands. */
export function shell(...lines: string[]): string[] {
  return ['```sh', ...lines, '```', ''];
}
