import { type Size, SizeRoundingBehavior } from 'cdk8s';
import { InputError, show } from '../../errors';

/**
 * Returns the bytes of a Size, not always a whole number: the checks of the contract refuse
 * fractions.
 */
export function bytesOf(size: Size, where: string, field = 'size'): number {
  if (typeof size?.toKibibytes !== 'function') {
    throw new InputError(where, {
      code: 'SHM003',
      field,
      given: show(size),
      allowed: 'a Size',
      fix: 'write a size like Size.mebibytes(256)',
    });
  }
  return size.toKibibytes({ rounding: SizeRoundingBehavior.NONE }) * 1024;
}
