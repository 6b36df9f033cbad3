import { suggestion, type Remedy } from './remedy';
import type { Container } from '../kube/pod-template';
import { formatBytes, roundUpToMebibytes } from '../kube/quantity';
import type { MarkedPod } from '../sharing/marked-pod';

/** Returns the remedy that raises the memory limit of a container: the memory, and what it had. */
export function raisedLimit(
  { pod }: MarkedPod,
  container: Container,
  bytes: bigint,
): () => readonly Remedy[] {
  const value = formatBytes(roundUpToMebibytes(bytes));
  return () => [
    suggestion(`raise the memory limit of container ${container.name} to ${value}`, {
      do: 'set',
      pointer: `${pod.pathOf(container)}/resources/limits/memory`,
      value,
    }),
  ];
}
