import type { WordedMemory } from './diff-document';
import { objectWords } from './diff-words';
import type {
  MemoryAmount,
  MemoryChanges,
  SharedBytes,
  SharedPayer,
  SharedPlace,
} from '../../change/memory-change';
import { formatBytes } from '../../kube/quantity';
import { sizeWords } from '../../model/contract/memory-size';

/** Returns the words for the changes of memory. */
export function memoryChangeWords({
  shared,
  resources,
  volumes,
  left,
}: MemoryChanges): WordedMemory {
  return {
    shared: shared.map(({ place, contract, from, to, payerBefore, payerAfter }) => ({
      nodes: placeWords(place),
      contract,
      from: bytesWords(from),
      to: bytesWords(to),
      payerBefore: payerWords(payerBefore),
      payerAfter: payerWords(payerAfter),
    })),
    resources: resources.map(({ of, container, resource, what, from, to }) => ({
      of,
      container,
      resource,
      what,
      from: amountText(from, 'absent'),
      to: amountText(to, 'absent'),
    })),
    volumes: volumes.map(({ of, volume, from, to }) => ({
      of,
      volume,
      from: sizeText(from),
      to: sizeText(to),
    })),
    left: left.map(({ place, namespace, contract, version, memories, directories }) => ({
      nodes: placeWords(place),
      contract: `${namespace}/${contract}`,
      version,
      memories: memories.map(({ name, backing, size }) => ({
        memory: name,
        backing,
        size: sizeWords({ size }),
      })),
      directories,
    })),
  };
}

function bytesWords(bytes: SharedBytes): string {
  return bytes === 'unknown' ? sizeWords({}) : formatBytes(bytes);
}

function placeWords(place: SharedPlace): string {
  switch (place.kind) {
    case 'allNodes':
      return 'all nodes';
    case 'nodesWith':
      return `nodes ${place.labels.join(', ')}`;
    case 'eachPodOf':
      return `each pod of ${objectWords(place.workload)}`;
  }
}

function payerWords(payer: SharedPayer | null): WordedMemory['shared'][number]['payerBefore'] {
  return payer === 'pod' ? 'its pod' : payer;
}

function sizeText(size: MemoryAmount | 'noVolume'): string {
  return size === 'noVolume' ? 'absent' : amountText(size, 'no sizeLimit');
}

function amountText(amount: MemoryAmount, absent: string): string {
  if (amount === 'absent') {
    return absent;
  }
  return typeof amount === 'bigint' ? formatBytes(amount) : amount.written;
}
