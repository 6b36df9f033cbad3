import type { ErrorCode } from '../../errors';

/** Notes a problem with a contract unless what is needed is so. */
export type Need = (
  ok: boolean,
  code: ErrorCode,
  field: string,
  given: unknown,
  allowed: string,
  fix: string,
) => void;
