import { readFileSync } from 'node:fs';
import type { ContractSpec } from '../model/contract/contract-spec';
import { UsageError } from '../read/input-files';

/* Only `--contract` needs it. */
const contractJson = () =>
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  require('../model/contract/contract-json') as typeof import('../model/contract/contract-json');

/** Reads the files with contracts that `--contract` names. */
export function contractsIn(files: readonly string[] = []): ContractSpec[] {
  return files.map(file => {
    try {
      return contractJson().readContractOf(file, readFileSync(file, 'utf8'));
    } catch (error) {
      throw new UsageError(`--contract ${file}: ${(error as Error).message}`);
    }
  });
}
