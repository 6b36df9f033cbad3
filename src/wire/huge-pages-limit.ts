import { dotted, type Draft, type Place } from './draft';
import type { PayInHugePages } from './edit';
import { billsOf, type Bill } from './memory';
import { groupBy } from '../kube/group';
import { at, textOf } from '../kube/json';
import { formatBytes, parseBytes } from '../kube/quantity';

/**
 * Checks that the limit of huge pages of each container covers all bytes that it touches first. The
 * kubelet limits a pod to the sum of its containers' limits, so an absent limit is set. Kubernetes
 * uses it as the request, too.
 */
export function checkHugePages(
  draft: Draft,
  payments: readonly (PayInHugePages & { owner: string })[],
): void {
  for (const [pages, each] of groupBy(payments, payment => payment.pages)) {
    const resource = `hugepages-${pages}`;
    const bills = billsOf(draft, each);
    for (const { name, path } of draft.containers) {
      const bill = bills.get(name);
      if (bill) {
        checkContainer(draft, name, [...draft.podPlace, ...path, 'resources'], resource, bill);
      }
    }
  }
}

function checkContainer(
  draft: Draft,
  name: string,
  resources: Place,
  resource: string,
  bill: Bill,
): void {
  const place = [...resources, 'limits', resource];
  const request = [...resources, 'requests', resource];
  const limit = draft.get(place);
  if (limit === undefined || limit === null) {
    put(draft, [place], bill.bytes, bill.owner, bill);
  } else {
    const own = parseBytes(limit) ?? 0n;
    if (bill.added > 0) {
      const places = draft.get(request) === undefined ? [place] : [place, request];
      put(draft, places, own + BigInt(bill.added), 'Accounting.ADD_TO_LIMITS', bill);
    }
    const has = own + BigInt(bill.added);
    const least = formatBytes(bill.bytes);
    if (has < BigInt(bill.bytes)) {
      draft.problem(
        'SHM013',
        `${dotted(place)} of container ${name}`,
        textOf(limit),
        `at least ${least}: huge pages that it touches first (${bill.reasons.join('; ')})`,
        `write ${resource}: ${least} in limits, and the same in requests or nothing`,
      );
    }
    bill.reasons.forEach(reason => draft.note(place, reason));
  }
  const [limits, requests] = ['limits', 'requests'].map(field => draft.get([...resources, field]));
  const hasOther = [limits, requests].some(
    each => at(each, 'cpu') !== undefined || at(each, 'memory') !== undefined,
  );
  if (!hasOther) {
    draft.problem(
      'SHM014',
      `${dotted(resources)} of container ${name}`,
      'neither cpu nor memory',
      `a limit or request of cpu or memory: Kubernetes refuses ${resource} without`,
      'write a memory limit',
    );
  }
}

function put(
  draft: Draft,
  places: readonly Place[],
  bytes: number | bigint,
  owner: string,
  { reasons }: Bill,
): void {
  for (const place of places) {
    draft.put(place, formatBytes(bytes), owner, reasons[0]);
    reasons.forEach(reason => draft.note(place, reason));
  }
}
