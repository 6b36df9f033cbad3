import { Size } from 'cdk8s';
import { SharedMemory } from '../../src';

/** The message of what is thrown: all of it, so that each part of an error is looked at. */
export function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (e) {
    return (e as Error).message;
  }
  return 'nothing was thrown';
}

/** A memory of 1 MiB at a path. */
export const files = (mountPath: string, name?: string) =>
  SharedMemory.files({ name, size: Size.mebibytes(1), mountPath });
