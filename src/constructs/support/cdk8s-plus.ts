import type * as kplus from 'cdk8s-plus-27';
import { InputError } from '../../errors';

/**
 * Loads cdk8s-plus-27 when the library makes an agent, and not before: who only attaches workloads
 * needs not have it.
 *
 * @param where the construct that needs it, for the error
 */
export function cdk8sPlus(where: string): typeof kplus {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require('cdk8s-plus-27') as typeof kplus;
  } catch (error) {
    const isMissing =
      (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND' &&
      (error as Error).message.includes("'cdk8s-plus-27'");
    if (!isMissing) {
      throw error;
    }
    throw new InputError(where, {
      code: 'SHM015',
      field: 'package cdk8s-plus-27',
      given: 'nothing',
      allowed: 'cdk8s-plus-27 2.9.0 or newer, which renders the containers of the agent',
      fix: 'npm install cdk8s-plus-27',
    });
  }
}
