import { readFileSync } from 'node:fs';
import { UsageError } from '../read/input-files';
import type { GivenContract } from '../sharing/given-contract';

/* Only `--contract` needs it. */
const contractJson = () =>
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  require('../model/contract/contract-json') as typeof import('../model/contract/contract-json');

/** Reads the files with contracts that `--contract` names. */
export function contractsIn(files: readonly string[] = []): GivenContract[] {
  return files.map(file => {
    try {
      return { spec: contractJson().readContractOf(file, readFileSync(file, 'utf8')), file };
    } catch (error) {
      throw new UsageError(`--contract ${file}: ${(error as Error).message}`);
    }
  });
}
