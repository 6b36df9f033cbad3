import { dotted, type Draft } from './draft';
import type { PayFor } from './edit';
import { at, type JsonObject } from '../kube/json';
import { formatBytes, parseBytes, roundUpToMebibytes } from '../kube/quantity';

/** What a container needs for itself beside the shared bytes, at the very least: a limit of exactly the bytes is an OOM kill. */
export const HEADROOM = 32 * 1024 * 1024;

/** Checks that each container's memory limit holds all that it pays for, by whichever owner. */
export function checkLimits(draft: Draft, payments: readonly (PayFor & { owner: string })[]): void {
  const bills = new Map<string, { bytes: number; reasons: string[] }>();
  for (const payment of payments) {
    for (const { name } of draft.named(payment.containers, payment.owner)) {
      const bill = bills.get(name) ?? { bytes: 0, reasons: [] };
      bills.set(name, { bytes: bill.bytes + payment.bytes, reasons: [...bill.reasons, payment.reason] });
    }
  }
  // A container without a limit of its own shares the pod's (KEP-2837).
  const podLimit = at(draft.pod, 'resources', 'limits', 'memory');
  const shared = { bytes: 0, names: [] as string[] };
  for (const { name, json, path } of draft.containers) {
    const bill = bills.get(name);
    if (!bill) { continue; }
    const place = [...draft.podPlace, ...path, 'resources', 'limits', 'memory'];
    const limit = limitOf(json);
    if (limit === undefined && podLimit !== undefined) { shared.bytes += bill.bytes; shared.names.push(name); continue; }
    judge(draft, `${dotted(place)} of container ${name}`, limit, bill.bytes, bill.reasons);
    bill.reasons.forEach(reason => draft.note(place, reason));
  }
  if (shared.names.length > 0) {
    judge(draft, `${dotted([...draft.podPlace, 'resources', 'limits', 'memory'])} for ${shared.names.join(', ')}`, podLimit, shared.bytes, []);
  }
}

function limitOf(container: JsonObject): unknown {
  return at(container, 'resources', 'limits', 'memory');
}

function judge(draft: Draft, field: string, limit: unknown, bytes: number, reasons: readonly string[]): void {
  const needed = BigInt(bytes + HEADROOM);
  const given = parseBytes(limit);
  if (given !== undefined && given >= needed) { return; }
  const least = formatBytes(roundUpToMebibytes(needed));
  draft.problem('SHM013', field, limit === undefined ? 'no memory limit' : String(limit),
    `at least ${least}: ${formatBytes(bytes)} that it pays for${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''} and ${formatBytes(HEADROOM)} for itself`,
    `write a memory limit of ${least} or more`);
}
