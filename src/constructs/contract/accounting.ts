import { InputError, show, type Where } from '../../errors';

/** What the memory limits that you wrote include, on containers that pay for shared memory. */
export enum Accounting {
  /**
   * Everything that the container uses, including shared memory. A limit that is too small for it
   * is an error with the number to write. Nothing is changed.
   */
  KEEP_LIMITS = 'keepLimits',

  /**
   * Only what the container needs for itself. The shared bytes are added to its memory limit and,
   * if it has one, to its memory request, with the reason at both.
   */
  ADD_TO_LIMITS = 'addToLimits',
}

/** Whether bytes are added to limits. */
export function addsToLimits(given: Accounting | undefined, where: Where): boolean {
  if (given === undefined || Object.values(Accounting).includes(given)) {
    return given === Accounting.ADD_TO_LIMITS;
  }
  throw new InputError(where, {
    code: 'SHM007',
    field: 'accounting',
    given: show(given),
    allowed: 'Accounting.KEEP_LIMITS or Accounting.ADD_TO_LIMITS',
    fix: 'write one of them, or leave it out',
  });
}
