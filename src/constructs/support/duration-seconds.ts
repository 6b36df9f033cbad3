import { type Duration } from 'cdk8s';
import { InputError, show } from '../../errors';

/** Returns a duration in whole seconds, at least one. */
export function secondsOf(given: Duration, field: string, where: string): number {
  const milliseconds =
    typeof given?.toMilliseconds === 'function' ? given.toMilliseconds({ integral: false }) : NaN;
  if (Number.isSafeInteger(milliseconds / 1000) && milliseconds > 0) {
    return milliseconds / 1000;
  }
  throw new InputError(where, {
    code: 'SHM030',
    field,
    given: Number.isNaN(milliseconds) ? show(given) : `${milliseconds} ms`,
    allowed: 'a Duration of whole seconds, at least one',
    fix: 'write for example Duration.seconds(10)',
  });
}
