import { type Size } from 'cdk8s';
import {
  CONTAINER_MEMORY_OPTIONS,
  QUOTA_OPTIONS,
  type ClientContainerMemory,
  type ClientQuota,
} from './client-namespace-props';
import { InputChecks, InputError, show } from '../../errors';
import { formatBytes } from '../../kube/quantity';
import { meantOptions, type OptionNames } from '../../options';
import { bytesOf } from '../support/size-bytes';

/** The bytes that each container needs for itself. */
export interface OwnLimits {
  readonly limit: number;
  readonly request: number | undefined;
  readonly most: number | undefined;
}

/** The number of pods, and the bytes that all of them need for themselves. */
export interface OwnQuota {
  readonly pods: number;
  readonly requests: number | undefined;
  readonly limits: number | undefined;
}

/** Returns the limits of containers. Throws an error with all that is wrong with them. */
export function ownLimits(given: ClientContainerMemory, where: string): OwnLimits {
  const part = 'containerMemory';
  const checks = new InputChecks(where);
  const options = partOptions(given, checks, part, CONTAINER_MEMORY_OPTIONS);
  const limit = checks.try(() => bytes(options.defaultLimit, `${part}.defaultLimit`, where));
  const request = checks.try(() => maybe(options.defaultRequest, `${part}.defaultRequest`, where));
  const most = checks.try(() => maybe(options.max, `${part}.max`, where));
  if (limit !== undefined && request !== undefined && request > limit) {
    checks.add({
      code: 'SHM007',
      field: `${part}.defaultRequest`,
      given: formatBytes(request),
      allowed: `at most the default limit, ${formatBytes(limit)}`,
      fix: 'lower it, or raise the limit',
    });
  }
  if (limit !== undefined && most !== undefined && limit > most) {
    checks.add({
      code: 'SHM007',
      field: `${part}.max`,
      given: formatBytes(most),
      allowed: `at least the default limit, ${formatBytes(limit)}`,
      fix: 'raise it, or lower the limit',
    });
  }
  return { ...checks.end({ limit }), request, most };
}

/** Returns the quota of a namespace. Throws an error with all that is wrong with it. */
export function ownQuota(given: ClientQuota, where: string): OwnQuota {
  const checks = new InputChecks(where);
  const options = partOptions(given, checks, 'quota', QUOTA_OPTIONS);
  const { pods } = options;
  checks.need(
    Number.isSafeInteger(pods) && pods >= 1,
    'SHM007',
    'quota.pods',
    pods,
    'a whole number from 1',
    'write how many pods may exist at once',
  );
  const requests = checks.try(() => maybe(options.requests, 'quota.requests', where));
  const limits = checks.try(() => maybe(options.limits, 'quota.limits', where));
  checks.end({});
  return { pods, requests, limits };
}

/** Returns the options of a part of the properties, whose names are checked in its own place. */
function partOptions<T extends object>(
  given: T,
  checks: InputChecks,
  part: string,
  names: OptionNames<T>,
): T {
  const own = new InputChecks(`${String(checks.where)} ${part}`);
  const options = meantOptions(given, own, names);
  checks.try(() => own.end({}));
  return options;
}

function maybe(size: Size | undefined, field: string, where: string): number | undefined {
  return size === undefined ? undefined : bytes(size, field, where);
}

function bytes(size: Size, field: string, where: string): number {
  const given = bytesOf(size, where, field);
  if (Number.isSafeInteger(given) && given > 0) {
    return given;
  }
  throw new InputError(where, {
    code: 'SHM003',
    field,
    given: show(given),
    allowed: 'a positive whole number of bytes',
    fix: 'write a size like Size.mebibytes(256)',
  });
}
