import { at, textOf, type Json } from '../kube/json';
import type { Manifest } from '../kube/manifest';

/** Quotes a word for a shell, because names can come from anybody. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9./_=,:-]+$/.test(word)
    ? word
    : `'${word.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').replaceAll("'", "'\\''")}'`;
}

/** ` -n shop`, for an object with a namespace. */
export function inNamespace({ namespace }: Pick<Manifest, 'namespace'>): string {
  return namespace === undefined ? '' : ` -n ${quoted(namespace)}`;
}

/** `deployment/web`. */
export function nameOf({ kind, name }: Manifest): string {
  return quoted(`${kind.toLowerCase()}/${name}`);
}

/** Returns the command that waits for a rollout, or shows how far it is if kubectl cannot wait. */
export function rolloutStatus(manifest: Manifest): string {
  if (isOnDelete(manifest)) {
    return `kubectl get${inNamespace(manifest)} ${nameOf(manifest)} -o jsonpath='{.status.updatedNumberScheduled} of {.status.desiredNumberScheduled} pods are new, {.status.numberReady} are ready{"\\n"}'`;
  }
  const canRollOut = ['Deployment', 'DaemonSet', 'StatefulSet'].includes(manifest.kind);
  return `kubectl ${canRollOut ? 'rollout status' : 'get'}${inNamespace(manifest)} ${nameOf(manifest)}${canRollOut ? ' --timeout=10m' : ''}`;
}

/** Checks whether the pods of a DaemonSet are only replaced when somebody deletes them. */
export function isOnDelete({ kind, json }: Manifest): boolean {
  return kind === 'DaemonSet' && at(json, 'spec', 'updateStrategy', 'type') === 'OnDelete';
}

export function deletion(manifest: Manifest): string {
  return `kubectl delete${inNamespace(manifest)} ${nameOf(manifest)}`;
}

/**
 * Returns the command that lists the pods of a workload by its selector, without the labels that
 * distinguish it from other workloads that serve the same contract.
 */
export function podsOf(manifest: Manifest, without: readonly string[] = []): string {
  const selector = selectorOf(at(manifest.json, 'spec', 'selector', 'matchLabels') ?? {}, without);
  return `kubectl get pods${inNamespace(manifest)}${selector === '' ? '' : ` -l ${selector}`}`;
}

/** Returns labels as a selector, quoted as one word for a shell, or '' if there are none. */
export function selectorOf(labels: NonNullable<Json>, without: readonly string[] = []): string {
  const words = Object.entries(labels)
    .filter(([key]) => !without.includes(key))
    .map(([key, value]) => `${key}=${textOf(value)}`);
  return words.length === 0 ? '' : quoted(words.join(','));
}

/**
 * Returns a loop that tries a condition until it is true. In the end it gives up, and says so:
 * whoever is at the terminal must see what is wrong, and not take the next line for success.
 */
export function tries(
  condition: string,
  { times, seconds = 1, gaveUp }: { times: number; seconds?: number; gaveUp: string },
): string {
  return `i=0; until ${condition}; do [ $((i+=1)) -lt ${times} ] || { echo ${quoted(gaveUp)}; break; }; sleep ${seconds}; done`;
}

/** What must be known to paste commands with comments into zsh, the shell of macOS. */
export const IN_ZSH =
  'The commands have comments. In zsh, run `setopt interactive_comments` first: without it, zsh takes comments for arguments.';

/** Writes a block of commands. */
export function shell(...lines: string[]): string[] {
  return ['```sh', ...lines, '```', ''];
}
