import { existsSync } from 'fs';
import { prices } from './contract';
import { AgentContract } from 'cdk8s-shared-memory';

/** Writes the contract for other repos, unless that would break clients that have the one that was published before. */
export function publish(file: string): string {
  if (existsSync(file)) {
    const { compatible, text } = prices.compatibleWith(AgentContract.fromFile(file));
    if (!compatible) {
      throw new Error(
        `${text}give the contract a new version, or tell the teams that must follow, delete ${file} and publish again`,
      );
    }
    prices.toFile(file);
    return text;
  }
  prices.toFile(file);
  return 'published for the first time\n';
}

if (require.main === module) {
  process.stdout.write(publish(process.argv[2] ?? 'prices.contract.json'));
}
