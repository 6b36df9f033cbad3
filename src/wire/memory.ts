import { dotted, type Draft, type Place } from './draft';
import type { PayFor } from './edit';
import { textOf } from '../kube/json';
import { formatBytes, parseBytes, roundUpToMebibytes } from '../kube/quantity';

/**
 * Minimum memory in bytes that a container needs for itself in addition to the shared bytes. A
 * limit equal to the shared bytes would end in an OOM kill.
 */
export const HEADROOM = 32 * 1024 * 1024;

/** Returns the least memory limit of a container that pays for shared bytes, as a quantity. */
export function leastLimit(bytes: number): string {
  return formatBytes(roundUpToMebibytes(BigInt(bytes + HEADROOM)));
}

/**
 * The bytes that are charged to a container, for all owners together. `added` is the part that is
 * added to its limit.
 */
export interface Bill {
  readonly bytes: number;
  readonly added: number;
  readonly owner: string;
  readonly reasons: readonly string[];
}

/** An operation that charges bytes to containers. */
type Payment = Pick<PayFor, 'containers' | 'bytes' | 'add' | 'reason'> & { owner: string };

/**
 * Adds shared bytes to memory limits where operations ask for it, then checks that the limit of
 * each container covers all bytes that are charged to it.
 */
export function checkLimits(draft: Draft, payments: readonly (PayFor & { owner: string })[]): void {
  if (payments.length === 0) {
    return;
  }
  const bills = billsOf(draft, payments);
  // A container without a limit of its own shares the limit of the pod (KEP-2837).
  const podPlace = [...draft.podPlace, 'resources', 'limits', 'memory'];
  const shared = { bytes: 0, names: [] as string[] };
  for (const { name, path } of draft.containers) {
    const bill = bills.get(name);
    if (!bill) {
      continue;
    }
    const place = [...draft.podPlace, ...path, 'resources', 'limits', 'memory'];
    const field = `${dotted(place)} of container ${name}`;
    if (bill.added > 0 && !addToLimit(draft, place, field, bill)) {
      continue;
    }
    const limit = draft.get(place);
    if (limit === undefined && draft.get(podPlace) !== undefined) {
      shared.bytes += bill.bytes;
      shared.names.push(name);
      continue;
    }
    if (limit === undefined || limit === null) {
      continue;
    } // nothing is proved wrong: the rules report a container without a limit
    checkLimit(draft, field, limit, bill);
    bill.reasons.forEach(reason => draft.note(place, reason));
  }
  if (shared.names.length > 0) {
    checkLimit(draft, `${dotted(podPlace)} for ${shared.names.join(', ')}`, draft.get(podPlace), {
      bytes: shared.bytes,
      added: 0,
      reasons: [],
    });
  }
}

/** Returns what each container pays for, by its name. */
export function billsOf(draft: Draft, payments: readonly Payment[]): Map<string, Bill> {
  const bills = new Map<string, Bill>();
  for (const { containers, owner, bytes, add, reason } of payments) {
    for (const { name } of draft.named(containers, owner)) {
      const bill = bills.get(name) ?? { bytes: 0, added: 0, owner, reasons: [] };
      bills.set(name, {
        bytes: bill.bytes + bytes,
        added: bill.added + (add ? bytes : 0),
        owner: bill.owner,
        reasons: [...bill.reasons, reason],
      });
    }
  }
  return bills;
}

/**
 * Adds the bytes to the container's limit and request. An absent request stays absent: Kubernetes
 * then uses the limit. Returns false, and reports a problem, if the container has no limit.
 */
function addToLimit(draft: Draft, place: Place, field: string, { added, reasons }: Bill): boolean {
  const request = [...place.slice(0, -2), 'requests', 'memory'];
  const own = parseBytes(draft.get(place));
  if (own === undefined) {
    draft.problem(
      'SHM013',
      field,
      textOf(draft.get(place) ?? 'no memory limit'),
      'a memory limit of what the container needs for itself, to which the shared bytes are added',
      'write a memory limit, or leave out Accounting.ADD_TO_LIMITS',
    );
    return false;
  }
  for (const [there, bytes] of [
    [place, own],
    [request, parseBytes(draft.get(request))],
  ] as const) {
    if (bytes === undefined) {
      continue;
    }
    draft.put(
      there,
      formatBytes(bytes + BigInt(added)),
      'Accounting.ADD_TO_LIMITS',
      `Accounting.ADD_TO_LIMITS: ${formatBytes(bytes)} of its own and ${formatBytes(added)} of shared memory`,
    );
    reasons.forEach(reason => draft.note(there, reason));
  }
  return true;
}

function checkLimit(
  draft: Draft,
  field: string,
  limit: unknown,
  { added, bytes, reasons }: Pick<Bill, 'added' | 'bytes' | 'reasons'>,
): void {
  const needed = BigInt(bytes + HEADROOM);
  const given = parseBytes(limit);
  if (given !== undefined && given >= needed) {
    return;
  }
  const own = leastLimit(bytes - added);
  const isAdded = added > 0 && given !== undefined;
  const paid = `${formatBytes(bytes)} that it pays for${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}`;
  draft.problem(
    'SHM013',
    field,
    isAdded ? formatBytes(given - BigInt(added)) : textOf(limit ?? 'no memory limit'),
    isAdded
      ? `at least ${own}, to which Accounting.ADD_TO_LIMITS adds ${formatBytes(added)} of the ${paid}`
      : `at least ${own}: ${paid} and ${formatBytes(HEADROOM)} for itself`,
    `write a memory limit of ${own} or more`,
  );
}
