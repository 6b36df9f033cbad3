import type { ErrorCode } from '../../errors';

/** Adds a problem to a contract's list of problems if `ok` is false. */
export type Need = (
  ok: boolean,
  code: ErrorCode,
  field: string,
  given: unknown,
  allowed: string,
  fix: string,
) => void;
